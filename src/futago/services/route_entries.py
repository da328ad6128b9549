"""The routes of a table: the static ones, and those that it has learned.

What is learned is not stored here: a route is there while its attachment propagates, and a route
into a connection only while a tunnel of it can carry traffic. A static route is in the table until
it is removed. Which of several routes to one prefix forwards is said by `plan.selection`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network
from typing import Final

from futago.domain import ids, status
from futago.plan import intent, liveness, selection
from futago.services import access, facts, filters, pages, private_addresses, views
from futago.store import attachments, connections, listing, schema, unit_of_work, vpcs
from futago.store import bgp_routes as bgp_rows
from futago.store import route_entries as entry_rows

BLOCK: Final = "CidrRoute"
"""Description of the blackhole for a block. Source: ListTransitRouterRouteEntries, example."""
_ENTRY: Final = selection.Candidate(source=selection.RouteSource.ENTRY)
_VPC: Final = selection.Candidate(source=selection.RouteSource.VPC)
_DESTINATION: Final = selection.Candidate(source=selection.RouteSource.DESTINATION)


def usable_tunnels(
    work: unit_of_work.UnitOfWork, connection_ids: Collection[str], now: datetime
) -> dict[str, tuple[ids.TunnelId, ...]]:
    """Give the tunnels that routes lead into, by connection id.

    They have a child SA, and their probes do not call them dead, as the node decides too.
    """
    reports = facts.connections(work, connection_ids, now)
    tunnels = connections.tunnels_of(work.session, connection_ids)
    return {
        each: _in_service(
            {tunnel.row.id: reports[each].tunnel(tunnel.row.id) for tunnel in tunnels.get(each, ())}
        )
        for each in connection_ids
    }


def _in_service(tunnels: Mapping[str, views.TunnelStatus]) -> tuple[ids.TunnelId, ...]:
    services = [
        liveness.Service(
            tunnel_id=ids.TunnelId(tunnel_id),
            is_up=bool(seen.child_installed),
            is_dead=seen.probe is not None and seen.probe.verdict is liveness.Verdict.DEAD,
        )
        for tunnel_id, seen in tunnels.items()
    ]
    left_out = liveness.out_of_service(services)
    return tuple(
        each.tunnel_id for each in services if each.is_up and each.tunnel_id not in left_out
    )


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
    offers = [
        *_static(fixed, targets, routed, usable),
        *_block_routes(work, table, learned),
        *_vpc_routes(work, learned),
        *_destinations(work, learned, routed, usable),
        *_bgp_routes(work, learned, usable, wanted),
    ]
    return sorted(
        (each for each in _selected(table, offers) if _matches(each, wanted)),
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


@dataclass(frozen=True, slots=True)
class _Offer:
    """A route that the table may use."""

    attachment: schema.AttachmentRow | None
    """Where it leads; None is a blackhole."""
    prefix: IPv4Network
    created_at: datetime
    candidate: selection.Candidate
    bgp: views.BgpPath | None = None
    row: schema.RouteEntryRow | None = None
    """Of a static route."""
    is_block: bool = False
    """A block of the router, as a blackhole that nobody wrote."""
    life: status.EntryStatus = status.EntryStatus.ACTIVE
    """Of a static route: whether it comes or goes."""


def _selected(table: schema.RouteTableRow, offers: Iterable[_Offer]) -> list[views.RouteEntryView]:
    by_prefix: dict[IPv4Network, list[_Offer]] = defaultdict(list)
    for offer in offers:
        by_prefix[offer.prefix].append(offer)
    found = []
    for same in by_prefix.values():
        # What the router does not have yet takes part in nothing.
        there = [each for each in same if each.life is not status.EntryStatus.ADDING]
        found += [_view(table, each, each.life) for each in same if each not in there]
        chosen = selection.select([each.candidate for each in there])
        for offer, state in zip(there, chosen, strict=True):
            is_going = offer.life is status.EntryStatus.REMOVING
            found.append(_view(table, offer, offer.life if is_going else state))
    return found


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


def _block_routes(
    work: unit_of_work.UnitOfWork,
    table: schema.RouteTableRow,
    learned: Sequence[schema.AttachmentRow],
) -> list[_Offer]:
    ids_ = {row.resource_id for row in learned if _is_vpn(row)}
    return [
        _Offer(None, block.prefix, block.created_at, _ENTRY, is_block=True)
        for block in private_addresses.learned_blocks(work, table.router_id, ids_)
    ]


def _vpc_routes(
    work: unit_of_work.UnitOfWork, learned: Sequence[schema.AttachmentRow]
) -> list[_Offer]:
    mine = [row for row in learned if not _is_vpn(row)]
    inside = vpcs.vswitches_of(work.session, [row.resource_id for row in mine])
    return [
        _Offer(row, vswitch.prefix, vswitch.created_at, _VPC)
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
        _Offer(mine[route.connection_id], route.prefix, route.created_at, _DESTINATION)
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
                    selection.Candidate(
                        source=selection.RouteSource.BGP,
                        is_refused=bool(route.refusal),
                        path_length=len(route.as_path),
                    ),
                    views.BgpPath(as_path=route.as_path, communities=route.communities),
                )
            )
    return offers


def _static(
    fixed: Iterable[schema.RouteEntryRow],
    targets: Mapping[str, schema.AttachmentRow],
    routed: int,
    usable: Usable,
) -> list[_Offer]:
    offers = []
    for row in fixed:
        target = targets.get(row.attachment_id or "")
        candidate = selection.Candidate(
            source=selection.RouteSource.ENTRY, is_usable=_can_forward(target, usable)
        )
        life = status.entry_status(
            is_deleting=row.deleting, needed=row.router_generation, applied=routed
        )
        offers.append(_Offer(target, row.prefix, row.created_at, candidate, row=row, life=life))
    return offers


def _view(
    table: schema.RouteTableRow, offer: _Offer, state: status.EntryStatus
) -> views.RouteEntryView:
    row = offer.row
    return views.RouteEntryView(
        id=ids.RouteEntryId(row.id if row else _learned_id(table, offer)),
        table_id=ids.RouteTableId(table.id),
        prefix=offer.prefix,
        next_hop=_next_hop(offer.attachment) if offer.attachment else None,
        is_static=row is not None or offer.is_block,
        status=state,
        preference=selection.preference(offer.candidate.source),
        created_at=offer.created_at,
        name=row.name if row else "",
        description=row.description if row else BLOCK * offer.is_block,
        bgp=offer.bgp,
    )


def _learned_id(table: schema.RouteTableRow, offer: _Offer) -> str:
    """Learned routes have no row; the same route keeps the same id."""
    origin = offer.attachment.id if offer.attachment else ""
    name = f"{table.id} {origin} {offer.prefix}" + (" bgp" if offer.bgp else "")
    return ids.IdKind.ROUTE_ENTRY.value + hashlib.sha256(name.encode()).hexdigest()[:17]


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
