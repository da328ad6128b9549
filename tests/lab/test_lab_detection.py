"""How fast the gateway leaves a tunnel, by what notices the loss; and that it loses nothing back.

Limits are wide enough for a busy machine; the benchmark measures the figures that are promised.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from futago.lab import wait
from futago.testing import lab_failover, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SIGNALED_SECONDS = 1.0
"""Promised: 0.2 s."""
PROBED_SECONDS = 4.0
"""Promised: 2.0 s. Dead peer detection takes 27 s."""


@pytest.fixture
def probed(rig: labs.Rig, peering: labs.Peering) -> Iterator[lab_failover.Failover]:
    """Both tunnels are probed by targets of their own."""
    made = lab_failover.Failover(rig, peering)
    made.probe_inside()
    yield made
    made.stop_probing()


def longest_gap(flows: list[lab_traffic.FlowReport]) -> float:
    return max(flow.gap for flow in flows)


def test_probes_find_a_cut_tunnel_and_take_it_back_without_loss(
    rig: labs.Rig,
    peering: labs.Peering,
    probed: lab_failover.Failover,
) -> None:
    devices = rig.devices(peering)
    before = rig.ways(peering, 1)
    with probed.echo(), probed.pinned(2):
        with probed.flows() as flows:
            rig.cut(peering, 1)
            wait.eventually(lambda: probed.next_hops() == {devices[1]}, within=10)
        assert longest_gap(flows) <= PROBED_SECONDS, flows
        assert any(flow.lost for flow in flows), "no flow went by the cut tunnel"
        probed.wait_verdicts(["dead", "alive"])
        with probed.flows() as flows:
            rig.restore(peering)
            probed.wait_next_hops(1, 2)
            probed.wait_verdicts(lab_failover.ALIVE)
        assert lab_traffic.lost(flows) == 0, flows
    assert rig.ways(peering, 1) == before
    for probe in probed.probes():
        assert probe["RoundTripMilliseconds"] > 0
        assert probe["LastAnswerTime"]


def test_both_cut_tunnels_stay_next_hops(
    rig: labs.Rig, peering: labs.Peering, probed: lab_failover.Failover
) -> None:
    with probed.echo(), probed.flows():
        for number in (1, 2):
            rig.cut(peering, number)
        probed.wait_verdicts(["dead", "dead"])
        assert probed.next_hops() == set(rig.devices(peering))
        rig.restore(peering)
        probed.wait_verdicts(lab_failover.ALIVE)


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_what_the_daemon_signals_acts_at_once_and_comes_back_without_loss(
    rig: labs.Rig,
    peering: labs.Peering,
    how: str,
) -> None:
    failover = lab_failover.Failover(rig, peering)
    before, others = rig.ways(peering, 1), rig.ways(peering, 2)
    with failover.echo(), failover.pinned(2):
        with failover.flows() as flows:
            if how == "killed":
                failover.kill_daemon(1)
            else:
                failover.close_from_site(1)
            rig.wait_established(peering)
            failover.wait_next_hops(1, 2)
        assert longest_gap(flows) <= SIGNALED_SECONDS, flows
    rig.wait_up(peering)
    # What was on the partner is on the partner again: equal next hops keep their order.
    assert rig.ways(peering, 1) == before
    assert rig.ways(peering, 2) == others
