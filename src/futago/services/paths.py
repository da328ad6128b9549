"""What lies between two addresses, read from the store, for the walk of `plan.paths`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from futago.domain import ids, status
from futago.plan import intent, path_model, paths
from futago.services import (
    access,
    connection_views,
    connections,
    facts,
    filters,
    pages,
    route_entries,
    task_refusals,
    views,
)
from futago.store import attachments, bgp_routes, schema, unit_of_work, vpcs

_GROUPS: Final = tuple(bgp_routes.Group)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathReport:
    """A walked path, in the direction of the question and back."""

    world: path_model.World
    there: tuple[paths.Step, ...]
    back: tuple[paths.Step, ...]
    starts_in_vpc: bool

    @property
    def broken(self) -> paths.Step | None:
        """Give the first broken hop."""
        return paths.first_broken(self.there, self.back)


def test(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    ends: tuple[IPv4Address, IPv4Address],
) -> PathReport:
    """Walk from one address to another and back; one of them is behind the connection.

    Raises:
        ConnectionNotFound: Not in this account and region.
        PathForeign: The router is another account's.
        PathNotThrough: Both addresses lie in VPCs of the router.
    """
    row = connections.find(work, scope, connection_id)
    view = connection_views.build(work, [row], scope.now)[0]
    if view.attachment is not None and view.attachment.is_foreign:
        raise task_refusals.PathForeign(
            f"{connection_id} is attached to a router of another account, whose tables only its"
            " owner sees; ask there.",
            value=connection_id,
        )
    reading = _Reading(work, scope, view)
    starts_in_vpc = _starts_in_vpc(reading, ends)
    near, far = ends if starts_in_vpc else (ends[1], ends[0])
    world = reading.world(near, far)
    walked = paths.walk(world)
    there, back = walked.to_far, walked.to_near
    if not starts_in_vpc:
        there, back = back, there
    return PathReport(world=world, there=there, back=back, starts_in_vpc=starts_in_vpc)


def _starts_in_vpc(reading: _Reading, ends: tuple[IPv4Address, IPv4Address]) -> bool:
    """Tell which of two addresses is the VPC's."""
    first, second = (reading.vpc_row(each) for each in ends)
    if first is not None and second is not None:
        raise task_refusals.PathNotThrough(
            f"{ends[0]} lies in VPC {first.id} and {ends[1]} in VPC {second.id}, so nothing between"
            f" them passes {reading.view.connection.id}; send an address behind the connection.",
            value=str(ends[1]),
        )
    if first is not None or second is not None:
        return first is not None
    return not reading.vpn.offers(ends[0])


