"""Both tunnels carry traffic; a cut one is noticed, left and taken again."""

from __future__ import annotations

import time

import pytest

from futago.lab import netns, wait
from futago.testing import lab_cloud, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

DPD_SECONDS = 30.0
"""Source: vendor guide "Dual-tunnel mode", DPD timeout."""
LOOK_SECONDS = 1.0
"""Between what happens and what this test reads through the API."""


def carried_since(rig: labs.Rig, peering: labs.Peering, before: list[int]) -> list[int]:
    return [now - then for now, then in zip(rig.carried(peering), before, strict=True)]


def wait_both_carry_more(rig: labs.Rig, peering: labs.Peering) -> None:
    before = rig.carried(peering)
    with rig.flows(peering) as flows:
        wait.eventually(
            lambda: min(carried_since(rig, peering, before)) > 1000, within=labs.SETTLE_SECONDS
        )
    assert lab_traffic.lost(flows) == 0, flows


def test_a_cut_tunnel_is_left_within_dpd_by_both_versions_of_ike_and_taken_again(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    older = rig.connect(rig.new_site(), labs.Wish(ike_version="ikev1"))
    rig.wait_up(older)
    wait_both_carry_more(rig, peering)
    cut_ways, other_ways = rig.ways(peering, 1), rig.ways(peering, 2)
    assert cut_ways
    assert other_ways
    with rig.flows(peering) as flows:
        begin = time.monotonic()
        for each in (peering, older):
            rig.cut(each, 1)
        for each in (peering, older):
            wait.eventually(lambda each=each: tunnel_1_is_lost(rig, each), within=60)
            assert time.monotonic() - begin <= DPD_SECONDS + LOOK_SECONDS
        wait.eventually(
            lambda: lab_traffic.route_devices(peering.site.router, labs.VPC_PREFIX) == {"tun2"},
            within=60,
        )
        assert time.monotonic() - begin <= DPD_SECONDS + LOOK_SECONDS
        assert rig.ways(peering, 2) == cut_ways | other_ways
    assert cut_ways & lab_traffic.ways_with_loss(flows)
    assert not other_ways & lab_traffic.ways_with_loss(flows), flows
    assert max(flow.gap for flow in flows) <= DPD_SECONDS + LOOK_SECONDS, flows
    for each in (peering, older):
        rig.restore(each)
    for each in (peering, older):
        rig.wait_up(each)
    wait_both_carry_more(rig, peering)
    rig.disconnect(older)


def tunnel_1_is_lost(rig: labs.Rig, peering: labs.Peering) -> bool:
    first, second = rig.cloud.statuses(peering.connection_id)
    assert second == lab_cloud.ESTABLISHED, (first, second)
    return first != lab_cloud.ESTABLISHED


def test_two_data_centers_reach_the_vpc_but_not_each_other(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    second = rig.connect(rig.new_site())
    rig.wait_up(second)
    detours = ((peering, second), (second, peering))
    for here, there in detours:
        hops = "nexthop dev tun1 nexthop dev tun2"
        netns.ip(here.site.router, f"route add {there.site.network} {hops}")
    for here, there in detours:
        before = sum(rig.carried(here))
        assert lab_traffic.ping(here.site.host, there.site.host_address) == 0
        assert sum(rig.carried(here)) > before, "the pings did not reach the gateway"
        assert rig.ping(here) == lab_traffic.PINGS
    for here, there in detours:
        netns.ip(here.site.router, f"route delete {there.site.network}")
    rig.disconnect(second)
