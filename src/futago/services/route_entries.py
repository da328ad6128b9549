"""The routes of a table: the static ones, and those that it has learned.

What is learned is not stored: a route is there while its attachment propagates, and a route into a
connection only while a tunnel of it can carry traffic. A static route is in the table until it is
removed; while it cannot forward, because no tunnel can, a learned route does. Of learned routes to
one prefix those of VPCs come before destination routes, and these before routes learned by BGP, of
which the shortest AS path wins; equal ones share the traffic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from ipaddress import IPv4Network

from futago.domain import ids, status
from futago.plan import intent
from futago.services import access, facts, filters, pages, views
from futago.store import attachments, connections, listing, schema, unit_of_work, vpcs
from futago.store import bgp_routes as bgp_rows
from futago.store import route_entries as entry_rows


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
    """Give the routes of a table, static and learned, in order of their prefixes."""
    routed = facts.applied(work, intent.IntentKind.ROUTER, (table.router_id,))[table.router_id]
    learned = [
        attachment
        for propagation, attachment in attachments.propagated_to(work.session, table.id)
        if not propagation.deleting and propagation.router_generation <= routed
    ]
    fixed = entry_rows.of_table(work.session, table.id)
    targets = attachments.by_ids(
        work.session, {row.attachment_id for row in fixed if row.attachment_id}
    )
    usable = _usable(work, (*learned, *targets.values()), now)
    covered = {
        row.prefix
        for row in fixed
        if (row.deleting or row.router_generation <= routed)
        and _can_forward(targets.get(row.attachment_id or ""), usable)
    }
    offered = [
        *_vpc_routes(work, learned),
        *_destinations(work, learned, routed, usable),
        *_bgp_routes(work, learned, usable, wanted),
    ]
    best = _best(offered)
    entries = [_learned(table, offer, _learned_status(offer, best, covered)) for offer in offered]
    entries += [_static(row, targets.get(row.attachment_id or ""), routed) for row in fixed]
    return sorted(
        (entry for entry in entries if _matches(entry, wanted)),
        key=lambda entry: (entry.prefix, not entry.is_static, entry.id),
    )


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


class _Source(IntEnum):
    """Where a learned route comes from; lower wins."""

    VPC = 0
    DESTINATION = 1
    BGP = 2


@dataclass(frozen=True, slots=True)
class _Offer:
    """A route that an attachment has for the table."""

    attachment: schema.AttachmentRow
    prefix: IPv4Network
    created_at: datetime
    source: _Source
    bgp: views.BgpPath | None = None
    is_refused: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """Lower wins; equal ones share."""
        return self.source, len(self.bgp.as_path) if self.bgp else 0


def _best(offered: Iterable[_Offer]) -> dict[IPv4Network, tuple[int, int]]:
    """Give the best rank of each prefix."""
    best: dict[IPv4Network, tuple[int, int]] = {}
    for offer in offered:
        if not offer.is_refused:
            best[offer.prefix] = min(offer.rank, best.get(offer.prefix, offer.rank))
    return best


def _learned_status(
    offer: _Offer, best: Mapping[IPv4Network, tuple[int, int]], covered: Collection[IPv4Network]
) -> status.EntryStatus:
    if offer.is_refused:
        return status.EntryStatus.REJECTED
    if offer.prefix in covered or offer.rank > best[offer.prefix]:
        return status.EntryStatus.SHADOWED
    return status.EntryStatus.ACTIVE


Usable = dict[str, tuple[ids.TunnelId, ...]]
"""Connection id to the tunnels that can carry traffic."""


def _is_vpn(row: schema.AttachmentRow) -> bool:
    return row.kind == views.AttachmentKind.VPN.value


def _usable(
    work: unit_of_work.UnitOfWork, attached: Iterable[schema.AttachmentRow], now: datetime
) -> Usable:
    return usable_tunnels(work, {row.resource_id for row in attached if _is_vpn(row)}, now)


def _can_forward(target: schema.AttachmentRow | None, usable: Usable) -> bool:
    return target is None or not _is_vpn(target) or bool(usable[target.resource_id])


def _vpc_routes(
    work: unit_of_work.UnitOfWork, learned: Sequence[schema.AttachmentRow]
) -> list[_Offer]:
    mine = [row for row in learned if not _is_vpn(row)]
    inside = vpcs.vswitches_of(work.session, [row.resource_id for row in mine])
    return [
        _Offer(row, vswitch.prefix, vswitch.created_at, _Source.VPC)
        for row in mine
        for vswitch in inside[row.resource_id]
    ]


def _destinations(
    work: unit_of_work.UnitOfWork,
    learned: Sequence[schema.AttachmentRow],
    routed: int,
    usable: Usable,
) -> list[_Offer]:
    mine = {row.resource_id: row for row in learned if _is_vpn(row)}
    return [
        _Offer(mine[route.connection_id], route.prefix, route.created_at, _Source.DESTINATION)
        for route in attachments.destinations_of(work.session, tuple(mine))
        if not route.deleting and route.router_generation <= routed and usable[route.connection_id]
    ]


def _bgp_routes(
    work: unit_of_work.UnitOfWork,
    learned: Sequence[schema.AttachmentRow],
    usable: Usable,
    wanted: filters.RouteEntryFilter,
) -> list[_Offer]:
    mine = {row.id: row for row in learned if _is_vpn(row)}
    groups = (bgp_rows.Group.LEARNED, bgp_rows.Group.REFUSED)
    offers = []
    for row in bgp_rows.of_attachments(work.session, tuple(mine), groups, wanted.prefix):
        attachment, route = mine[row.attachment_id], bgp_rows.route_of(row)
        if not set(route.tunnel_ids).isdisjoint(usable[attachment.resource_id]):
            offers.append(
                _Offer(
                    attachment,
                    row.prefix,
                    row.since,
                    _Source.BGP,
                    views.BgpPath(as_path=route.as_path, communities=route.communities),
                    bool(route.refusal),
                )
            )
    return offers


def _learned(
    table: schema.RouteTableRow, offer: _Offer, state: status.EntryStatus
) -> views.RouteEntryView:
    # Learned routes have no row; the same route keeps the same id.
    name = f"{table.id} {offer.attachment.id} {offer.prefix}" + (" bgp" if offer.bgp else "")
    digest = hashlib.sha256(name.encode()).hexdigest()
    return views.RouteEntryView(
        id=ids.RouteEntryId(ids.IdKind.ROUTE_ENTRY.value + digest[:17]),
        table_id=ids.RouteTableId(table.id),
        prefix=offer.prefix,
        next_hop=_next_hop(offer.attachment),
        is_static=False,
        status=state,
        created_at=offer.created_at,
        bgp=offer.bgp,
    )


def _static(
    row: schema.RouteEntryRow, target: schema.AttachmentRow | None, routed: int
) -> views.RouteEntryView:
    return views.RouteEntryView(
        id=ids.RouteEntryId(row.id),
        table_id=ids.RouteTableId(row.table_id),
        prefix=row.prefix,
        next_hop=_next_hop(target) if target else None,
        is_static=True,
        status=status.entry_status(
            is_deleting=row.deleting, needed=row.router_generation, applied=routed
        ),
        created_at=row.created_at,
        name=row.name,
        description=row.description,
    )


def _next_hop(attachment: schema.AttachmentRow) -> views.NextHop:
    return views.NextHop(
        attachment_id=ids.AttachmentId(attachment.id),
        kind=views.AttachmentKind(attachment.kind),
        resource_id=attachment.resource_id,
    )


def _matches(entry: views.RouteEntryView, wanted: filters.RouteEntryFilter) -> bool:
    hop = entry.next_hop
    return (
        wanted.prefix in {None, entry.prefix}
        and wanted.attachment_id in {None, hop and hop.attachment_id}
        and wanted.resource_id in {None, hop and hop.resource_id}
    )
