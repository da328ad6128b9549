"""Addresses, prefixes and AS numbers, with the rules that the field puts on them."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final, NewType, Self

from futago.domain import faults

Asn = NewType("Asn", int)
"""Autonomous system number, 1..4294967295 (RFC 6793)."""

DEFAULT_LOCAL_ASN: Final = Asn(45104)
ANY: Final = IPv4Network("0.0.0.0/0")
SHARED: Final = IPv4Network("100.64.0.0/10")
LINK_LOCAL: Final = IPv4Network("169.254.0.0/16")

RESERVED_TUNNEL_CIDRS: Final = frozenset(
    [IPv4Network(f"169.254.{third}.0/30") for third in range(7)]
    + [IPv4Network("169.254.169.252/30")]
)
"""Source: vendor guide "Dual-tunnel mode", tunnel CIDR block."""

NOT_A_GATEWAY: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""No device answers there. Source: CreateCustomerGateway; 0/8 by RFC 1122, 240/4 by RFC 1112."""

_ASN_MAX: Final = 2**32 - 1
_PREFIX = re.compile(r"[0-9.]{7,15}/[0-9]{1,2}\Z", re.ASCII)
_PLAIN = re.compile(r"\d{1,10}\Z", re.ASCII)
_DOTTED = re.compile(r"(\d{1,5})\.(\d{1,5})\Z", re.ASCII)


class MalformedAsn(faults.Invalid):
    """Not an AS number."""

    code = "Asn.Malformed"


class MalformedPrefix(faults.Invalid):
    """Not an IPv4 prefix, or one with host bits."""

    code = "Prefix.Malformed"


class MalformedAddress(faults.Invalid):
    """Not an IPv4 address."""

    code = "Address.Malformed"


class ReservedAddress(faults.Invalid):
    """An address on which no gateway can be reached."""

    code = "Address.Reserved"


class BadTunnelCidr(faults.Invalid):
    """A tunnel CIDR outside the rules."""

    code = "TunnelCidr.Invalid"


class BadBgpAddress(BadTunnelCidr):
    """A BGP address that is no host of its tunnel CIDR."""

    code = "BgpAddress.Invalid"


class OverlappingPrefixes(faults.Invalid):
    """Two prefixes share addresses although they must not."""

    code = "Prefix.Overlap"


def parse_asn(text: str) -> Asn:
    """Read an AS number, plain ("8061384") or dotted ("123.456").

    Raises:
        MalformedAsn: Not a number, or outside 1..4294967295.
    Source: RFC 5396 (asplain, asdot).
    """
    value = -1
    if _PLAIN.match(text):
        value = int(text)
    elif dotted := _DOTTED.match(text):
        high, low = int(dotted[1]), int(dotted[2])
        if high <= 0xFFFF and low <= 0xFFFF:
            value = high * 65536 + low
    if not 1 <= value <= _ASN_MAX:
        raise MalformedAsn(
            f"AS number {text!r} is not in 1..{_ASN_MAX}; "
            "write a plain number or two numbers up to 65535 with a dot.",
            value=text,
        )
    return Asn(value)


def parse_address(text: str) -> IPv4Address:
    """Read an IPv4 address in dotted form."""
    try:
        return IPv4Address(text)
    except ValueError as exc:
        raise MalformedAddress(
            f"{text!r} is not an IPv4 address; write four numbers from 0 to 255 with dots.",
            value=text,
        ) from exc


def parse_gateway_address(text: str) -> IPv4Address:
    """Read the address of a customer gateway; addresses that no device can have are refused."""
    address = parse_address(text)
    for reserved in NOT_A_GATEWAY:
        if address in reserved:
            raise ReservedAddress(
                f"{text} is inside {reserved}, where no customer gateway can be reached; "
                "give the static address that the device uses.",
                value=text,
            )
    return address


def parse_prefix(text: str) -> IPv4Network:
    """Read an IPv4 prefix; host bits are refused with the prefix that was probably meant."""
    hint = "write it as address/length, for example 10.0.0.0/16"
    if _PREFIX.match(text):
        with contextlib.suppress(ValueError):
            return IPv4Network(text)
        with contextlib.suppress(ValueError):
            hint = f"did you mean {IPv4Network(text, strict=False)}?"
    raise MalformedPrefix(f"{text!r} is not an IPv4 prefix; {hint}", value=text)


def parse_prefixes(text: str) -> tuple[IPv4Network, ...]:
    """Read prefixes separated by commas, in the order given, doubles refused."""
    prefixes = tuple(parse_prefix(part.strip()) for part in text.split(","))
    require_disjoint(prefixes)
    return prefixes


def require_disjoint(prefixes: Sequence[IPv4Network]) -> None:
    """Refuse prefixes of which one covers another."""
    ordered = sorted(prefixes)
    for left, right in itertools.pairwise(ordered):
        if left.overlaps(right):
            raise OverlappingPrefixes(
                f"{right} is inside {left}; name each address once.", value=str(right)
            )


def overlapping(prefix: IPv4Network, others: Iterable[IPv4Network]) -> IPv4Network | None:
    """Give the first of the others that shares an address with the prefix."""
    return next((other for other in others if other.overlaps(prefix)), None)


@dataclass(frozen=True, slots=True)
class TunnelCidr:
    """The /30 inside 169.254.0.0/16 that carries BGP inside one tunnel."""

    network: IPv4Network

    def __post_init__(self) -> None:
        if self.network.prefixlen != 30 or not self.network.subnet_of(LINK_LOCAL):
            raise BadTunnelCidr(
                f"Tunnel CIDR {self.network} is not a /30 inside {LINK_LOCAL}; "
                "choose one such as 169.254.10.0/30.",
                value=str(self.network),
            )
        if self.network in RESERVED_TUNNEL_CIDRS:
            raise BadTunnelCidr(
                f"Tunnel CIDR {self.network} is reserved; choose another /30 inside {LINK_LOCAL}.",
                value=str(self.network),
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read and check a tunnel CIDR."""
        return cls(parse_prefix(text))

    @property
    def hosts(self) -> tuple[IPv4Address, IPv4Address]:
        """Both usable addresses, lower one first."""
        base = int(self.network.network_address)
        return IPv4Address(base + 1), IPv4Address(base + 2)

    def peer_of(self, local: IPv4Address) -> IPv4Address:
        """Give the other usable address."""
        lower, upper = self.hosts
        if local not in (lower, upper):
            raise BadBgpAddress(
                f"BGP address {local} is not a host of {self.network}; use {lower} or {upper}.",
                value=str(local),
            )
        return upper if local == lower else lower
