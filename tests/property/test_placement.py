"""Placement against a naive model."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.domain import ids, placement

BASE = int(IPv4Address("10.0.0.0"))


@st.composite
def zone_pools(draw: st.DrawFn) -> list[placement.ZonePool]:
    """Zones with small disjoint pools, some of them without any."""
    blocks = draw(st.lists(st.integers(0, 40), unique=True, max_size=8))
    names = draw(st.lists(st.sampled_from("abcd"), min_size=len(blocks), max_size=len(blocks)))
    pools: dict[str, list[IPv4Network]] = {
        name: [] for name in draw(st.sets(st.sampled_from("abcd")))
    }
    for name, block in zip(names, blocks, strict=True):
        length = draw(st.integers(30, 32))
        pools.setdefault(name, []).append(IPv4Network((BASE + 4 * block, length)))
    return [
        placement.ZonePool(
            node_id=ids.NodeId("node-1"), zone_id=ids.ZoneId(name), pools=tuple(members)
        )
        for name, members in pools.items()
    ]


taken_addresses = st.sets(st.integers(BASE, BASE + 170).map(IPv4Address), max_size=60)


def free_by_zone(
    zones: list[placement.ZonePool], taken: set[IPv4Address]
) -> dict[str, set[IPv4Address]]:
    return {
        zone.zone_id: {address for pool in zone.pools for address in pool} - taken for zone in zones
    }


@given(zone_pools(), taken_addresses)
def test_two_free_addresses_are_enough_and_two_zones_are_used_where_there_are_two(
    zones, taken
) -> None:
    free = free_by_zone(zones, taken)
    if sum(map(len, free.values())) < 2:
        with pytest.raises(placement.NoCapacity):
            placement.place_tunnels(zones, taken)
        return
    first, second = placement.place_tunnels(zones, taken)
    assert (int(first.index), int(second.index)) == (1, 2)
    assert first.address != second.address
    assert first.address in free[first.zone_id]
    assert second.address in free[second.zone_id]
    with_room = [name for name, addresses in free.items() if addresses]
    assert (first.zone_id != second.zone_id) is (len(with_room) > 1)


@given(zone_pools(), taken_addresses, st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_of_zones(zones, taken, random) -> None:
    def placed(candidates):
        try:
            return placement.place_tunnels(candidates, taken)
        except placement.NoCapacity:
            return None

    shuffled = list(zones)
    random.shuffle(shuffled)
    assert placed(shuffled) == placed(zones)


@given(zone_pools(), taken_addresses)
def test_placing_until_nothing_is_free_never_gives_an_address_twice(zones, taken) -> None:
    room = sum(map(len, free_by_zone(zones, taken).values()))
    used = set(taken)
    for _ in range(room // 2):
        for seat in placement.place_tunnels(zones, used):
            assert seat.address not in used
            used.add(seat.address)
    with pytest.raises(placement.NoCapacity):
        placement.place_tunnels(zones, used)
