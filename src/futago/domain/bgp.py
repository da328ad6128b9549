"""BGP inside the tunnels of a connection: numbers, timers and what is never taken from a peer.

Sources: RFC 4271; the vendor's limits of BGP over IPsec.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final, Self

from futago.domain import faults, net

DEFAULT_LOCAL_ASN: Final = 45104
KEEPALIVE_SECONDS: Final = 10
HOLD_SECONDS: Final = 30
BFD_INTERVAL_MS: Final = 100
BFD_MULTIPLIER: Final = 3
DEFAULT_PREFIX_LIMIT: Final = 50
"""Prefixes taken from a peer; an administrator may raise it per account. Source: vendor, limits."""

LIMIT_WARNING_PERCENT: Final = 80

RESERVED: Final = (
    net.SHARED,
    IPv4Network("0.0.0.0/8"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("224.0.0.0/3"),
)
"""Prefixes inside one of these, or covering the first one, are never taken from a peer.

Source: vendor, limits of BGP over IPsec (the shared address space); RFC 1122, RFC 1112.
"""
UNDERLAY: Final = net.LINK_LOCAL
"""Tunnels and a router's own links have their addresses here; nothing inside is ever taken."""

_KEY_LENGTH: Final = 64


class Refusal(StrEnum):
    """Why a prefix of a peer is not taken."""

    DEFAULT_ROUTE = "DefaultRoute"
    RESERVED = "Reserved"
    UNDERLAY = "Underlay"
    AS_LOOP = "AsLoop"
    PREFIX_LIMIT = "PrefixLimit"


class BadSessionKey(faults.Invalid):
    """A TCP-MD5 key that no session can use."""

    code = "Bgp.BadSessionKey"


def refusal(prefix: IPv4Network, as_path: tuple[int, ...], local_asn: int) -> Refusal | None:
    """Say why a prefix is never taken from a peer; None if it is, as long as there is room.

    The AS path is as received, the peer's own number first.
    """
    if prefix == net.ANY:
        return Refusal.DEFAULT_ROUTE
    if prefix.supernet_of(net.SHARED) or any(prefix.subnet_of(one) for one in RESERVED):
        return Refusal.RESERVED
    if prefix.subnet_of(UNDERLAY):
        return Refusal.UNDERLAY
    if local_asn in as_path:
        return Refusal.AS_LOOP
    return None


def is_near_limit(imported: int, limit: int) -> bool:
    """Tell whether a session has taken so many prefixes that somebody should look."""
    return imported * 100 >= limit * LIMIT_WARNING_PERCENT


def check_session_key(key: str) -> str:
    """Refuse a TCP-MD5 key that the routing daemon's configuration cannot hold.

    Raises:
        BadSessionKey: Not 1 to 64 visible ASCII characters, or one of `?` and the double quote.
            The key is not shown.
    Source: CreateCustomerGateway, AuthKey; BIRD 2.0 ends a string at the first double quote.
    """
    is_visible = all("!" <= character <= "~" for character in key)
    if not 1 <= len(key) <= _KEY_LENGTH or not is_visible or "?" in key or '"' in key:
        raise BadSessionKey(
            f"A BGP key has 1 to {_KEY_LENGTH} visible ASCII characters without space, question "
            "mark and double quote; choose another one and set it on the device as well."
        )
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelBgp:
    """BGP values of one tunnel."""

    cidr: net.TunnelCidr
    local_address: IPv4Address
    """A host of the /30; the peer is the other one."""

    def __post_init__(self) -> None:
        self.cidr.peer_of(self.local_address)

    @classmethod
    def of(cls, cidr: net.TunnelCidr, local_address: IPv4Address | None) -> Self:
        """Take the lower host where no address is given."""
        lower, _ = cidr.hosts
        return cls(cidr=cidr, local_address=local_address or lower)

    @property
    def peer_address(self) -> IPv4Address:
        """Give the other host of the /30."""
        return self.cidr.peer_of(self.local_address)
