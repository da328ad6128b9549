"""From a router's intent to what its routing daemon and policy rules shall do.

Each plug has a table of its own; propagation is a pipe from it into a route table of the router.
Association is a policy rule: what comes in from a plug's device is looked up in one table. Static
routes go into a route table itself and win there over what it learns.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Address
from typing import Final

from futago.domain import forwarding, ids, net
from futago.plan import intent, places

STATIC_PREFERENCE: Final = 300
"""Of static routes in a route table; what the table learns keeps the preference of its source."""


def table_name(resource_id: str) -> str:
    """Name the daemon's table of a route table, a connection or a VPC."""
    prefix, _, suffix = resource_id.rpartition("-")
    return f"{prefix.replace('-', '_')}_{suffix}"


def routing_config(mark: str, router: intent.RouterIntent) -> forwarding.RoutingConfig:
    """Compile everything that the router's routing daemon shall do."""
    plugs: list[intent.VpcPlug | intent.VpnPlug] = [*router.vpcs, *router.vpns]
    return forwarding.RoutingConfig(
        router_address=router_address(router.router_id),
        tables=(
            *(
                forwarding.ForwardingTable(
                    name=table_name(table.table_id), kernel_table=table.kernel_table
                )
                for table in router.tables
            ),
            *(forwarding.ForwardingTable(name=table_name(_resource(plug))) for plug in plugs),
        ),
        sources=(
            *(_source(mark, plug) for plug in plugs if _routes(mark, plug)),
            *_static_sources(mark, router),
        ),
        pipes=tuple(
            forwarding.Pipe(
                name=f"{table_name(_resource(plug))}_to_{table_name(table_id)}",
                source=table_name(_resource(plug)),
                target=table_name(table_id),
            )
            for plug in plugs
            for table_id in plug.propagations
        ),
    )


def policy_rules(mark: str, router: intent.RouterIntent) -> frozenset[tuple[str, int]]:
    """Give incoming device and kernel table of every associated plug."""
    kernel_tables = {table.table_id: table.kernel_table for table in router.tables}
    plugs: list[intent.VpcPlug | intent.VpnPlug] = [*router.vpcs, *router.vpns]
    return frozenset(
        (device, kernel_tables[plug.association])
        for plug in plugs
        if plug.association is not None
        for device in _devices(mark, plug)
    )


def packet_filter(mark: str, router: intent.RouterIntent) -> forwarding.PacketFilter:
    """Compile what the router refuses: VPN to VPN, and what no protected data flow covers."""
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
    )


def router_address(router_id: ids.RouterId) -> IPv4Address:
    """Derive the identifier of a router's daemon; stable, never zero, never routed."""
    number = int.from_bytes(hashlib.sha256(router_id.encode()).digest()[:4], "big")
    return IPv4Address(number | 1)


def _static_sources(mark: str, router: intent.RouterIntent) -> tuple[forwarding.StaticSource, ...]:
    hops: dict[ids.AttachmentId | None, tuple[forwarding.DeviceNextHop, ...]] = {None: ()}
    plugs: list[intent.VpcPlug | intent.VpnPlug] = [*router.vpcs, *router.vpns]
    hops |= {plug.attachment_id: _next_hops(mark, plug) for plug in plugs}
    routes = {
        table.table_id: tuple(
            forwarding.StaticRoute(prefix=entry.prefix, next_hops=hops[entry.attachment_id])
            for entry in sorted(router.entries, key=lambda entry: entry.prefix)
            # Without its plug a route leads nowhere, which is not the same as to a blackhole.
            if entry.table_id == table.table_id and entry.attachment_id in hops
        )
        for table in router.tables
    }
    return tuple(
        forwarding.StaticSource(
            name=f"{table_name(table_id)}_entries",
            table=table_name(table_id),
            routes=found,
            preference=STATIC_PREFERENCE,
        )
        for table_id, found in routes.items()
        if found
    )


def _next_hops(
    mark: str, plug: intent.VpcPlug | intent.VpnPlug
) -> tuple[forwarding.DeviceNextHop, ...]:
    gateway = places.LINK_FAR_SIDE if isinstance(plug, intent.VpcPlug) else None
    return tuple(
        forwarding.DeviceNextHop(device=device, gateway=gateway) for device in _devices(mark, plug)
    )


def _resource(plug: intent.VpcPlug | intent.VpnPlug) -> str:
    return plug.vpc_id if isinstance(plug, intent.VpcPlug) else plug.connection_id


def _devices(mark: str, plug: intent.VpcPlug | intent.VpnPlug) -> tuple[str, ...]:
    if isinstance(plug, intent.VpcPlug):
        return (places.device_name(mark, "v", plug.vpc_id),)
    return tuple(places.device_name(mark, "t", tunnel_id) for tunnel_id in plug.tunnel_ids)


def _routes(mark: str, plug: intent.VpcPlug | intent.VpnPlug) -> tuple[forwarding.StaticRoute, ...]:
    prefixes = plug.prefixes if isinstance(plug, intent.VpcPlug) else plug.destinations
    next_hops = _next_hops(mark, plug)
    return tuple(
        forwarding.StaticRoute(prefix=prefix, next_hops=next_hops) for prefix in sorted(prefixes)
    )


def _source(mark: str, plug: intent.VpcPlug | intent.VpnPlug) -> forwarding.StaticSource:
    name = table_name(_resource(plug))
    return forwarding.StaticSource(name=f"{name}_static", table=name, routes=_routes(mark, plug))
