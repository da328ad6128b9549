from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import ids, placement


def _zone(name: str, *pools: str) -> placement.ZonePool:
    return placement.ZonePool(
        node_id=ids.NodeId("node-1"),
        zone_id=ids.ZoneId(name),
        pools=tuple(IPv4Network(pool) for pool in pools),
    )


def _placed(zones, taken=()) -> list[tuple[int, str, str]]:
    seats = placement.place_tunnels(zones, [IPv4Address(each) for each in taken])
    return [(int(seat.index), seat.zone_id, str(seat.address)) for seat in seats]


@pytest.mark.parametrize(
    ("zones", "taken", "expected"),
    [
        pytest.param(
            (_zone("b", "10.0.2.0/30"), _zone("a", "10.0.1.0/30")),
            (),
            [(1, "a", "10.0.1.0"), (2, "b", "10.0.2.0")],
            id="two zones, by name",
        ),
        pytest.param(
            (_zone("a", "10.0.1.0/30"), _zone("b", "10.0.2.0/29")),
            (),
            [(1, "b", "10.0.2.0"), (2, "a", "10.0.1.0")],
            id="most room first",
        ),
        pytest.param(
            (_zone("a", "10.0.1.0/30"),),
            (),
            [(1, "a", "10.0.1.0"), (2, "a", "10.0.1.1")],
            id="one zone takes both",
        ),
        pytest.param(
            (_zone("a", "10.0.1.0/30"), _zone("b", "10.0.2.0/32")),
            ("10.0.2.0",),
            [(1, "a", "10.0.1.0"), (2, "a", "10.0.1.1")],
            id="a full zone is passed over",
        ),
        pytest.param(
            (_zone("a", "10.0.1.0/32", "10.0.9.0/31"),),
            ("10.0.1.0",),
            [(1, "a", "10.0.9.0"), (2, "a", "10.0.9.1")],
            id="the next pool of a zone",
        ),
    ],
)
def test_seats_are_chosen(zones, taken, expected) -> None:
    assert _placed(zones, taken) == expected


@pytest.mark.parametrize(
    ("zones", "taken"),
    [
        pytest.param((), (), id="no zone"),
        pytest.param((_zone("a"),), (), id="no pool"),
        pytest.param((_zone("a", "10.0.1.0/32"),), (), id="one address"),
        pytest.param((_zone("a", "10.0.1.0/31"),), ("10.0.1.1",), id="one address left"),
    ],
)
def test_without_two_free_addresses_there_is_no_capacity(zones, taken) -> None:
    with pytest.raises(placement.NoCapacity):
        _placed(zones, taken)
