"""What a transit router's routing daemon shall do, in terms that no daemon owns.

A configuration is tables, the static sources and BGP sessions that feed them, and the pipes between
them. Drivers render it; equality of two values means that nothing has to be done. Keys of BGP
sessions are named here, never held: a driver gets them beside the configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

ENTRY_PREFERENCE: Final = 300
VPC_PREFERENCE: Final = 250
DESTINATION_PREFERENCE: Final = 200
LEARNED_PREFERENCE: Final = 100
"""Of routes to the same prefix the one with the highest preference forwards."""

MAX_EQUAL_ATTACHMENTS: Final = 16
"""VPN attachments that share the traffic to one prefix. Source: vendor guide "Quotas"."""
MAX_EQUAL_PATHS: Final = 2 * MAX_EQUAL_ATTACHMENTS
"""Next hops of one route: two tunnels each."""


class RouteOrigin(IntEnum):
    """Where a route came into the router; it stays with the route through all pipes."""

    VPN = 1
    """A destination route of a connection, or learned from its BGP peers."""
    VPC = 2
    ENTRY = 3
    """A static entry of a route table that leads to a VPC."""
    PRIVATE_ENTRY = 4
    """A static entry that leads to a connection or nowhere: it forwards and is never announced."""


ALL_ORIGINS: Final = frozenset(RouteOrigin)
ANNOUNCED_ORIGINS: Final = frozenset({RouteOrigin.VPC, RouteOrigin.ENTRY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingTable:
    """A route table of the daemon; with a kernel table number it also forwards."""

    name: str
    """Letters, digits and underscores, unique in the router."""
    kernel_table: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNextHop:
    """A way out: a device, with a gateway address where the device is not point to point."""

    device: str
    gateway: IPv4Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticRoute:
    """A prefix with equal next hops; none of them means blackhole."""

    prefix: IPv4Network
    next_hops: tuple[DeviceNextHop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticSource:
    """Static routes of one table. Next hops without carrier are left out by the daemon itself."""

    name: str
    table: str
    routes: tuple[StaticRoute, ...]
    origin: RouteOrigin
    preference: int = DESTINATION_PREFERENCE
    """Higher wins inside a table (the daemon's sense)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """Routes of a source table appear in a target table, best or not."""

    name: str
    source: str
    target: str
    origins: tuple[RouteOrigin, ...]
    """Which routes pass; ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKey:
    """Which TCP-MD5 key (RFC 2385) a session uses; a new version says that its text may differ."""

    key_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSession:
    """One external BGP session over a tunnel's device; it feeds a table and announces from it.

    It announces the best routes of its table that have one of `ANNOUNCED_ORIGINS`. Which of them
    there are is a matter of pipes alone, so that no change of routing touches a session.
    """

    name: str
    table: str
    device: str
    local_address: IPv4Address
    peer_address: IPv4Address
    local_asn: int
    peer_asn: int
    key: SessionKey | None = None
    bfd: bool = True
    """Offer BFD; a peer that does not speak it is not held to it."""
    import_limit: int
    """Prefixes taken from the peer; further ones are refused and shown, the session stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedFlow:
    """What may enter the tunnels of one connection: from a local to a remote prefix."""

    devices: tuple[str, ...]
    local: tuple[IPv4Network, ...]
    remote: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTunnel:
    """A device by which TCP connections come whose answers need smaller segments than usual."""

    device: str
    mtu: int
    """Of the tunnel by which answers may leave, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketFilter:
    """What a router refuses to forward, telling the sender by ICMP."""

    vpn_devices: tuple[str, ...] = ()
    """Traffic from one of them to another is refused."""
    flows: tuple[ProtectedFlow, ...] = ()
    """Devices of other connections take everything that is routed to them."""
    small_tunnels: tuple[SmallTunnel, ...] = ()
    rules: int = 2
    """Version of what drivers make of it, part of the digest: raised with every change of theirs,
    so that routers that an earlier version set up get the new rules."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Detour:
    """Where packets go that enter a device just after its BFD session was lost: to its partner.

    Until the routes have followed.
    """

    device: str
    partner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingConfig:
    """Everything that one routing daemon shall do."""

    router_address: IPv4Address
    """Identifier of the daemon; unique per router, never routed."""
    tables: tuple[ForwardingTable, ...] = ()
    sources: tuple[StaticSource, ...] = ()
    pipes: tuple[Pipe, ...] = ()
    sessions: tuple[BgpSession, ...] = ()
