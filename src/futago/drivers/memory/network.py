"""The network port in memory: names, devices and rules of a node that exists only here.

Tunnel devices are the IKE driver's; `add_device`, `set_carrier` and `remove_device` stand in for
it and for the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface

from futago.domain import forwarding
from futago.plan import observation, places, steps
from futago.ports import network

_NO_TRAFFIC = observation.DeviceCounters(
    received_bytes=0, sent_bytes=0, received_packets=0, sent_packets=0
)


@dataclass(slots=True, kw_only=True)
class _Namespace:
    kind: places.PlaceKind
    carrier: dict[str, bool] = field(default_factory=dict)
    """Device to whether it has carrier."""
    counters: dict[str, observation.DeviceCounters] = field(default_factory=dict)
    outside: IPv4Address | None = None
    rules: frozenset[tuple[str, int]] = frozenset()
    firewall: str | None = None
    detours: frozenset[forwarding.Detour] = frozenset()
    addresses: dict[str, frozenset[IPv4Interface]] = field(default_factory=dict)
    """Device to its addresses for BGP."""
    published: dict[str, bool] = field(default_factory=dict)
    bridges: dict[str, IPv4Address] = field(default_factory=dict)
    router: tuple[str, str] | None = None
    """Of a VPC: namespace and device of the router it is linked with."""


class MemoryNetwork:
    """A node's network without a kernel.

    Args:
        mark: The node's mark.
        zones: Zone id to the name of the zone's uplink device.
    """

    def __init__(self, mark: str, zones: Mapping[str, str]) -> None:
        self._mark = places.check_mark(mark)
        self._zones = dict(zones)
        self._uplinks = set(self._zones.values())
        self._namespaces: dict[str, _Namespace] = {}
        self.rates: dict[str, int] = {}
        """Device to the rate of its data, in bits per second."""

    async def namespaces(self) -> frozenset[str]:
        """Names of the namespaces that carry this node's mark."""
        return frozenset(self._namespaces)

    async def create_namespace(self, name: str, kind: places.PlaceKind) -> None:
        """Make a namespace; no-op where it exists."""
        self._require_ours(name)
        self._namespaces.setdefault(name, _Namespace(kind=kind))

    async def delete_namespace(self, name: str) -> None:
        """Remove a namespace and the devices in it; no-op without it."""
        self._require_ours(name)
        self._unlink_vpc(name)
        for vpc in list(self._namespaces.values()):
            if vpc.router is not None and vpc.router[0] == name:
                vpc.router = None
        self._namespaces.pop(name, None)

    async def outside_address(self, place: places.TunnelPlace) -> IPv4Address | None:
        """Gateway address of a tunnel that is connected to the uplink, else None."""
        found = self._namespaces.get(place.namespace)
        return None if found is None else found.outside

    async def connect_underlay(
        self, place: places.TunnelPlace, address: IPv4Address, zone_id: str
    ) -> None:
        """Give a tunnel's namespace its gateway address; a different earlier one is replaced."""
        uplink = self._zones.get(zone_id)
        if uplink is None:
            raise network.ZoneUnknown(f"Zone {zone_id!r} is not in this node's configuration.")
        if uplink not in self._uplinks:
            raise network.UplinkMissing(f"Uplink {uplink!r} of zone {zone_id!r} does not exist.")
        self._namespace(place.namespace).outside = address

    async def disconnect_underlay(self, place: places.TunnelPlace) -> None:
        """Take the gateway address and its link away."""
        found = self._namespaces.get(place.namespace)
        if found is not None:
            found.outside = None

    async def prune_underlay(self) -> None:
        """Nothing answers for an address without its tunnel."""

    async def router_facts(self, place: places.RouterPlace) -> observation.RouterFacts:
        """Devices, rules, filter and VPC links of a router (nothing about its daemon)."""
        found = self._namespaces.get(place.namespace)
        if found is None:
            return observation.RouterFacts(has_namespace=False)
        return observation.RouterFacts(
            has_namespace=True,
            devices=frozenset(found.carrier),
            rules=found.rules,
            firewall=found.firewall,
            detours=frozenset(
                each
                for each in found.detours
                if each.device in found.carrier and each.partner in found.carrier
            ),
            session_addresses={
                device: found.addresses.get(device, frozenset())
                for device in found.carrier
                if device.startswith(places.device_name(self._mark, "t", ""))
            },
            published_vpcs=dict(found.published),
        )

    async def connect_vpc(self, step: steps.ConnectVpc) -> None:
        """Link a VPC with a router; both namespaces exist."""
        router = self._namespace(step.router.namespace)
        vpc = self._namespace(step.vpc.namespace)
        if vpc.router != (step.router.namespace, step.vpc.device):
            self._unlink_vpc(step.vpc.namespace)
        vpc.router = (step.router.namespace, step.vpc.device)
        router.carrier[step.vpc.device] = True
        router.published[step.vpc.device] = step.all_traffic

    async def disconnect_vpc(self, place: places.RouterPlace, device: str) -> None:
        """Remove the link of a VPC; no-op without it."""
        if place.namespace in self._namespaces:
            self.remove_device(place.namespace, device)

    async def set_rules(self, place: places.RouterPlace, rules: frozenset[tuple[str, int]]) -> None:
        """Make the policy rules exactly these."""
        self._namespace(place.namespace).rules = rules

    async def set_firewall(
        self, place: places.RouterPlace, refusals: forwarding.PacketFilter, digest: str
    ) -> None:
        """Put the packet filter in force."""
        del refusals  # only its digest can be seen
        self._namespace(place.namespace).firewall = digest

    async def set_detours(
        self, place: places.RouterPlace, detours: frozenset[forwarding.Detour]
    ) -> None:
        """Make the detours exactly these."""
        self._namespace(place.namespace).detours = detours

    async def set_session_address(self, step: steps.SetSessionAddress) -> None:
        """Make a device's address for BGP exactly the wanted one."""
        router = self._namespace(step.router.namespace)
        if step.device not in router.carrier:
            raise network.DeviceMissing(f"Device {step.device} does not exist.", device=step.device)
        wanted = () if step.address is None else (step.address,)
        router.addresses[step.device] = frozenset(wanted)

    async def vpc_facts(self, place: places.VpcPlace) -> observation.VpcFacts:
        """Bridges of a VPC."""
        found = self._namespaces.get(place.namespace)
        if found is None:
            return observation.VpcFacts(has_namespace=False)
        return observation.VpcFacts(has_namespace=True, bridges=dict(found.bridges))

    async def create_bridge(
        self, place: places.VpcPlace, bridge: str, address: IPv4Address, prefix_length: int
    ) -> None:
        """Make a bridge with the VPC router's address; another earlier address goes."""
        del prefix_length  # the port shows addresses only
        self._namespace(place.namespace).bridges[bridge] = address

    async def delete_bridge(self, place: places.VpcPlace, bridge: str) -> None:
        """Remove a bridge; no-op without it."""
        found = self._namespaces.get(place.namespace)
        if found is not None:
            found.bridges.pop(bridge, None)

    async def counters(self, place: places.RouterPlace) -> Mapping[str, observation.DeviceCounters]:
        """Traffic of all devices of a router."""
        found = self._namespace(place.namespace)
        return {device: found.counters.get(device, _NO_TRAFFIC) for device in found.carrier}

    async def outside_counters(
        self, place: places.TunnelPlace
    ) -> observation.DeviceCounters | None:
        """Traffic of a tunnel's outside; None while it is not connected."""
        found = self._namespaces.get(place.namespace)
        if found is None or found.outside is None:
            return None
        return found.counters.get(places.OUTSIDE_DEVICE, _NO_TRAFFIC)

    async def set_rate(self, place: places.TunnelPlace, rate: int) -> None:
        """Let data into a tunnel at a rate in bits per second."""
        if place.router_namespace is not None:
            self._namespace(place.router_namespace)
            self.rates[place.device] = rate

    async def close(self) -> None:
        """Nothing is open."""

    def has_namespace(self, name: str) -> bool:
        """Tell whether a namespace exists."""
        return name in self._namespaces

    def add_device(self, namespace: str, device: str, *, carrier: bool = True) -> None:
        """Put a device into a namespace, as the IKE driver does."""
        self._namespace(namespace).carrier[device] = carrier

    def set_carrier(self, namespace: str, device: str, *, carrier: bool) -> None:
        """Connect or disconnect a device."""
        devices = self._namespace(namespace).carrier
        if device not in devices:
            raise network.DeviceMissing(f"Device {device} does not exist.", device=device)
        devices[device] = carrier

    def set_counters(
        self, namespace: str, device: str, counters: observation.DeviceCounters
    ) -> None:
        """Let a device have carried traffic."""
        self._namespace(namespace).counters[device] = counters

    def remove_device(self, namespace: str, device: str) -> None:
        """Take a device away."""
        found = self._namespace(namespace)
        found.carrier.pop(device, None)
        found.counters.pop(device, None)
        found.published.pop(device, None)
        found.addresses.pop(device, None)
        for vpc in self._namespaces.values():
            if vpc.router == (namespace, device):
                vpc.router = None

    def remove_uplink(self, device: str) -> None:
        """Take an uplink away from the node."""
        self._uplinks.discard(device)

    def has_carrier(self, namespace: str, device: str) -> bool:
        """Tell whether a device is there and connected."""
        found = self._namespaces.get(namespace)
        return found is not None and found.carrier.get(device, False)

    def _unlink_vpc(self, name: str) -> None:
        vpc = self._namespaces.get(name)
        if vpc is not None and vpc.router is not None:
            self.remove_device(*vpc.router)

    def _namespace(self, name: str) -> _Namespace:
        found = self._namespaces.get(name)
        if found is None:
            raise network.NamespaceMissing(
                f"Namespace {name} does not exist; create it first.", namespace=name
            )
        return found

    def _require_ours(self, name: str) -> None:
        if not name.startswith(f"{self._mark}-"):
            raise network.ForeignNamespace(
                f"Namespace {name!r} does not start with this node's mark '{self._mark}-'.",
                namespace=name,
            )
