"""Saturation is not failure: a flood costs data, and no session."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import pytest

from futago.lab import netns, record, wait
from futago.testing import flood as flood_source
from futago.testing import lab_failover, lab_processes, lab_speakers, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

FLOOD_SECONDS = 30
SOURCES = 3
"""Processes that flood; one alone offers hardly more than what a fast machine encrypts."""
QUEUE_SECONDS_MAX = 1.0
"""Of a probe's round trip on a machine that a flood keeps busy; without shaping it is ten."""


def test_a_flood_at_twice_the_capacity_leaves_bgp_and_bfd_up(rig: labs.Rig) -> None:
    speaking = lab_speakers.connect(rig, record.SiteBgp(asn=lab_speakers.ASN))
    speaking.wait_up()
    rig.wait_settled(speaking.peering)
    failover = lab_failover.Failover(rig, speaking.peering)
    failover.wait_verdicts(lab_failover.ALIVE)
    before = sessions(speaking)
    assert [each["BfdState"] for each in before] == ["up", "up"]
    survive_flood(failover)
    assert sessions(speaking) == before
    speaking.disconnect()


@pytest.mark.long
def test_a_flood_at_twice_the_capacity_leaves_every_tunnel_up(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    failover = lab_failover.Failover(rig, peering)
    failover.probe_inside()
    # With everything back through one tunnel, the other one shows by probes alone that it lives.
    with failover.pinned(2):
        survive_flood(failover)
    failover.stop_probing()


def survive_flood(failover: lab_failover.Failover) -> None:
    rig, peering = failover.rig, failover.peering
    before = [lab_processes.ike_associations(rig.lab, each) for each in peering.tunnel_ids]
    entered, troubles = sum(rig.entered(peering)), out_of_service(rig)
    words = [sys.executable, "-m", "futago.testing.flood", str(peering.site.host_address)]
    command = netns.inside(rig.frame.host.namespace, [*words, str(FLOOD_SECONDS)])
    with contextlib.ExitStack() as stack:
        floods = [
            stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            for _ in range(SOURCES)
        ]
        while any(flood.poll() is None for flood in floods):
            probes = failover.probes()
            assert [each["Verdict"] for each in probes] == lab_failover.ALIVE, probes
            slowest = max(each["RoundTripMilliseconds"] for each in probes)
            assert slowest < QUEUE_SECONDS_MAX * 1000, probes
        offered = sum(float(flood.communicate()[0]) for flood in floods)
    packets = sum(rig.entered(peering)) - entered
    passed = 8 * (flood_source.SIZE + flood_source.HEADERS) * packets / FLOOD_SECONDS
    assert offered > 2 * passed, f"no flood: {offered:.3g} of {passed:.3g} bit/s"
    after = [lab_processes.ike_associations(rig.lab, each) for each in peering.tunnel_ids]
    assert after == before
    wait.eventually(lambda: rig.ping(peering) == lab_traffic.PINGS, within=labs.SETTLE_SECONDS)
    assert out_of_service(rig) == troubles


def sessions(speaking: lab_speakers.Speaking) -> list[dict[str, object]]:
    """Read what changes when a session of BGP or BFD ends, even for a moment."""
    return [
        {key: each[key] for key in ("TunnelId", "State", "BfdState", "Since")}
        for each in speaking.sessions()["Sessions"]
    ]


def out_of_service(rig: labs.Rig) -> int:
    """Count how often tunnels were left out so far."""
    return (rig.lab.directory / "futago.log").read_text().count("tunnels out of service")
