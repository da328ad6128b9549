"""A tunnel's way to the outside: a routed link between the node and the tunnel's namespace.

The gateway address lives in the tunnel's namespace. The node routes it there as a single host, and
answers ARP for it on the zone's uplink by a proxy entry for just this address: `proxy_arp` on the
device would answer for every address that the node can route.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from futago.drivers.linux import namespaces, rtnl, sockets, sysctls
from futago.plan import places
from futago.ports import network

_EVERYTHING = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """The node's ways out of one zone."""

    device: str
    private_device: str | None = None
    """For addresses of the private pools; None is the same device."""
    private_pools: tuple[IPv4Network, ...] = ()

    def device_for(self, address: IPv4Address) -> str:
        """Choose the device by which an address is reached."""
        is_private = any(address in pool for pool in self.private_pools)
        return (is_private and self.private_device) or self.device

    @property
    def devices(self) -> frozenset[str]:
        """All devices of the zone."""
        return frozenset({self.device, self.private_device or self.device})


class Underlay:
    """Connects tunnels' namespaces with the uplinks of the node's zones."""

    def __init__(
        self, opened: sockets.Sockets, zones: Mapping[str, Uplink], node_namespace: str | None
    ) -> None:
        self._sockets = opened
        self._zones = zones
        self._node = node_namespace

    async def address(self, place: places.TunnelPlace) -> IPv4Address | None:
        """Gateway address that is connected all the way, else None."""
        address = await self._inner_address(place)
        if address is None:
            return None
        node = await self._sockets.netlink(self._node)
        link = await node.link(place.uplink_device)
        if link is None or not link.is_up or await node.egress(address) != link.index:
            return None
        return address if await self._proxied_on(node, address) else None

    async def connect(self, place: places.TunnelPlace, address: IPv4Address, zone_id: str) -> None:
        """Connect a gateway address; whatever was connected before is replaced if it differs."""
        node = await self._sockets.netlink(self._node)
        uplink = await self._uplink(node, zone_id, address)
        await self._sockets.netlink(place.namespace)
        is_there = await self.address(place) == address
        if not is_there or await self._proxied_on(node, address) != {uplink.index}:
            await self.disconnect(place)
            await self._build(node, place, address, uplink)
        settings = sysctls.of_uplink(uplink.name, place.uplink_device)
        await namespaces.inside(self._node, lambda: namespaces.write_sysctls(settings))
        # Last, because `address` takes it for the proof that all the rest is done.
        await node.add_proxy(address, uplink.index)

    async def disconnect(self, place: places.TunnelPlace) -> None:
        """Remove the link, its address and what answered for it."""
        node = await self._sockets.netlink(self._node)
        connected = await self.connected(place.namespace)
        is_linked = await node.link(place.uplink_device) is not None
        await node.delete_link(place.uplink_device)
        if namespaces.identity(place.namespace) is not None:
            inner = await self._sockets.netlink(place.namespace)
            await inner.delete_link(places.OUTSIDE_DEVICE)
        if connected:
            await self.release(connected)
        elif is_linked:
            # Half-made: only the whole list shows what was left behind.
            await self.prune()

    async def connected(self, namespace: str) -> frozenset[IPv4Address]:
        """Give the addresses of a namespace's way out; none without one."""
        if namespaces.identity(namespace) is None:
            return frozenset()
        inner = await self._sockets.netlink(namespace)
        outside = await inner.link(places.OUTSIDE_DEVICE)
        if outside is None:
            return frozenset()
        return frozenset(each.ip for each in await inner.addresses(outside.index))

    async def release(self, addresses: Iterable[IPv4Address]) -> None:
        """Stop answering for those of some addresses that lead to no tunnel's namespace."""
        node = await self._sockets.netlink(self._node)
        uplinks = await self._uplink_indexes(node)
        for address, index in itertools.product(addresses, uplinks):
            if await node.is_proxied(address, index):
                await self._drop_stale(node, address, index)

    async def prune(self) -> None:
        """Stop answering for all addresses that lead to no tunnel's namespace."""
        node = await self._sockets.netlink(self._node)
        for address, index in await node.proxies():
            await self._drop_stale(node, address, index)

    async def _drop_stale(self, node: rtnl.Rtnl, address: IPv4Address, index: int) -> None:
        egress = await node.egress(address)
        if egress is None or egress in await self._uplink_indexes(node):
            await node.delete_proxy(address, index)

    async def _build(
        self, node: rtnl.Rtnl, place: places.TunnelPlace, address: IPv4Address, uplink: rtnl.Link
    ) -> None:
        handle = namespaces.open_handle(place.namespace)
        try:
            await node.add_veth(place.uplink_device, places.OUTSIDE_DEVICE, handle)
        finally:
            os.close(handle)
        near = await node.require(place.uplink_device)
        await node.add_address(near.index, places.LINK_ROUTER_SIDE, scope=rtnl.SCOPE_LINK)
        await node.set_up(near.index)
        inner = await self._sockets.netlink(place.namespace)
        far = await inner.require(places.OUTSIDE_DEVICE)
        # What the tunnel's own MTU is computed from.
        await inner.set_mtu(far.index, uplink.mtu)
        await inner.add_address(far.index, address)
        await inner.set_up(far.index)
        await inner.route_to_gateway(
            _EVERYTHING, places.LINK_ROUTER_SIDE, far.index, source=address
        )
        await node.route_to_device(IPv4Network(address), near.index)

    async def _inner_address(self, place: places.TunnelPlace) -> IPv4Address | None:
        if namespaces.identity(place.namespace) is None:
            return None
        inner = await self._sockets.netlink(place.namespace)
        outside = await inner.link(places.OUTSIDE_DEVICE)
        if outside is None or not outside.is_up:
            return None
        addresses = await inner.addresses(outside.index)
        if len(addresses) != 1 or outside.index not in await inner.default_devices():
            return None
        return next(iter(addresses)).ip

    async def _uplink(self, node: rtnl.Rtnl, zone_id: str, address: IPv4Address) -> rtnl.Link:
        zone = self._zones.get(zone_id)
        if zone is None:
            raise network.ZoneUnknown(
                f"Zone {zone_id!r} is not in this node's configuration; it has "
                f"{', '.join(sorted(self._zones)) or 'none'}. Add the zone with its uplink.",
                zone_id=zone_id,
            )
        device = zone.device_for(address)
        found = await node.link(device)
        if found is None:
            raise network.UplinkMissing(
                f"Uplink {device!r} of zone {zone_id!r} does not exist on this node; create "
                "the device or correct the zone's uplink in the node's configuration.",
                zone_id=zone_id,
                device=device,
            )
        return found

    async def _uplink_indexes(self, node: rtnl.Rtnl) -> frozenset[int]:
        devices = frozenset[str]().union(*(zone.devices for zone in self._zones.values()))
        links = [await node.link(device) for device in devices]
        return frozenset(link.index for link in links if link is not None)

    async def _proxied_on(self, node: rtnl.Rtnl, address: IPv4Address) -> frozenset[int]:
        uplinks = await self._uplink_indexes(node)
        return frozenset([index for index in uplinks if await node.is_proxied(address, index)])
