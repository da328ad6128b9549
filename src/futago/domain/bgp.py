"""BGP inside the tunnels of a connection: numbers, timers and what is never taken from a peer.

Sources: RFC 4271; the vendor's limits of BGP over IPsec.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final, Self

from futago.domain import net

DEFAULT_LOCAL_ASN: Final = 45104
KEEPALIVE_SECONDS: Final = 10
HOLD_SECONDS: Final = 30
BFD_INTERVAL_MS: Final = 100
BFD_MULTIPLIER: Final = 3
DEFAULT_PREFIX_LIMIT: Final = 50
"""Prefixes taken from a peer; an administrator may raise it per account. Source: vendor, limits."""

NEVER_TAKEN: Final = (IPv4Network("0.0.0.0/0"), IPv4Network("100.64.0.0/10"))
"""The default route exactly, and the shared address space with everything inside it."""


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
