"""Namespaces, links, rules and packet filter of one node.

Drivers: Linux, memory. Names come from `plan.places`; whatever does not carry the node's mark does
not exist for a driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Protocol

from futago.domain import faults, forwarding
from futago.plan import observation, places, steps


class ForeignNamespace(faults.Invalid):
    """A namespace without the node's mark is not ours to touch."""

    code = "Node.ForeignNamespace"


class NamespaceMissing(faults.Unavailable):
    """The namespace that an operation needs does not exist (yet)."""

    code = "Node.NamespaceMissing"


class DeviceMissing(faults.Unavailable):
    """The device that an operation needs does not exist."""

    code = "Node.DeviceMissing"


class ZoneUnknown(faults.Invalid):
    """The node's configuration has no such zone."""

    code = "Node.ZoneUnknown"


class UplinkMissing(faults.Unavailable):
    """The device that the configuration names as a zone's uplink does not exist."""

    code = "Node.UplinkMissing"


class KernelRefused(faults.Unavailable):
    """The kernel answered a change with an error."""

    code = "Node.KernelRefused"


class Network(Protocol):
    """Drives the kernel of a node. All operations are idempotent."""

    async def namespaces(self) -> frozenset[str]:
        """Names of the namespaces that carry this node's mark."""

    async def create_namespace(self, name: str, kind: places.PlaceKind) -> None:
        """Make a namespace; loopback is up, forwarding is on for routers and VPCs."""

    async def delete_namespace(self, name: str) -> None:
        """Remove a namespace; the devices in it go too."""

    async def outside_address(self, place: places.TunnelPlace) -> IPv4Address | None:
        """Gateway address of a tunnel that is connected to the uplink, else None."""

    async def connect_underlay(
        self, place: places.TunnelPlace, address: IPv4Address, zone_id: str
    ) -> None:
        """Give a tunnel's namespace its gateway address; a different earlier one is replaced."""

    async def disconnect_underlay(self, place: places.TunnelPlace) -> None:
        """Take the gateway address and its link away."""

    async def prune_underlay(self) -> None:
        """Stop answering for gateway addresses that lead to no tunnel, whoever removed it.

        Its cost grows with their number; what this node removes itself needs no pruning.
        """

    async def router_facts(self, place: places.RouterPlace) -> observation.RouterFacts:
        """Devices, rules, filter and VPC links of a router (nothing about its daemon)."""

    async def connect_vpc(self, step: steps.ConnectVpc) -> None:
        """Link a VPC with a router; both namespaces exist."""

    async def disconnect_vpc(self, place: places.RouterPlace, device: str) -> None:
        """Remove the link of a VPC."""

    async def set_rules(self, place: places.RouterPlace, rules: frozenset[tuple[str, int]]) -> None:
        """Make the policy rules exactly these; others of ours go."""

    async def set_firewall(
        self, place: places.RouterPlace, refusals: forwarding.PacketFilter, digest: str
    ) -> None:
        """Put the packet filter in force; `router_facts().firewall` is the digest afterwards."""

    async def set_detours(
        self, place: places.RouterPlace, detours: frozenset[forwarding.Detour]
    ) -> None:
        """Make the detours exactly these; one goes with either of its devices.

        Where the kernel knows none, `router_facts().detours` is None afterwards.
        """

    async def set_session_address(self, step: steps.SetSessionAddress) -> None:
        """Make a device's address for BGP exactly the wanted one; other addresses stay."""

    async def vpc_facts(self, place: places.VpcPlace) -> observation.VpcFacts:
        """Bridges of a VPC."""

    async def create_bridge(
        self, place: places.VpcPlace, bridge: str, address: IPv4Address, prefix_length: int
    ) -> None:
        """Make a bridge with the VPC router's address."""

    async def delete_bridge(self, place: places.VpcPlace, bridge: str) -> None:
        """Remove a bridge; hosts' ports stay in the namespace without it."""

    async def counters(self, place: places.RouterPlace) -> Mapping[str, observation.DeviceCounters]:
        """Traffic of all devices of a router, by one read."""

    async def outside_counters(
        self, place: places.TunnelPlace
    ) -> observation.DeviceCounters | None:
        """Traffic of a tunnel's outside, encrypted; None while it is not connected."""

    async def set_rate(self, place: places.TunnelPlace, rate: int) -> None:
        """Let data into a tunnel at a rate in bits per second; what the router sends is free."""

    async def close(self) -> None:
        """Close the sockets; nothing in the kernel changes."""
