"""The kernel of a Linux node behind the network port.

Nothing is remembered here: every answer is read from the kernel, so an agent that starts anew sees
what its predecessor left. What is made in several steps gets its mark of completion last.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface

from futago.domain import forwarding
from futago.drivers.linux import detours as detouring
from futago.drivers.linux import (
    firewall,
    namespaces,
    nft,
    routers,
    rtnl,
    shaper,
    sockets,
    sysctls,
    vpcs,
)
from futago.drivers.linux import underlay as underlays
from futago.plan import observation, places, steps
from futago.ports import network

log = logging.getLogger(__name__)

_LOOPBACK = "lo"


class LinuxNetwork:
    """Drives the kernel of the node that this process runs on.

    Args:
        mark: The node's mark; namespaces without it are never touched.
        zones: Zone id to the zone's uplink.
        node_namespace: Where the uplinks are; None means this process's own namespace.
    """

    def __init__(
        self,
        mark: str,
        zones: Mapping[str, underlays.Uplink],
        *,
        node_namespace: str | None = None,
    ) -> None:
        self._mark = places.check_mark(mark)
        self._sockets = sockets.Sockets()
        self._underlay = underlays.Underlay(self._sockets, zones, node_namespace)
        self._knows_detours = True

    async def namespaces(self) -> frozenset[str]:
        """Names of the namespaces that carry this node's mark."""
        return frozenset(name for name in namespaces.names() if self._is_ours(name))

    async def create_namespace(self, name: str, kind: places.PlaceKind) -> None:
        """Make a namespace; it gets its name when everything in it is set."""
        self._require_ours(name)
        if namespaces.identity(name) is not None:
            return
        handle, opened = await namespaces.create_unnamed(sysctls.of_namespace(kind))
        try:
            await _prepare(opened, kind)
            namespaces.give_name(handle, name)
        finally:
            os.close(handle)

    async def delete_namespace(self, name: str) -> None:
        """Remove a namespace and the devices in it; no-op without it."""
        self._require_ours(name)
        connected = await self._underlay.connected(name)
        if namespaces.identity(name) is not None:
            netlink = await self._sockets.netlink(name)
            # The rest goes with the namespace, later; far ends of pairs would be seen until then.
            for link in await netlink.links():
                if link.kind == "veth":
                    await netlink.delete_link(link.name)
        self._sockets.drop(name)
        namespaces.delete(name)
        await self._underlay.release(connected)

    async def outside_address(self, place: places.TunnelPlace) -> IPv4Address | None:
        """Gateway address of a tunnel that is connected to the uplink, else None."""
        return await self._underlay.address(place)

    async def connect_underlay(
        self, place: places.TunnelPlace, address: IPv4Address, zone_id: str
    ) -> None:
        """Give a tunnel's namespace its gateway address; a different earlier one is replaced."""
        await self._underlay.connect(place, address, zone_id)

    async def disconnect_underlay(self, place: places.TunnelPlace) -> None:
        """Take the gateway address and its link away."""
        await self._underlay.disconnect(place)

    async def prune_underlay(self) -> None:
        """Stop answering for gateway addresses that lead to no tunnel."""
        await self._underlay.prune()

    async def router_facts(self, place: places.RouterPlace) -> observation.RouterFacts:
        """Devices, rules, filter and VPC links of a router (nothing about its daemon)."""
        if namespaces.identity(place.namespace) is None:
            return observation.RouterFacts(has_namespace=False)
        netlink = await self._sockets.netlink(place.namespace)
        devices = frozenset(await self.counters(place))
        chains = await nft.chains(place.namespace)
        return observation.RouterFacts(
            has_namespace=True,
            devices=devices,
            rules=routers.forwarding_rules(netlink.rules()),
            firewall=firewall.digest(chains),
            detours=await self._detours(place, chains),
            mtus=await self._mtus(place),
            session_addresses=await self._session_addresses(netlink, devices),
            published_vpcs=await self._published(netlink, devices),
        )

    async def connect_vpc(self, step: steps.ConnectVpc) -> None:
        """Link a VPC with a router; both namespaces exist."""
        await vpcs.connect(self._sockets, step)

    async def disconnect_vpc(self, place: places.RouterPlace, device: str) -> None:
        """Remove the link of a VPC; no-op without it."""
        if namespaces.identity(place.namespace) is not None:
            netlink = await self._sockets.netlink(place.namespace)
            await netlink.delete_link(device)

    async def set_rules(self, place: places.RouterPlace, rules: frozenset[tuple[str, int]]) -> None:
        """Make the policy rules exactly these; the base rules are healed on the way."""
        await routers.set_rules(await self._sockets.netlink(place.namespace), rules)

    async def set_firewall(
        self, place: places.RouterPlace, refusals: forwarding.PacketFilter, digest: str
    ) -> None:
        """Put the packet filter in force by one transaction."""
        await firewall.apply(place.namespace, firewall.render(refusals, digest))

    async def set_detours(
        self, place: places.RouterPlace, detours: frozenset[forwarding.Detour]
    ) -> None:
        """Make the detours exactly these, where the kernel knows them at all."""
        indexes = await namespaces.inside(place.namespace, detouring.device_indexes)
        refused = await nft.apply(place.namespace, detouring.render(detours, indexes))
        if refused is None:
            return
        if await namespaces.inside(place.namespace, detouring.device_indexes) != indexes:
            raise network.DeviceMissing(f"A device of {place.namespace} went away just now.")
        log.warning("no detours: the kernel refuses them", extra={"reason": refused})
        self._knows_detours = False

    async def set_session_address(self, step: steps.SetSessionAddress) -> None:
        """Make a device's address for BGP exactly the wanted one; other addresses stay."""
        netlink = await self._sockets.netlink(step.router.namespace)
        await routers.set_session_address(netlink, step.device, step.address)

    async def vpc_facts(self, place: places.VpcPlace) -> observation.VpcFacts:
        """Bridges of a VPC."""
        if namespaces.identity(place.namespace) is None:
            return observation.VpcFacts(has_namespace=False)
        netlink = await self._sockets.netlink(place.namespace)
        return observation.VpcFacts(has_namespace=True, bridges=await vpcs.bridges(netlink))

    async def create_bridge(
        self, place: places.VpcPlace, bridge: str, address: IPv4Address, prefix_length: int
    ) -> None:
        """Make a bridge with the VPC router's address; another earlier address goes."""
        netlink = await self._sockets.netlink(place.namespace)
        await vpcs.create_bridge(netlink, bridge, IPv4Interface((address, prefix_length)))

    async def delete_bridge(self, place: places.VpcPlace, bridge: str) -> None:
        """Remove a bridge; hosts' ports stay in the namespace without it."""
        if namespaces.identity(place.namespace) is not None:
            netlink = await self._sockets.netlink(place.namespace)
            await netlink.delete_link(bridge)

    async def counters(self, place: places.RouterPlace) -> Mapping[str, observation.DeviceCounters]:
        """Traffic of all devices of a router, by one read."""
        return (await self._sockets.counters(place.namespace)).read()

    async def outside_counters(
        self, place: places.TunnelPlace
    ) -> observation.DeviceCounters | None:
        """Traffic of a tunnel's outside, encrypted; None while it is not connected."""
        found = (await self._sockets.counters(place.namespace)).read()
        return found.get(places.OUTSIDE_DEVICE)

    async def set_rate(self, place: places.TunnelPlace, rate: int) -> None:
        """Let data into a tunnel at a rate in bits per second; what the router sends is free."""
        if place.router_namespace is not None:
            await shaper.set_rate(place.router_namespace, place.device, rate)

    async def close(self) -> None:
        """Close the sockets; nothing in the kernel changes."""
        self._sockets.close()

    async def _session_addresses(
        self, netlink: rtnl.Rtnl, devices: frozenset[str]
    ) -> Mapping[str, frozenset[IPv4Interface]]:
        tunnels = [
            device
            for device in devices
            if device.startswith(places.device_name(self._mark, "t", ""))
        ]
        if not tunnels:
            return {}
        present = await netlink.addresses_by_device()
        return {
            device: routers.session_addresses(present.get(device, frozenset()))
            for device in tunnels
        }

    async def _published(self, netlink: rtnl.Rtnl, devices: frozenset[str]) -> Mapping[str, bool]:
        found = {}
        for device in devices:
            if not device.startswith(places.device_name(self._mark, "v", "")):
                continue
            link = await netlink.link(device)
            is_all = None if link is None else vpcs.published(link)
            if is_all is not None:
                found[device] = is_all
        return found

    async def _detours(
        self, place: places.RouterPlace, chains: Sequence[nft.Chain]
    ) -> frozenset[forwarding.Detour] | None:
        if not self._knows_detours:
            return None
        indexes = await namespaces.inside(place.namespace, detouring.device_indexes)
        return detouring.read(chains, indexes)

    async def _mtus(self, place: places.RouterPlace) -> dict[str, int]:
        prefix = places.device_name(self._mark, "t", "")
        return await namespaces.inside(place.namespace, lambda: routers.mtus(prefix))

    def _is_ours(self, name: str) -> bool:
        return name.startswith(f"{self._mark}-")

    def _require_ours(self, name: str) -> None:
        if not self._is_ours(name):
            raise network.ForeignNamespace(
                f"Namespace {name!r} does not start with this node's mark '{self._mark}-'; it "
                "belongs to somebody else.",
                namespace=name,
            )


async def _prepare(opened: namespaces.NetlinkPair, kind: places.PlaceKind) -> None:
    netlink = await rtnl.Rtnl.on(*opened)
    try:
        loopback = await netlink.require(_LOOPBACK)
        await netlink.set_up(loopback.index)
        if kind is places.PlaceKind.ROUTER:
            # The source of the router's own ICMP errors where no VPC is linked.
            await netlink.add_address(loopback.index, places.LINK_ROUTER_SIDE)
            await routers.set_rules(netlink, frozenset())
    finally:
        netlink.close()
