"""What lies between a host of a VPC and a host of a data center, as the control plane knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import net

PRIVATE: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""What a VPC sends to its router without having been told to send everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of a table that would forward if it matches best."""

    entry_id: str
    prefix: IPv4Network
    attachment_id: str | None
    """None is a blackhole."""
    resource_id: str
    """Where it leads; empty for a blackhole."""
    kind: str
    """"static" or "propagated"."""
    is_usable: bool = True
    """Something carries what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A route table with the routes that forward."""

    table_id: str
    routes: tuple[Route, ...]

    def look_up(self, address: IPv4Address) -> tuple[Route, ...]:
        """Give the routes with the longest prefix around an address; several share the traffic.

        What nothing carries is passed over, as the kernel passes over devices without carrier; it
        is given where there is nothing else.
        """
        around = [each for each in self.routes if address in each.prefix]
        matching = [each for each in around if each.is_usable] or around
        longest = max((each.prefix.prefixlen for each in matching), default=0)
        return tuple(each for each in matching if each.prefix.prefixlen == longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """The VPC in which the near address lies."""

    vpc_id: str
    vswitches: Mapping[str, IPv4Network]
    """vSwitch id to prefix."""
    attachment_id: str | None
    """Its attachment to the router of the connection."""
    other_router_id: str = ""
    """Another router, to which it is attached instead."""
    table: Table | None
    """In which what it sends is looked up."""
    sends_everything: bool = False

    def vswitch(self, address: IPv4Address) -> str | None:
        """Find the vSwitch of an address."""
        return next((each for each, prefix in self.vswitches.items() if address in prefix), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """One tunnel as it is now."""

    tunnel_id: str
    is_up: bool | None
    """A child SA is installed; None: its node says nothing."""
    is_left_out: bool = False
    """Its probes call it dead, and its partner carries."""
    reason: str = ""
    """Why it is not up, as a code."""
    session: str = ""
    """State of its BGP session; empty without BGP."""

    @property
    def carries(self) -> bool:
        """Tell whether routes lead into it."""
        return bool(self.is_up) and not self.is_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpn:
    """The connection to the data center in which the far address lies."""

    connection_id: str
    attachment_id: str | None
    router_id: str = ""
    table: Table | None = None
    """In which what comes out of it is looked up."""
    propagates_to: frozenset[str] = frozenset()
    tunnels: tuple[Tunnel, ...] = ()
    destinations: tuple[IPv4Network, ...] = ()
    learned: tuple[IPv4Network, ...] = ()
    refused: Mapping[IPv4Network, str] = field(default_factory=dict)
    """What the peer sent and is not taken, with the reason."""
    announced: tuple[IPv4Network, ...] = ()
    announces: bool = True
    has_bgp: bool = False
    local_ts: tuple[IPv4Network, ...] = (net.ANY,)
    remote_ts: tuple[IPv4Network, ...] = (net.ANY,)

    @property
    def is_silent(self) -> bool:
        """Tell whether its node says nothing."""
        return any(each.is_up is None for each in self.tunnels)

    @property
    def carrying(self) -> tuple[Tunnel, ...]:
        """Give the tunnels that routes lead into."""
        return tuple(each for each in self.tunnels if each.carries)

    @property
    def has_session(self) -> bool:
        """Tell whether a BGP session stands."""
        return any(each.session == "established" for each in self.tunnels)

    def offers(self, address: IPv4Address) -> tuple[IPv4Network, ...]:
        """Give its own routes around an address, whether they are used or not."""
        return covering(address, (*self.destinations, *self.learned))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that a path may pass."""

    near: IPv4Address
    far: IPv4Address
    vpc: Vpc | None
    """None: the near address lies in no VPC."""
    vpn: Vpn
    near_behind: str = ""
    """Another connection behind which the near address lies, where it is in no VPC."""


def covering(address: IPv4Address, prefixes: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """Give the prefixes around an address, longest first."""
    found = {each for each in prefixes if address in each}
    return tuple(sorted(found, key=lambda each: -each.prefixlen))
