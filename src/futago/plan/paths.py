"""Walks from a host of a VPC to a host of a data center and back, and names what is broken first.

The walk looks at what was asked for and at what nodes say, hop by hop in the order of a packet. It
says nothing of what it cannot see: routes and filters of the data center. The kernel gives the same
answers; a test in the lab holds both together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from futago.plan import path_hops as hops
from futago.plan import path_model as model

Hop = hops.Hop
HopState = hops.HopState
PathCode = hops.PathCode
Step = hops.Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Both directions, each up to what is broken first in it."""

    to_far: tuple[Step, ...]
    to_near: tuple[Step, ...]


_Walk = Iterator[Step]


def walk(world: model.World) -> Path:
    """Walk both directions."""
    return Path(to_far=_until_broken(_to_far(world)), to_near=_until_broken(_to_near(world)))


def first_broken(*directions: tuple[Step, ...]) -> Step | None:
    """Give the first broken hop, in the order of the directions."""
    steps = (step for direction in directions for step in direction)
    return next((step for step in steps if step.state is HopState.BROKEN), None)


def _until_broken(steps: _Walk) -> tuple[Step, ...]:
    found: list[Step] = []
    for step in steps:
        found.append(step)
        if step.state is HopState.BROKEN:
            break
    return tuple(found)


def _to_far(world: model.World) -> _Walk:
    """Walk from the VPC to the data center."""
    vpc, vpn = world.vpc, world.vpn
    yield hops.vswitch(world)
    if vpc is None:
        return
    yield hops.vpn_attachment(vpn)
    yield hops.vpc_attachment(vpc, vpn)
    yield hops.vpc_sends(world, vpc)
    yield hops.association(vpc.attachment_id or "", vpc.table)
    if vpc.table is not None:
        yield _route_to_far(world, vpc.table)
    yield hops.flows(world)
    yield hops.tunnels(vpn)
    yield hops.peer(world)


def _to_near(world: model.World) -> _Walk:
    """Walk from the data center to the VPC."""
    vpc, vpn = world.vpc, world.vpn
    yield hops.vpn_attachment(vpn)
    yield hops.tunnels(vpn)
    yield hops.announcement(world)
    yield hops.flows(world)
    yield hops.association(vpn.attachment_id or "", vpn.table)
    if vpn.table is not None:
        yield _route_to_near(world, vpn.table)
    if vpc is not None:
        yield hops.vpc_attachment(vpc, vpn)
    yield hops.vswitch(world)


def _route_to_far(world: model.World, table: model.Table) -> Step:
    vpn = world.vpn
    found = table.look_up(world.far)
    ours = [each for each in found if each.attachment_id == vpn.attachment_id]
    if any(each.is_usable for each in ours):
        return _route_found(table, ours[0], shared=len(found) - len(ours))
    longest = found[0].prefix.prefixlen if found and not ours else -1
    better = [each for each in vpn.offers(world.far) if each.prefixlen >= longest]
    is_static = any(
        each.attachment_id == vpn.attachment_id and each.prefix.prefixlen >= longest
        for each in table.routes
        if world.far in each.prefix
    )
    if (better or is_static) and not vpn.carrying:
        return hops.tunnels(vpn)
    if better and table.table_id not in vpn.propagates_to and not found:
        return _not_propagated(world, table, better[0])
    if found:
        return _wrong_route(table, found[0], f"into {vpn.connection_id}")
    return _missing_to_far(world, table)


def _route_found(table: model.Table, route: model.Route, shared: int) -> Step:
    more = f" It shares the traffic with {shared} more." if shared else ""
    return Step(
        hop=Hop.ROUTE,
        resource_id=route.entry_id,
        text=f"Entry {route.prefix} ({route.kind}) of {table.table_id} leads to"
        f" {route.resource_id}.{more}",
    )


