"""The closed set of idempotent changes that a node can make to itself."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from futago.domain import forwarding
from futago.plan import intent, places


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateNamespace:
    """Make a network namespace with forwarding switched as its kind needs."""

    name: str
    kind: places.PlaceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteNamespace:
    """Remove a namespace and the devices in it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectUnderlay:
    """Give a tunnel's namespace its gateway address and a way to the uplink."""

    place: places.TunnelPlace
    address: IPv4Address
    zone_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectUnderlay:
    """Take the gateway address and its link away."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class StartIkeDaemon:
    """Run the tunnel's IKE daemon and put its device into the router's namespace."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class StopIkeDaemon:
    """End the tunnel's IKE daemon and remove its files."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadConnection:
    """Give the daemon the tunnel's configuration and key; established SAs stay."""

    place: places.TunnelPlace
    tunnel: intent.TunnelIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateSas:
    """Close the tunnel's SAs, so that they are negotiated anew with what is loaded."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewSas:
    """Negotiate with what is loaded beside what is up, and close the old when the new carries."""

    place: places.TunnelPlace
    tunnel: intent.TunnelIntent
    keeps_ike: bool
    """Only the child SA is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiate:
    """Start a negotiation; its result shows up in later observations."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class KillIkeDaemon:
    """End a daemon that does not answer; the next look finds none and starts another."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTunnel:
    """Let routes lead to a tunnel without SAs and wait for the first packet."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class DisarmTunnel:
    """Wait for packets no longer; without a child SA no route leads to the tunnel."""

    place: places.TunnelPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectVpc:
    """Link a VPC's namespace with a router's, and send the VPC's traffic there."""

    router: places.RouterPlace
    vpc: places.VpcPlace
    all_traffic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectVpc:
    """Remove the link between a VPC and a router."""

    router: places.RouterPlace
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRules:
    """Make the router's policy rules exactly these: incoming device to kernel table."""

    router: places.RouterPlace
    rules: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFirewall:
    """Put the router's packet filter in force, as one transaction."""

    router: places.RouterPlace
    refusals: forwarding.PacketFilter
    """Traffic from one of these to another is rejected (the vendor's priority-5000 policy)."""
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDetours:
    """Make the detours of a router's tunnels exactly these."""

    router: places.RouterPlace
    detours: frozenset[forwarding.Detour]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSessionAddress:
    """Make a tunnel device's address for BGP exactly this one; None takes it away."""

    router: places.RouterPlace
    device: str
    address: IPv4Interface | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRoutingDaemon:
    """Run the router's routing daemon."""

    router: places.RouterPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRoutingDaemon:
    """End the router's routing daemon and remove its files."""

    router: places.RouterPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRouting:
    """Give the routing daemon its configuration; the daemon works out the difference."""

    router: places.RouterPlace
    config: forwarding.RoutingConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBridge:
    """Make the bridge of a vSwitch."""

    vpc: places.VpcPlace
    bridge: str
    address: IPv4Address
    prefix_length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteBridge:
    """Remove the bridge of a vSwitch."""

    vpc: places.VpcPlace
    bridge: str


Step = (
    CreateNamespace
    | DeleteNamespace
    | ConnectUnderlay
    | DisconnectUnderlay
    | StartIkeDaemon
    | StopIkeDaemon
    | LoadConnection
    | TerminateSas
    | RenewSas
    | Initiate
    | KillIkeDaemon
    | ArmTunnel
    | DisarmTunnel
    | ConnectVpc
    | DisconnectVpc
    | SetRules
    | SetFirewall
    | SetDetours
    | SetSessionAddress
    | StartRoutingDaemon
    | StopRoutingDaemon
    | ApplyRouting
    | CreateBridge
    | DeleteBridge
)
