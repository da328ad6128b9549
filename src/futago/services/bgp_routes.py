"""BGP routes of connections: what nodes report, and what is shown of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from futago.domain import ids
from futago.plan import observation
from futago.services import access, connections, pages, route_entries, views
from futago.store import attachments, schema, unit_of_work
from futago.store import bgp_routes as rows

Group = rows.Group
Counts = dict[Group, int]
ACCEPTED = (Group.LEARNED, Group.ANNOUNCED)
NONE: Counts = dict.fromkeys(Group, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of routes, and how many there are of each group."""

    page: pages.Page[views.BgpRouteView]
    counts: Counts


def store(work: unit_of_work.UnitOfWork, said: Sequence[observation.ConnectionRoutes]) -> None:
    """Keep what a node says of the routes of connections."""
    for snapshot in said:
        attachment = attachments.of_resource(work.session, snapshot.connection_id)
        if attachment is None or attachment.router_id != snapshot.router_id:
            continue
        rows.replace(work.session, attachment.id, _wanted(snapshot), snapshot.observed_at)
        work.is_news = True


def list_routes(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    groups: Collection[Group],
    page: pages.PageRequest,
) -> Listed:
    """List the BGP routes of a connection, learned ones first, by prefix.

    Raises:
        ConnectionNotFound: Not in this account and region.
    """
    bound = connections.find(work, scope, connection_id)
    attachment = attachments.of_resource(work.session, connection_id)
    if attachment is None or not bound.bgp_enabled:
        return Listed(page=pages.cut((), page), counts=dict(NONE))
    counted = rows.counts(work.session, attachment.id)
    usable = route_entries.usable_tunnels(work, (connection_id,), scope.now)[connection_id]
    found = rows.search(work.session, attachment.id, groups, page)
    return Listed(
        page=pages.Page(
            items=tuple(_view(row, usable) for row in found),
            total=sum(counted[group] for group in groups),
        ),
        counts=counted,
    )


def _wanted(snapshot: observation.ConnectionRoutes) -> dict[rows.Key, rows.Route]:
    return {
        (_group(route).value, route.prefix): rows.Route(
            tunnel_ids=tuple(route.tunnel_ids),
            as_path=route.as_path,
            communities=route.communities,
            refusal=route.refusal or "",
            origin=route.origin,
            med=route.med,
        )
        for route in snapshot.routes
    }


def _group(route: observation.BgpRoute) -> Group:
    if route.direction is observation.RouteDirection.ANNOUNCED:
        return Group.ANNOUNCED
    return Group.REFUSED if route.is_refused else Group.LEARNED


def _view(row: schema.BgpRouteRow, usable: Collection[ids.TunnelId]) -> views.BgpRouteView:
    route = rows.route_of(row)
    return views.BgpRouteView(
        prefix=row.prefix,
        group=Group(row.group),
        tunnel_ids=tuple(ids.TunnelId(each) for each in route.tunnel_ids if each in usable),
        as_path=route.as_path,
        communities=route.communities,
        origin=route.origin,
        med=route.med,
        refusal=route.refusal or None,
        since=row.since,
    )
