"""Whether a tunnel may be lost is said item by item."""

from __future__ import annotations

from dataclasses import replace

import pytest

from futago.domain import health, redundancy

Name, Verdict = redundancy.ItemName, redundancy.Verdict
FIRST = redundancy.Member(
    index=1,
    state=health.Health.UP,
    zone_id="zone-a",
    customer_gateway_id="cgw-1",
    peer_address="203.0.113.1",
    bgp=health.Value.UP,
    received_bps=30_000_000,
    sent_bps=10_000_000,
    rate_bps=100_000_000,
)
SECOND = replace(
    FIRST, index=2, zone_id="zone-b", customer_gateway_id="cgw-2", peer_address="203.0.113.2"
)


def verdicts(
    one: redundancy.Member, other: redundancy.Member, *, has_bgp: bool = True, zones: int = 2
) -> dict[redundancy.ItemName, redundancy.Verdict]:
    found = redundancy.assess([one, other], has_bgp=has_bgp, zones_offered=zones)
    for item in found.items:
        assert item.message
        assert bool(item.remedy) is (item.verdict is not Verdict.OK), item
    return {item.name: item.verdict for item in found.items}


def test_a_connection_with_everything_twice_is_redundant() -> None:
    assert set(verdicts(FIRST, SECOND).values()) == {Verdict.OK}
    assert redundancy.assess([FIRST, SECOND], has_bgp=True, zones_offered=2).verdict is Verdict.OK
    assert Name.BGP not in verdicts(FIRST, SECOND, has_bgp=False)


@pytest.mark.parametrize(
    ("item", "change", "verdict"),
    [
        (Name.TUNNELS, {"state": health.Health.DOWN}, Verdict.FAILED),
        (Name.TUNNELS, {"state": health.Health.UNKNOWN}, Verdict.UNKNOWN),
        (Name.ZONES, {"zone_id": "zone-a"}, Verdict.WARNING),
        (Name.ZONES, {"zone_id": None}, Verdict.UNKNOWN),
        (Name.CUSTOMER_GATEWAYS, {"customer_gateway_id": "cgw-1"}, Verdict.WARNING),
        (Name.CUSTOMER_GATEWAYS, {"peer_address": "203.0.113.1"}, Verdict.WARNING),
        (Name.HEADROOM, {"received_bps": 80_000_000}, Verdict.UNKNOWN),
        (
            Name.HEADROOM,
            {"received_bps": 80_000_000, "capacity_bps": 90_000_000},
            Verdict.FAILED,
        ),
        (Name.BGP, {"bgp": health.Value.DOWN}, Verdict.FAILED),
        (Name.BGP, {"bgp": health.Value.UNKNOWN}, Verdict.UNKNOWN),
    ],
)
def test_what_both_tunnels_share_or_lack_is_named_with_a_remedy(
    item: redundancy.ItemName, change: dict[str, object], verdict: redundancy.Verdict
) -> None:
    found = verdicts(FIRST, replace(SECOND, **change))  # type: ignore[arg-type]
    assert found.pop(item) is verdict
    assert set(found.values()) == {Verdict.OK}


def test_headroom_is_unknown_before_anything_was_measured() -> None:
    bare = {"received_bps": None, "sent_bps": None, "rate_bps": None}
    one, other = (replace(each, **bare) for each in (FIRST, SECOND))  # type: ignore[arg-type]
    assert verdicts(one, other)[Name.HEADROOM] is Verdict.UNKNOWN


def test_the_worst_item_decides() -> None:
    second = replace(SECOND, zone_id="zone-a", state=health.Health.DOWN)
    found = redundancy.assess([FIRST, second], has_bgp=True, zones_offered=1)
    assert found.verdict is Verdict.FAILED
    zones = next(item for item in found.items if item.name is Name.ZONES)
    assert "offer a second zone" in zones.remedy
