"""Where tunnels go: two zones where there are two, a free gateway address in each.

Pure: the caller says which addresses are taken and gets the choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from futago.domain import connection, faults, ids


class NoCapacity(faults.Conflict):
    """No zone has a free gateway address."""

    code = "Placement.NoCapacity"
    retry = faults.BACKOFF


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePool:
    """Free room of one zone on one node."""

    node_id: ids.NodeId
    zone_id: ids.ZoneId
    pools: tuple[IPv4Network, ...]
    """Gateway addresses; every address of a pool is usable, as each is a host route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The place of one tunnel."""

    index: connection.TunnelIndex
    node_id: ids.NodeId
    zone_id: ids.ZoneId
    address: IPv4Address


def place_tunnels(zones: Sequence[ZonePool], taken: Iterable[IPv4Address]) -> tuple[Seat, Seat]:
    """Choose zone and gateway address of both tunnels of a connection.

    Args:
        zones: Candidates, any order.
        taken: Addresses in use, in any zone.
    Returns:
        The seats of tunnel 1 and 2; the zones differ whenever two zones have room.
    Raises:
        NoCapacity: Fewer than two addresses are free.
    """
    occupied = set(taken)
    free = [(zone, _free(zone, occupied)) for zone in _by_room(zones, occupied)]
    first = _take(free, connection.TunnelIndex.ONE, avoid=None)
    second = _take(free, connection.TunnelIndex.TWO, avoid=first)
    return first, second


def common(pools: Iterable[IPv4Network], others: Sequence[IPv4Network]) -> tuple[IPv4Network, ...]:
    """Give the prefixes that lie in both; those of one side do not overlap each other."""
    # Of two prefixes that overlap, the longer one is inside the other.
    return tuple(
        max(pool, other, key=lambda prefix: prefix.prefixlen)
        for pool in pools
        for other in others
        if pool.overlaps(other)
    )


def _by_room(zones: Sequence[ZonePool], occupied: set[IPv4Address]) -> list[ZonePool]:
    """Order zones by free room, most first, then by name, so that the choice is stable."""
    return sorted(zones, key=lambda zone: (-_room(zone, occupied), zone.zone_id, zone.node_id))


def _room(zone: ZonePool, occupied: set[IPv4Address]) -> int:
    used = sum(1 for address in occupied if any(address in pool for pool in zone.pools))
    return sum(pool.num_addresses for pool in zone.pools) - used


def _free(zone: ZonePool, occupied: set[IPv4Address]) -> Iterator[IPv4Address]:
    for pool in zone.pools:
        for address in pool:
            if address not in occupied:
                yield address


def _take(
    free: list[tuple[ZonePool, Iterator[IPv4Address]]],
    index: connection.TunnelIndex,
    avoid: Seat | None,
) -> Seat:
    others = [entry for entry in free if avoid is None or entry[0].zone_id != avoid.zone_id]
    same = [entry for entry in free if entry not in others]
    for zone, addresses in (*others, *same):
        address = next(addresses, None)
        if address is not None:
            return Seat(index=index, node_id=zone.node_id, zone_id=zone.zone_id, address=address)
    raise NoCapacity(
        f"No gateway address is free for tunnel {int(index)}; "
        "add a pool to a zone of a gateway node or delete an unused connection.",
    )
