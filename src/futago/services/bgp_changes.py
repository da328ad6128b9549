"""What a change of BGP concerns: the routers, and never the SAs of a tunnel."""

from __future__ import annotations

from futago.services import marks
from futago.store import bgp as rows
from futago.store import schema, unit_of_work


def sessions_changed(
    work: unit_of_work.UnitOfWork, row: schema.ConnectionRow, router_id: str
) -> None:
    """Have the router take over what changed in the sessions of a connection; no SA notices."""
    router = work.session.get_one(schema.RouterRow, router_id)
    row.router_generation = marks.router_changed(work, router)


def key_changed(work: unit_of_work.UnitOfWork, gateway: schema.CustomerGatewayRow) -> None:
    """Have all routers take over a new key of a customer gateway."""
    gateway.auth_key_version += 1
    _renew(work, gateway_id=gateway.id)


def limit_changed(work: unit_of_work.UnitOfWork, account_id: str) -> None:
    """Have all routers take over a new prefix limit of an account."""
    _renew(work, account_id=account_id)


def _renew(
    work: unit_of_work.UnitOfWork, *, gateway_id: str | None = None, account_id: str | None = None
) -> None:
    generations: dict[str, int] = {}
    for row, router in rows.attached_speakers(
        work.session, gateway_id=gateway_id, account_id=account_id
    ):
        if router.id not in generations:
            generations[router.id] = marks.router_changed(work, router)
        row.router_generation = generations[router.id]
