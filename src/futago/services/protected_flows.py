"""Protected data flows: which prefixes a connection may join, and the routes that follow from them.

A connection with 0.0.0.0/0 on both sides carries whatever is routed to it. With real prefixes, the
remote ones become destination routes of the connection by themselves, unless it is told not to.
Source: vendor guide "Dual-tunnel mode", routing mode; CreateVpnAttachment, AutoConfigRoute.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Final

from futago.domain import connection, net
from futago.services import equal_routes, marks, refusals, reserved
from futago.store import attachments, schema, unit_of_work

WEIGHT: Final = 100
"""Of a route that nobody weighed. Source: CreateVcoRouteEntry, 0 or 100."""


def require_routable(work: unit_of_work.UnitOfWork, value: connection.VpnConnection) -> None:
    """Refuse remote prefixes that could not be destinations.

    Raises:
        DestinationForbidden: The service itself needs addresses of one.
    """
    if value.is_destination_mode:
        return
    for prefix in value.remote_ts:
        met = reserved.overlapping(work, prefix)
        if met is not None:
            raise refusals.DestinationForbidden(
                f"{prefix} cannot be on the remote side: it shares addresses with {met}, which the "
                "service itself needs; name the networks behind the peer.",
                field="remote_ts",
                value=str(prefix),
            )


def require_covered(bound: schema.ConnectionRow, prefix: IPv4Network) -> None:
    """Refuse a destination to which the tunnels would carry nothing.

    Raises:
        DestinationForbidden: The connection protects flows, and none of them leads there.
    """
    if any(prefix.subnet_of(remote) for remote in bound.remote_ts):
        return
    remote = ", ".join(map(str, bound.remote_ts))
    raise refusals.DestinationForbidden(
        f"{prefix} cannot be a destination: {bound.id} protects data flows to {remote} only; "
        "add it to the remote side of the connection first.",
        field="prefix",
        value=str(prefix),
    )


def settle_routes(work: unit_of_work.UnitOfWork, bound: schema.ConnectionRow) -> None:
    """Make the automatic routes of an attached connection those of its remote prefixes.

    A route that somebody added by hand is left alone. The router is told in any case, because it
    refuses what the flows do not cover.

    Raises:
        QuotaFull: Too many connections of the router have a route to a prefix.
    """
    attachment = attachments.of_resource(work.session, bound.id)
    if attachment is None or attachment.deleting:
        return
    router = work.session.get_one(schema.RouterRow, attachment.router_id)
    bound.router_generation = marks.router_changed(work, router)
    wanted = _wanted(bound)
    present = {row.prefix: row for row in attachments.destinations_of(work.session, (bound.id,))}
    for prefix, row in present.items():
        if row.automatic and not row.deleting and prefix not in wanted:
            row.deleting, row.router_generation = True, bound.router_generation
    for prefix in wanted:
        if prefix not in present or present[prefix].deleting:
            equal_routes.require_room(work, attachment, prefix)
        row = present.get(prefix) or _new_row(work, bound, prefix)
        if row.deleting:
            row.automatic, row.deleting = True, False
            row.router_generation = bound.router_generation
    work.session.flush()


def selectors_differ(before: connection.VpnConnection, after: connection.VpnConnection) -> bool:
    """Tell whether a change concerns the router: its filter or the automatic routes."""
    return (before.local_ts, before.remote_ts, before.auto_config_route) != (
        after.local_ts,
        after.remote_ts,
        after.auto_config_route,
    )


def _wanted(bound: schema.ConnectionRow) -> tuple[IPv4Network, ...]:
    if not bound.auto_config_route or bound.remote_ts == (net.ANY,):
        return ()
    return bound.remote_ts


def _new_row(
    work: unit_of_work.UnitOfWork, bound: schema.ConnectionRow, prefix: IPv4Network
) -> schema.DestinationRow:
    row = schema.DestinationRow(
        connection_id=bound.id,
        prefix=prefix,
        weight=WEIGHT,
        description="",
        created_at=work.now,
        automatic=True,
        deleting=False,
        router_generation=bound.router_generation,
    )
    work.session.add(row)
    return row
