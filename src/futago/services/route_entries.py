"""What a route table has learned, computed from what is plugged in and what nodes say.

Nothing of it is stored: a route is there while its attachment propagates, and a route into a
connection only while a tunnel of it can carry traffic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime
from ipaddress import IPv4Network

from futago.domain import ids, status
from futago.plan import intent
from futago.services import access, facts, filters, pages, views
from futago.store import attachments, connections, listing, schema, unit_of_work, vpcs


def usable_tunnels(
    work: unit_of_work.UnitOfWork, connection_ids: Collection[str], now: datetime
) -> dict[str, tuple[ids.TunnelId, ...]]:
    """Give the tunnels with an installed child SA, by connection id."""
    reports = facts.connections(work, connection_ids, now)
    tunnels = connections.tunnels_of(work.session, connection_ids)
    return {
        each: tuple(
            ids.TunnelId(tunnel.row.id)
            for tunnel in tunnels.get(each, ())
            if reports[each].tunnel(tunnel.row.id).child_installed
        )
        for each in connection_ids
    }


def compute(
    work: unit_of_work.UnitOfWork,
    table: schema.RouteTableRow,
    wanted: filters.RouteEntryFilter,
    now: datetime,
) -> list[views.RouteEntryView]:
    """Give the routes of a table in order of their prefixes."""
    routed = facts.applied(work, intent.IntentKind.ROUTER, (table.router_id,))[table.router_id]
    learned = [
        attachment
        for propagation, attachment in attachments.propagated_to(work.session, table.id)
        if not propagation.deleting
        and propagation.router_generation <= routed
        and wanted.attachment_id in {None, attachment.id}
        and wanted.resource_id in {None, attachment.resource_id}
    ]
    offered = _vpc_routes(work, learned) | _vpn_routes(work, learned, routed, now)
    entries = [
        _entry(table, attachment, prefix, created_at)
        for attachment in learned
        for prefix, created_at in offered.get(attachment.id, {}).items()
        if wanted.prefix in {None, prefix}
    ]
    return sorted(entries, key=lambda entry: (entry.prefix, entry.attachment_id))


def search_bindings(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    binding: type[attachments.BindingT],
    wanted: filters.BindingFilter,
    page: pages.PageRequest,
) -> pages.Page[views.BindingView]:
    """List associations or propagations, oldest first."""
    window: listing.Window = pages.ALL if wanted.status is not None else page
    rows, total = attachments.search_bindings(work.session, scope, binding, wanted, window)
    around = attachments.by_ids(work.session, {row.attachment_id for row in rows})
    routers = {attachment.router_id for attachment in around.values()}
    routed = facts.applied(work, intent.IntentKind.ROUTER, routers)
    found = [
        _binding(row, around[row.attachment_id], routed[around[row.attachment_id].router_id])
        for row in rows
    ]
    if wanted.status is None:
        return pages.Page(items=tuple(found), total=total)
    return pages.cut([each for each in found if each.status is wanted.status], page)


def _binding(
    row: schema.AssociationRow | schema.PropagationRow,
    attachment: schema.AttachmentRow,
    routed: int,
) -> views.BindingView:
    return views.BindingView(
        attachment_id=ids.AttachmentId(row.attachment_id),
        table_id=ids.RouteTableId(row.table_id),
        kind=views.AttachmentKind(attachment.kind),
        resource_id=attachment.resource_id,
        status=status.binding_status(
            is_deleting=row.deleting, needed=row.router_generation, applied=routed
        ),
    )


Offered = dict[str, dict[IPv4Network, datetime]]
"""Attachment id to prefixes with the time of their making."""


def _of_kind(kind: views.AttachmentKind) -> Callable[[schema.AttachmentRow], bool]:
    return lambda row: row.kind == kind.value


def _vpc_routes(work: unit_of_work.UnitOfWork, learned: list[schema.AttachmentRow]) -> Offered:
    mine = list(filter(_of_kind(views.AttachmentKind.VPC), learned))
    inside = vpcs.vswitches_of(work.session, [row.resource_id for row in mine])
    return {
        row.id: {vswitch.prefix: vswitch.created_at for vswitch in inside[row.resource_id]}
        for row in mine
    }


def _vpn_routes(
    work: unit_of_work.UnitOfWork,
    learned: list[schema.AttachmentRow],
    routed: int,
    now: datetime,
) -> Offered:
    mine = {row.resource_id: row for row in filter(_of_kind(views.AttachmentKind.VPN), learned)}
    usable = usable_tunnels(work, tuple(mine), now)
    offered: Offered = {}
    for route in attachments.destinations_of(work.session, tuple(mine)):
        is_there = not route.deleting and route.router_generation <= routed
        if is_there and usable[route.connection_id]:
            routes = offered.setdefault(mine[route.connection_id].id, {})
            routes[route.prefix] = route.created_at
    return offered


def _entry(
    table: schema.RouteTableRow,
    attachment: schema.AttachmentRow,
    prefix: IPv4Network,
    created_at: datetime,
) -> views.RouteEntryView:
    # Computed entries have no row; the same route keeps the same id.
    digest = hashlib.sha256(f"{table.id} {attachment.id} {prefix}".encode()).hexdigest()
    return views.RouteEntryView(
        id=ids.RouteEntryId(ids.IdKind.ROUTE_ENTRY.value + digest[:17]),
        table_id=ids.RouteTableId(table.id),
        prefix=prefix,
        attachment_id=ids.AttachmentId(attachment.id),
        kind=views.AttachmentKind(attachment.kind),
        resource_id=attachment.resource_id,
        created_at=created_at,
    )
