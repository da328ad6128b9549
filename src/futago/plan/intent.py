"""The desired state of one resource on one node.

An intent holds values only: no secret, no name of a daemon's file. Its digest is what a node
compares with what it has applied.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

from futago.domain import connection, ids, ike, net, tasks


class IntentKind(StrEnum):
    """Kind of resource that an intent describes."""

    VPC = "vpc"
    ROUTER = "router"
    CONNECTION = "connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOverlap:
    """For a while a peer may still have the key before; a daemon holds one of the two at a time."""

    previous_version: int
    until: datetime
    is_over: bool = False
    """Said by the node, which has a clock: only the new key counts, and the peer is asked for it
    by an IKE SA beside the old one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelIntent:
    """One tunnel, complete for a driver except for its key."""

    tunnel_id: ids.TunnelId
    index: connection.TunnelIndex
    zone_id: ids.ZoneId
    gateway_address: IPv4Address
    peer_address: IPv4Address
    local_identity: ike.Identity
    remote_identity: ike.Identity
    ike_profile: ike.IkeProfile
    esp_profile: ike.EspProfile
    local_ts: tuple[IPv4Network, ...]
    remote_ts: tuple[IPv4Network, ...]
    dpd: bool
    nat_traversal: bool
    initiation: ike.Initiation
    psk_version: int
    key_overlap: KeyOverlap | None = None
    """None: only the key of `psk_version` counts. No part of the digest: it is not loaded."""
    bandwidth: connection.TunnelBandwidth = connection.TunnelBandwidth.STANDARD
    """No part of the digest: the data plane keeps to it, not the daemon."""

    @property
    def digest(self) -> str:
        """Short digests of what a daemon is given; equal ones need no reload.

        One part for each thing that a change can reach (`plan.edits`): the place, the key, the
        IKE SA, the child SA.
        """
        parts = (
            (self.tunnel_id, self.gateway_address, self.zone_id),
            (self.psk_version,),
            (
                self.peer_address,
                self.local_identity,
                self.remote_identity,
                self.ike_profile,
                self.dpd,
                self.nat_traversal,
            ),
            (self.esp_profile, self.local_ts, self.remote_ts),
        )
        return ".".join(map(digest, parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeIntent:
    """A target inside that a tunnel is probed by; it never concerns the IKE daemon."""

    tunnel_id: ids.TunnelId
    target: IPv4Address
    source: IPv4Address
    """Address of the probes at this end; the node gives it to the tunnel's device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIntent:
    """Something that is to be done once at a tunnel; it stays here until the outcome is known."""

    task_id: str
    tunnel_id: ids.TunnelId
    kind: tasks.TaskKind
    valid_until: datetime
    """Who learns of it later, by the control plane's time, refuses it."""
    is_stopped: bool = False
    """A capture shall end now with what it has."""
    capture: tasks.CaptureSpec | None = None
    ping: tasks.PingSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionIntent:
    """The tunnels of one connection that live on this node."""

    connection_id: ids.ConnectionId
    router_id: ids.RouterId
    tunnels: tuple[TunnelIntent, ...]
    probes: tuple[ProbeIntent, ...] = ()
    """Of tunnels with a configured target."""
    tasks: tuple[TaskIntent, ...] = ()
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIntent:
    """A route table of a transit router and the kernel table that forwards for it."""

    table_id: ids.RouteTableId
    kernel_table: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcPlug:
    """A VPC attachment of a router."""

    attachment_id: ids.AttachmentId
    vpc_id: ids.VpcId
    prefixes: tuple[IPv4Network, ...]
    publish_routes: bool
    """Everything, not only the private ranges, leaves the VPC through the router."""
    association: ids.RouteTableId | None
    propagations: tuple[ids.RouteTableId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpIntent:
    """BGP inside one tunnel. The key itself travels beside the intents."""

    tunnel_id: ids.TunnelId
    local_asn: int
    peer_asn: int
    local_address: IPv4Address
    peer_address: IPv4Address
    """The other host of the tunnel's /30."""
    key_id: str | None = None
    """Customer gateway whose TCP-MD5 key protects the session; None is no key."""
    key_version: int = 0
    import_limit: int
    """Prefixes that are taken from the peer; further ones are refused and named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnPlug:
    """A VPN attachment of a router: a connection with its destination routes."""

    attachment_id: ids.AttachmentId
    connection_id: ids.ConnectionId
    tunnel_ids: tuple[ids.TunnelId, ...]
    destinations: tuple[IPv4Network, ...]
    association: ids.RouteTableId | None
    propagations: tuple[ids.RouteTableId, ...]
    bgp: tuple[BgpIntent, ...] = ()
    """One session per tunnel, or none at all."""
    announces_routes: bool = True
    """The associated table is announced to the BGP peers (the vendor's route synchronization)."""
    local_ts: tuple[IPv4Network, ...] = (net.ANY,)
    remote_ts: tuple[IPv4Network, ...] = (net.ANY,)
    """What the tunnels may carry; 0.0.0.0/0 on both sides is whatever is routed to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIntent:
    """A static route of a route table; it wins over whatever the table learns."""

    table_id: ids.RouteTableId
    prefix: IPv4Network
    attachment_id: ids.AttachmentId | None
    """The plug to which it leads; None is a blackhole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterIntent:
    """A transit router with everything that is plugged into it."""

    router_id: ids.RouterId
    tables: tuple[TableIntent, ...]
    vpcs: tuple[VpcPlug, ...] = ()
    vpns: tuple[VpnPlug, ...] = ()
    entries: tuple[EntryIntent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VSwitchIntent:
    """A segment of a VPC."""

    vswitch_id: ids.VSwitchId
    prefix: IPv4Network
    gateway: IPv4Address
    """The VPC router's own address in this segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcIntent:
    """A VPC: one namespace with a bridge per vSwitch."""

    vpc_id: ids.VpcId
    vswitches: tuple[VSwitchIntent, ...]


Intent = ConnectionIntent | RouterIntent | VpcIntent


def kind_of(intent: Intent) -> IntentKind:
    """Give the kind of an intent."""
    match intent:
        case ConnectionIntent():
            return IntentKind.CONNECTION
        case RouterIntent():
            return IntentKind.ROUTER
        case VpcIntent():
            return IntentKind.VPC


def digest(value: object) -> str:
    """Digest a tree of values, stable across processes and Python versions."""
    return hashlib.sha256(_canonical(value).encode()).hexdigest()[:16]


def _canonical(value: object) -> str:
    if is_dataclass(value):
        members = ",".join(f"{f.name}={_canonical(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({members})"
    if isinstance(value, tuple):
        return "[" + ",".join(_canonical(item) for item in value) + "]"
    return repr(str(value))
