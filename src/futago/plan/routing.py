"""From a router's intent to what its routing daemon and policy rules shall do.

Each plug has a table of its own; propagation is a pipe from it into a route table of the router.
Association is a policy rule: what comes in from a plug's device is looked up in one table. Static
routes go into a route table itself and win there over what it learns.

Announcement is a second way of pipes, from the associated table to the connection: what may be
announced of a route table is gathered in a table beside it, which feeds the tables of the
connections. Every route carries its origin. What came from a connection never passes to another,
and what is there only to be announced never leaves by a propagation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Final

from futago.domain import forwarding, ids, net
from futago.domain import mtu as domain_mtu
from futago.plan import intent, places

Plug = intent.VpcPlug | intent.VpnPlug

BGP_PREFIX_LENGTH: Final = 30


def table_name(resource_id: str) -> str:
    """Name the daemon's table of a route table, a connection or a VPC."""
    prefix, _, suffix = resource_id.rpartition("-")
    return f"{prefix.replace('-', '_')}_{suffix}"


def session_name(tunnel_id: ids.TunnelId) -> str:
    """Name the BGP session of a tunnel."""
    return table_name(tunnel_id)


def routing_config(mark: str, router: intent.RouterIntent) -> forwarding.RoutingConfig:
    """Compile everything that the router's routing daemon shall do."""
    return forwarding.RoutingConfig(
        router_address=router_address(router.router_id),
        tables=_tables(router),
        sources=(
            *(_source(mark, plug) for plug in _plugs(router) if _prefixes(plug)),
            *_static_sources(mark, router),
        ),
        pipes=(*_propagations(router), *_announcements(router)),
        sessions=tuple(_session(mark, plug, bgp) for plug in router.vpns for bgp in plug.bgp),
    )


def policy_rules(mark: str, router: intent.RouterIntent) -> frozenset[tuple[str, int]]:
    """Give incoming device and kernel table of every associated plug."""
    kernel_tables = {table.table_id: table.kernel_table for table in router.tables}
    return frozenset(
        (device, kernel_tables[plug.association])
        for plug in _plugs(router)
        if plug.association is not None
        for device in _devices(mark, plug)
    )


def packet_filter(
    mark: str, router: intent.RouterIntent, mtus: Mapping[str, int] | None = None
) -> forwarding.PacketFilter:
    """Compile what the router refuses: VPN to VPN, and what no protected data flow covers.

    Args:
        mark: The node's mark.
        router: What shall be.
        mtus: Tunnel devices to their MTUs, as far as there are any.
    """
    return forwarding.PacketFilter(
        vpn_devices=tuple(
            sorted(device for plug in router.vpns for device in _devices(mark, plug))
        ),
        flows=tuple(
            forwarding.ProtectedFlow(
                devices=_devices(mark, plug), local=plug.local_ts, remote=plug.remote_ts
            )
            for plug in router.vpns
            if (plug.local_ts, plug.remote_ts) != ((net.ANY,), (net.ANY,))
        ),
        small_tunnels=tuple(
            small for plug in router.vpns for small in _small_tunnels(mark, plug, mtus or {})
        ),
    )


def _small_tunnels(
    mark: str, plug: intent.VpnPlug, mtus: Mapping[str, int]
) -> tuple[forwarding.SmallTunnel, ...]:
    """Take the smaller tunnel of a connection for both, since answers may leave by either."""
    devices = _devices(mark, plug)
    smallest = min((mtus[each] for each in devices if each in mtus), default=domain_mtu.USER_MTU)
    if smallest >= domain_mtu.USER_MTU:
        return ()
    return tuple(forwarding.SmallTunnel(device=each, mtu=smallest) for each in devices)


def session_addresses(mark: str, router: intent.RouterIntent) -> dict[str, IPv4Interface]:
    """Give the address that each tunnel's device has for BGP; devices without BGP are left out."""
    return {
        places.device_name(mark, "t", bgp.tunnel_id): IPv4Interface(
            (bgp.local_address, BGP_PREFIX_LENGTH)
        )
        for plug in router.vpns
        for bgp in plug.bgp
    }


def detours(mark: str, router: intent.RouterIntent) -> frozenset[forwarding.Detour]:
    """Pair the tunnels of each connection whose sessions BFD may watch."""
    found = set()
    for plug in router.vpns:
        devices = [places.device_name(mark, "t", bgp.tunnel_id) for bgp in plug.bgp]
        found |= {
            forwarding.Detour(device=device, partner=partner)
            for device in devices
            for partner in devices
            if device != partner
        }
    return frozenset(found)


def router_address(router_id: ids.RouterId) -> IPv4Address:
    """Derive the identifier of a router's daemon; stable, never zero, never routed."""
    number = int.from_bytes(hashlib.sha256(router_id.encode()).digest()[:4], "big")
    return IPv4Address(number | 1)


def _plugs(router: intent.RouterIntent) -> tuple[Plug, ...]:
    return (*router.vpcs, *router.vpns)


def _announcing(router: intent.RouterIntent) -> dict[ids.RouteTableId, list[intent.VpnPlug]]:
    """Group the connections that announce by the route table that they announce."""
    found: dict[ids.RouteTableId, list[intent.VpnPlug]] = {}
    for plug in router.vpns:
        if plug.bgp and plug.announces_routes and plug.association is not None:
            found.setdefault(plug.association, []).append(plug)
    return found


def _tables(router: intent.RouterIntent) -> tuple[forwarding.ForwardingTable, ...]:
    return (
        *(
            forwarding.ForwardingTable(
                name=table_name(table.table_id), kernel_table=table.kernel_table
            )
            for table in router.tables
        ),
        *(forwarding.ForwardingTable(name=_announced(table)) for table in _announcing(router)),
        *(forwarding.ForwardingTable(name=table_name(_resource(plug))) for plug in _plugs(router)),
    )