def _wrong_route(table: model.Table, route: model.Route, wanted: str) -> Step:
    if route.attachment_id is None:
        return Step(
            hop=Hop.ROUTE,
            resource_id=route.entry_id,
            state=HopState.BROKEN,
            code=PathCode.BLACKHOLE,
            text=f"Entry {route.prefix} of {table.table_id} is a blackhole.",
            remedy="Delete the entry, or add one with a longer prefix.",
        )
    return Step(
        hop=Hop.ROUTE,
        resource_id=route.entry_id,
        state=HopState.BROKEN,
        code=PathCode.OTHER_NEXT_HOP,
        text=f"Entry {route.prefix} ({route.kind}) of {table.table_id} leads to"
        f" {route.resource_id}, and not {wanted}.",
        remedy="Delete that entry, or give the wanted one a longer prefix.",
    )


def _not_propagated(world: model.World, table: model.Table, offered: IPv4Network) -> Step:
    connection_id = world.vpn.connection_id
    return Step(
        hop=Hop.ROUTE,
        resource_id=table.table_id,
        state=HopState.BROKEN,
        code=PathCode.NOT_PROPAGATED,
        text=f"{connection_id} has the route {offered}, and does not propagate it to"
        f" {table.table_id}.",
        remedy="Call EnableTransitRouterRouteTablePropagation, or add a static entry.",
    )


def _missing_to_far(world: model.World, table: model.Table) -> Step:
    """Say why there is no route to the data center."""
    vpn = world.vpn
    refused = [each for each in vpn.refused if world.far in each]
    if refused:
        return Step(
            hop=Hop.BGP,
            resource_id=vpn.connection_id,
            state=HopState.BROKEN,
            code=PathCode.REFUSED,
            text=f"The peer announces {refused[0]}, which is refused: {vpn.refused[refused[0]]}.",
            remedy="ListBgpRoutes says which rule it breaks; announce something else.",
        )
    if vpn.has_bgp and vpn.carrying and not vpn.has_session:
        sessions = ", ".join(f"{each.tunnel_id} {each.session}" for each in vpn.tunnels)
        return Step(
            hop=Hop.BGP,
            resource_id=vpn.connection_id,
            state=HopState.BROKEN,
            code=PathCode.BGP_DOWN,
            text=f"No route to {world.far}: no BGP session of {vpn.connection_id} stands"
            f" ({sessions}), so nothing is learned.",
            remedy="DescribeBgpSessions says why.",
        )
    if not vpn.carrying and vpn.has_bgp:
        return hops.tunnels(vpn)
    return Step(
        hop=Hop.ROUTE,
        resource_id=table.table_id,
        state=HopState.BROKEN,
        code=PathCode.NO_ROUTE,
        text=f"{table.table_id} has no route to {world.far}, and {vpn.connection_id} has none"
        " either, neither a destination route nor a learned one.",
        remedy="Add one with CreateVcoRouteEntry, or have the peer announce it.",
    )


def _route_to_near(world: model.World, table: model.Table) -> Step:
    vpc = world.vpc
    found = table.look_up(world.near)
    wanted = vpc.attachment_id if vpc else None
    ours = [each for each in found if wanted is not None and each.attachment_id == wanted]
    if ours:
        return _route_found(table, ours[0], shared=len(found) - len(ours))
    if found:
        return _wrong_route(table, found[0], f"into {vpc.vpc_id if vpc else 'a VPC'}")
    is_known = vpc is not None and vpc.attachment_id is not None
    return Step(
        hop=Hop.ROUTE,
        resource_id=table.table_id,
        state=HopState.BROKEN,
        code=PathCode.NOT_PROPAGATED if is_known else PathCode.NO_ROUTE,
        text=f"{table.table_id} has no route back to {world.near}."
        + (f" {wanted} does not propagate to it." if is_known else ""),
        remedy="Call EnableTransitRouterRouteTablePropagation for the VPC's attachment, or add a"
        " static entry.",
    )
