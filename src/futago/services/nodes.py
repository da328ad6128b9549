"""Gateway nodes and the zones that they offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network

import sqlalchemy as sa

from futago.domain import ids, net, status
from futago.messages import codec
from futago.plan import intent
from futago.services import refusals
from futago.store import connections as connection_rows
from futago.store import nodes, schema, unit_of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """Gateway addresses of a zone, and how many of them tunnels use."""

    prefix: IPv4Network
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneView:
    """A zone and its pools."""

    id: str
    tunnels: int
    """Tunnels that end there."""
    public_pools: tuple[PoolView, ...]
    private_pools: tuple[PoolView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """A gateway host and what it offers."""

    id: str
    driver: str
    registered_at: datetime
    heard_at: datetime | None
    is_fresh: bool
    """Whether it was heard of lately."""
    zones: tuple[ZoneView, ...]


def register_node(
    work: unit_of_work.UnitOfWork, registration: codec.NodeRegistration, now: datetime
) -> None:
    """Take a node in, or renew what it says of itself.

    Raises:
        NodeOnlyOne: Another node is registered.
    """
    known = nodes.only(work.session)
    if known is not None and known.id != registration.node_id:
        raise refusals.NodeOnlyOne(
            f"Node {known.id!r} is registered and {registration.node_id!r} is another one; "
            "several hosts are not supported yet. Start the agent with the first id.",
            value=registration.node_id,
        )
    if known is None:
        known = schema.NodeRow(
            id=registration.node_id, driver="", registered_at=now, heartbeat_at=None, revision=0
        )
        work.session.add(known)
        _mark_everything(work)
    known.driver = registration.driver
    known.heartbeat_at = now
    work.session.flush()
    _replace_zones(work, registration)


def zones(work: unit_of_work.UnitOfWork) -> tuple[ids.ZoneId, ...]:
    """List the zones by name."""
    return tuple(ids.ZoneId(row.id) for row in nodes.zones(work.session))


def require_zone(work: unit_of_work.UnitOfWork, zone_id: str) -> ids.ZoneId:
    """Refuse a zone that no node offers.

    Raises:
        ZoneNotFound: No node offers it.
    """
    offered = zones(work)
    if zone_id not in offered:
        raise refusals.ZoneNotFound(
            f"There is no zone {zone_id!r}; use one of {', '.join(offered) or '(none yet)'}.",
            field="zone_id",
            value=zone_id,
        )
    return ids.ZoneId(zone_id)


def heartbeat(work: unit_of_work.UnitOfWork, node_id: str, now: datetime) -> None:
    """Note that a node lives.

    Raises:
        NodeNotFound: It has not registered.
    """
    find(work, node_id).heartbeat_at = now


def is_fresh(work: unit_of_work.UnitOfWork, node_id: str, now: datetime) -> bool:
    """Tell whether a node was heard of lately."""
    return status.is_fresh(find(work, node_id).heartbeat_at, now)


def only_node(work: unit_of_work.UnitOfWork) -> ids.NodeId | None:
    """Name the node; None before one has registered."""
    row = nodes.only(work.session)
    return ids.NodeId(row.id) if row else None


def overview(work: unit_of_work.UnitOfWork, now: datetime) -> tuple[NodeView, ...]:
    """List the nodes by name, with zones and pools."""
    offered = nodes.zones(work.session)
    taken = connection_rows.seats(work.session)
    return tuple(
        NodeView(
            id=row.id,
            driver=row.driver,
            registered_at=row.registered_at,
            heard_at=row.heartbeat_at,
            is_fresh=status.is_fresh(row.heartbeat_at, now),
            zones=tuple(_zone(each, taken) for each in offered if each.node_id == row.id),
        )
        for row in nodes.every(work.session)
    )


def _zone(row: schema.ZoneRow, taken: Sequence[tuple[str, IPv4Address]]) -> ZoneView:
    used = [address for zone_id, address in taken if zone_id == row.id]
    return ZoneView(
        id=row.id,
        tunnels=len(used),
        public_pools=_pools(row.public_pools, used),
        private_pools=_pools(row.private_pools, used),
    )


def _pools(prefixes: Iterable[IPv4Network], used: Sequence[IPv4Address]) -> tuple[PoolView, ...]:
    return tuple(
        PoolView(prefix=each, used=sum(address in each for address in used)) for each in prefixes
    )


def find(work: unit_of_work.UnitOfWork, node_id: str) -> schema.NodeRow:
    """Find the row of a node."""
    row = work.session.get(schema.NodeRow, node_id)
    if row is None:
        raise refusals.NodeNotFound(
            f"Node {node_id!r} has not registered; it must register before anything else.",
            value=node_id,
        )
    return row


def _replace_zones(work: unit_of_work.UnitOfWork, registration: codec.NodeRegistration) -> None:
    offered = {
        offer.zone_id: schema.ZoneRow(
            id=offer.zone_id,
            node_id=registration.node_id,
            public_pools=tuple(map(net.parse_prefix, offer.public_pools)),
            private_pools=tuple(map(net.parse_prefix, offer.private_pools)),
        )
        for offer in registration.zones
    }
    for row in nodes.zones(work.session):
        if row.id not in offered:
            work.session.delete(row)
    for offer_row in offered.values():
        work.session.merge(offer_row)
    work.session.flush()


def _mark_everything(work: unit_of_work.UnitOfWork) -> None:
    """Have intents written for what was there before the node."""
    for kind, row in (
        (intent.IntentKind.VPC, schema.VpcRow),
        (intent.IntentKind.ROUTER, schema.RouterRow),
        (intent.IntentKind.CONNECTION, schema.ConnectionRow),
    ):
        for resource_id in work.session.scalars(sa.select(row.id)):
            work.mark_dirty(kind.value, resource_id)