def _announced(table_id: ids.RouteTableId) -> str:
    return f"{table_name(table_id)}_announced"


def _propagations(router: intent.RouterIntent) -> tuple[forwarding.Pipe, ...]:
    return tuple(
        forwarding.Pipe(
            name=f"{table_name(_resource(plug))}_to_{table_name(table_id)}",
            source=table_name(_resource(plug)),
            target=table_name(table_id),
            origins=(_origin(plug),),
        )
        for plug in _plugs(router)
        for table_id in plug.propagations
    )


def _announcements(router: intent.RouterIntent) -> tuple[forwarding.Pipe, ...]:
    pipes: list[forwarding.Pipe] = []
    for table_id, plugs in _announcing(router).items():
        gathered = _announced(table_id)
        # Private entries come along, because they hide the routes over which they win.
        origins = (
            forwarding.RouteOrigin.VPC,
            forwarding.RouteOrigin.ENTRY,
            forwarding.RouteOrigin.PRIVATE_ENTRY,
        )
        pipes.append(
            forwarding.Pipe(
                name=gathered, source=table_name(table_id), target=gathered, origins=origins
            )
        )
        pipes.extend(
            forwarding.Pipe(
                name=f"{gathered}_to_{table_name(plug.connection_id)}",
                source=gathered,
                target=table_name(plug.connection_id),
                origins=origins,
            )
            for plug in plugs
        )
    return tuple(pipes)


def _session(mark: str, plug: intent.VpnPlug, bgp: intent.BgpIntent) -> forwarding.BgpSession:
    key = None
    if bgp.key_id is not None:
        key = forwarding.SessionKey(key_id=bgp.key_id, version=bgp.key_version)
    return forwarding.BgpSession(
        name=session_name(bgp.tunnel_id),
        table=table_name(plug.connection_id),
        device=places.device_name(mark, "t", bgp.tunnel_id),
        local_address=bgp.local_address,
        peer_address=bgp.peer_address,
        local_asn=bgp.local_asn,
        peer_asn=bgp.peer_asn,
        key=key,
        import_limit=bgp.import_limit,
    )


def _static_sources(mark: str, router: intent.RouterIntent) -> tuple[forwarding.StaticSource, ...]:
    """Give up to two sources per route table: what may be announced, and what never is."""
    hops = {plug.attachment_id: _next_hops(mark, plug) for plug in _plugs(router)}
    into_vpcs = {plug.attachment_id for plug in router.vpcs}
    found: dict[tuple[ids.RouteTableId, bool], list[forwarding.StaticRoute]] = {}
    for entry in sorted(router.entries, key=lambda entry: entry.prefix):
        # Without its plug a route leads nowhere, which is not the same as to a blackhole.
        if entry.attachment_id is None or entry.attachment_id in hops:
            next_hops = () if entry.attachment_id is None else hops[entry.attachment_id]
            route = forwarding.StaticRoute(prefix=entry.prefix, next_hops=next_hops)
            is_private = entry.attachment_id not in into_vpcs
            found.setdefault((entry.table_id, is_private), []).append(route)
    known = [table.table_id for table in router.tables]
    return tuple(
        _entries(table_id, tuple(found[table_id, is_private]), is_private=is_private)
        for table_id in known
        for is_private in (False, True)
        if (table_id, is_private) in found
    )


def _entries(
    table_id: ids.RouteTableId, routes: tuple[forwarding.StaticRoute, ...], *, is_private: bool
) -> forwarding.StaticSource:
    origin = forwarding.RouteOrigin
    return forwarding.StaticSource(
        name=f"{table_name(table_id)}_{'private_entries' if is_private else 'entries'}",
        table=table_name(table_id),
        routes=routes,
        origin=origin.PRIVATE_ENTRY if is_private else origin.ENTRY,
        preference=forwarding.ENTRY_PREFERENCE,
    )


def _next_hops(mark: str, plug: Plug) -> tuple[forwarding.DeviceNextHop, ...]:
    gateway = places.LINK_FAR_SIDE if isinstance(plug, intent.VpcPlug) else None
    return tuple(
        forwarding.DeviceNextHop(device=device, gateway=gateway) for device in _devices(mark, plug)
    )


def _resource(plug: Plug) -> str:
    return plug.vpc_id if isinstance(plug, intent.VpcPlug) else plug.connection_id


def _origin(plug: Plug) -> forwarding.RouteOrigin:
    origin = forwarding.RouteOrigin
    return origin.VPC if isinstance(plug, intent.VpcPlug) else origin.VPN


def _devices(mark: str, plug: Plug) -> tuple[str, ...]:
    if isinstance(plug, intent.VpcPlug):
        return (places.device_name(mark, "v", plug.vpc_id),)
    return tuple(places.device_name(mark, "t", tunnel_id) for tunnel_id in plug.tunnel_ids)


def _prefixes(plug: Plug) -> tuple[IPv4Network, ...]:
    return plug.prefixes if isinstance(plug, intent.VpcPlug) else plug.destinations


def _source(mark: str, plug: Plug) -> forwarding.StaticSource:
    name = table_name(_resource(plug))
    next_hops = _next_hops(mark, plug)
    is_vpc = isinstance(plug, intent.VpcPlug)
    return forwarding.StaticSource(
        name=f"{name}_static",
        table=name,
        routes=tuple(
            forwarding.StaticRoute(prefix=prefix, next_hops=next_hops)
            for prefix in sorted(_prefixes(plug))
        ),
        origin=_origin(plug),
        preference=(forwarding.VPC_PREFERENCE if is_vpc else forwarding.DESTINATION_PREFERENCE),
    )
