"""What a transit router's routing daemon shall do, in terms that no daemon owns.

A configuration is tables, the static sources and BGP sessions that feed them, and the pipes between
them. Drivers render it; equality of two values means that nothing has to be done. Keys of BGP
sessions are named here, never held: a driver gets them beside the configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network


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
    preference: int = 200
    """Higher wins inside a table (the daemon's sense)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """All routes of a source table appear in a target table."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKey:
    """Which TCP-MD5 key (RFC 2385) a session uses; a new version makes the session start anew."""

    key_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSession:
    """One external BGP session over a tunnel's device; it feeds a table and announces from it."""

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
    announces: bool = True
    """Announce what the table has from elsewhere than this connection; else nothing."""
    import_limit: int
    """Prefixes taken from the peer; further ones are refused and shown, the session stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedFlow:
    """What may enter the tunnels of one connection: from a local to a remote prefix."""

    devices: tuple[str, ...]
    local: tuple[IPv4Network, ...]
    remote: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketFilter:
    """What a router refuses to forward, telling the sender by ICMP."""

    vpn_devices: tuple[str, ...] = ()
    """Traffic from one of them to another is refused."""
    flows: tuple[ProtectedFlow, ...] = ()
    """Devices of other connections take everything that is routed to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingConfig:
    """Everything that one routing daemon shall do."""

    router_address: IPv4Address
    """Identifier of the daemon; unique per router, never routed."""
    tables: tuple[ForwardingTable, ...] = ()
    sources: tuple[StaticSource, ...] = ()
    pipes: tuple[Pipe, ...] = ()
    sessions: tuple[BgpSession, ...] = ()