class _Reading:
    """The store, read once for one question."""

    def __init__(
        self, work: unit_of_work.UnitOfWork, scope: access.Scope, view: views.ConnectionView
    ) -> None:
        self._work = work
        self._scope = scope
        self.view = view
        self._router_id = view.attachment.router_id if view.attachment else None
        routed = facts.applied(work, intent.IntentKind.ROUTER, (self._router_id or "",))
        self._routed = routed[self._router_id or ""]
        self._vpcs, _ = vpcs.search(work.session, scope, filters.VpcFilter(), pages.ALL)
        self._vswitches = vpcs.vswitches_of(work.session, [row.id for row in self._vpcs])
        self.vpn = self._vpn()

    def world(self, near: IPv4Address, far: IPv4Address) -> path_model.World:
        """Put together what a path may pass."""
        row = self.vpc_row(near)
        return path_model.World(
            near=near,
            far=far,
            vpc=None if row is None else self._vpc(row),
            vpn=self.vpn,
            near_behind="" if row is not None else self._behind(near),
        )

    def vpc_row(self, address: IPv4Address) -> schema.VpcRow | None:
        """Find the VPC of an address: by vSwitch, then by its own prefix; the router's first."""
        by_vswitch = [
            row
            for row in self._vpcs
            if any(address in each.prefix for each in self._vswitches[row.id])
        ]
        found = by_vswitch or [row for row in self._vpcs if address in row.prefix]
        if self.vpn.offers(address) and not by_vswitch:
            return None
        return min(found, key=lambda row: not self._is_here(row.id), default=None)

    def _is_here(self, resource_id: str) -> bool:
        attached = attachments.of_resource(self._work.session, resource_id)
        return attached is not None and attached.router_id == self._router_id

    def _behind(self, address: IPv4Address) -> str:
        """Find another connection of the router with a route to an address."""
        session, router_id = self._work.session, self._router_id or ""
        attached = attachments.of_router(session, router_id)
        owners = {row.id: row.resource_id for row in attached}
        known = list(attachments.staying_destinations(session, router_id))
        learned = (bgp_routes.Group.LEARNED,)
        known += [
            (owners[row.attachment_id], row.prefix)
            for row in bgp_routes.of_attachments(session, tuple(owners), learned)
        ]
        others = (each for each, prefix in known if address in prefix)
        return next((each for each in others if each != self.view.connection.id), "")

    def _vpc(self, row: schema.VpcRow) -> path_model.Vpc:
        attached = attachments.of_resource(self._work.session, row.id)
        is_here = (
            attached is not None
            and attached.router_id == self._router_id
            and not attached.deleting
            and attached.router_generation <= self._routed
        )
        here = attached if is_here else None
        return path_model.Vpc(
            vpc_id=row.id,
            vswitches={each.id: each.prefix for each in self._vswitches[row.id]},
            attachment_id=here.id if here else None,
            other_router_id=attached.router_id if attached and not here else "",
            table=self._table(here.id) if here else None,
            sends_everything=here.auto_publish if here else False,
        )

    def _vpn(self) -> path_model.Vpn:
        view, session = self.view, self._work.session
        row = attachments.of_resource(session, view.connection.id)
        attachment_id = row.id if row and not row.deleting else None
        routes = self._bgp_routes(attachment_id)
        kept = {group: [each for each in routes if each.group == group] for group in _GROUPS}
        bound = () if attachment_id is None else (attachment_id,)
        return path_model.Vpn(
            connection_id=view.connection.id,
            attachment_id=attachment_id,
            router_id=self._router_id or "",
            table=self._table(attachment_id) if attachment_id else None,
            propagates_to=frozenset(
                each.table_id
                for each in attachments.propagations_of(session, bound)
                if self._is_in_force(each)
            ),
            tunnels=self._tunnels(),
            destinations=tuple(
                each.prefix
                for each in attachments.destinations_of(session, (view.connection.id,))
                if not each.deleting
            ),
            learned=tuple(each.prefix for each in kept[bgp_routes.Group.LEARNED]),
            refused={
                each.prefix: bgp_routes.route_of(each).refusal
                for each in kept[bgp_routes.Group.REFUSED]
            },
            announced=tuple(each.prefix for each in kept[bgp_routes.Group.ANNOUNCED]),
            announces=bool(row and row.auto_publish),
            has_bgp=view.connection.bgp_enabled,
            local_ts=view.connection.local_ts,
            remote_ts=view.connection.remote_ts,
        )

    def _bgp_routes(self, attachment_id: str | None) -> Sequence[schema.BgpRouteRow]:
        if attachment_id is None or not self.view.connection.bgp_enabled:
            return ()
        return bgp_routes.search(self._work.session, attachment_id, _GROUPS, pages.ALL)

    def _tunnels(self) -> tuple[path_model.Tunnel, ...]:
        connection_id = self.view.connection.id
        usable = route_entries.usable_tunnels(self._work, (connection_id,), self._scope.now)
        return tuple(_tunnel(each, usable[connection_id]) for each in self.view.tunnels)

    def _is_in_force(self, row: schema.AssociationRow | schema.PropagationRow) -> bool:
        return not row.deleting and row.router_generation <= self._routed

    def _table(self, attachment_id: str) -> path_model.Table | None:
        """Read the table with which an attachment is associated."""
        session = self._work.session
        bound = attachments.associations_of(session, (attachment_id,))
        found = next((each for each in bound if self._is_in_force(each)), None)
        if found is None:
            return None
        table = session.get_one(schema.RouteTableRow, found.table_id)
        entries = route_entries.compute(
            self._work, table, filters.RouteEntryFilter(), self._scope.now
        )
        active = [each for each in entries if each.status is status.EntryStatus.ACTIVE]
        leads_to = {each.next_hop.resource_id for each in active if each.next_hop}
        vpns = {each for each in leads_to if ids.kind_of(each) is ids.IdKind.CONNECTION}
        usable = route_entries.usable_tunnels(self._work, vpns, self._scope.now)
        return path_model.Table(
            table_id=table.id, routes=tuple(_route(each, usable) for each in active)
        )


def _tunnel(view: views.TunnelView, usable: Collection[str]) -> path_model.Tunnel:
    is_up = view.facts.child_installed
    failure, session = view.facts.failure, view.bgp
    return path_model.Tunnel(
        tunnel_id=view.tunnel.id,
        is_up=is_up,
        is_left_out=bool(is_up) and view.tunnel.id not in usable,
        reason=failure.code.value if failure else "",
        session=session.facts.state.value if session and session.facts else "",
    )


def _route(
    entry: views.RouteEntryView, usable: dict[str, tuple[ids.TunnelId, ...]]
) -> path_model.Route:
    hop = entry.next_hop
    return path_model.Route(
        entry_id=entry.id,
        prefix=entry.prefix,
        attachment_id=hop.attachment_id if hop else None,
        resource_id=hop.resource_id if hop else "",
        kind="static" if entry.is_static else "propagated",
        is_usable=hop is None or hop.resource_id not in usable or bool(usable[hop.resource_id]),
    )
