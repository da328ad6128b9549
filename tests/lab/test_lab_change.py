"""Planned changes of tunnel 1: traffic is on the partner before anything is touched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from futago.devices import linux_routing
from futago.lab import record, wait
from futago.testing import lab_cloud, lab_failover, lab_processes, lab_speakers, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

MOMENT_SECONDS = 1.0
"""On a busy machine; alone there is none."""

STALL_PACKETS = 2
"""Of one flow, 20 ms apart: a busy machine once lost one of each flow, on the partner too.

What goes into a tunnel that is being changed loses dozens. The benchmark counts every packet.
"""

Change = Callable[[labs.Rig, labs.Peering], None]


def modify(rig: labs.Rig, peering: labs.Peering, **options: object) -> None:
    rig.cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=peering.connection_id,
        TunnelId=peering.tunnel_ids[0],
        TunnelOptionsSpecification=options,
    )


def dpd(enabled: bool) -> Change:
    return lambda rig, peering: modify(rig, peering, EnableDpd=enabled)


def lifetime(seconds: int) -> Change:
    settings = {"IpsecLifetime": seconds}
    return lambda rig, peering: modify(rig, peering, TunnelIpsecConfig=settings)


@pytest.mark.parametrize(
    ("change", "undo", "keeps_ike"),
    [(lifetime(7200), lifetime(86400), True), (dpd(False), dpd(True), False)],
    ids=["child", "ike"],
)
def test_a_change_that_the_peer_agrees_to_loses_nothing_to_the_data_center(
    rig: labs.Rig, peering: labs.Peering, change: Change, undo: Change, keeps_ike: bool
) -> None:
    failover = lab_failover.Failover(rig, peering)
    first = peering.tunnel_ids[0]
    for step in (change, undo):
        before = set(lab_processes.associations(rig.lab, first))
        assert before
        with failover.echo(), failover.flows() as there, rig.flows(peering) as back:
            step(rig, peering)
            wait.eventually(
                lambda before=before: replaced(rig, first, before, keeps_ike=keeps_ike),
                within=labs.SETTLE_SECONDS,
            )
            rig.wait_established(peering)
            failover.wait_next_hops(1, 2)
        assert max(flow.lost_there for flow in there) <= STALL_PACKETS, there
        assert max(flow.lost_back for flow in back) <= STALL_PACKETS, back
        # Without BGP the data center goes on sending into tunnel 1. What it sends by the new SA
        # before its answer has arrived is delivered late; how late depends on the machine.
        assert max(flow.gap for flow in back) < MOMENT_SECONDS, back
        assert max(flow.gap for flow in there) < MOMENT_SECONDS, there
    rig.wait_up(peering)


def replaced(rig: labs.Rig, tunnel_id: str, before: set[str], *, keeps_ike: bool) -> bool:
    """Tell whether everything that shall be new is new."""
    now = set(lab_processes.associations(rig.lab, tunnel_id))
    kept = now & before
    children = {line for line in now if "INSTALLED" in line}
    return bool(children) and not kept & children and (bool(kept) is keeps_ike)


def test_with_bgp_a_change_interrupts_neither_direction(rig: labs.Rig) -> None:
    daemon = linux_routing.RoutingDaemon.BIRD
    speaking = lab_speakers.connect(rig, record.SiteBgp(asn=lab_speakers.ASN, daemon=daemon))
    speaking.wait_up()
    peering, first = speaking.peering, speaking.peering.tunnel_ids[0]
    failover = lab_failover.Failover(rig, peering)
    wait.eventually(
        lambda: lab_traffic.ping(peering.site.host, rig.frame.host.address) == lab_traffic.PINGS,
        within=labs.SETTLE_SECONDS,
    )
    before = set(lab_processes.associations(rig.lab, first))
    with failover.echo(), failover.flows() as there, rig.flows(peering) as back:
        dpd(False)(rig, peering)
        wait.eventually(
            lambda: replaced(rig, first, before, keeps_ike=False), within=labs.SETTLE_SECONDS
        )
        speaking.wait_up()
    # The benchmark counts what is lost; a machine that is busy elsewhere loses some by itself.
    assert max(flow.gap for flow in (*there, *back)) < MOMENT_SECONDS, (there, back)
    speaking.disconnect()


def test_a_key_that_the_peer_lacks_loses_nothing_to_the_data_center(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    failover = lab_failover.Failover(rig, peering)
    original = rig.cloud.tunnels(peering.connection_id)[0]["TunnelIkeConfig"]["Psk"]
    with failover.echo(), failover.pinned(2), failover.flows() as flows:
        modify(rig, peering, TunnelIkeConfig={"Psk": "another-key-of-all"})
        wait.eventually(
            lambda: rig.cloud.statuses(peering.connection_id)[0] != lab_cloud.ESTABLISHED,
            within=labs.SETTLE_SECONDS,
        )
        modify(rig, peering, TunnelIkeConfig={"Psk": original})
        rig.wait_established(peering)
        failover.wait_next_hops(1, 2)
    assert lab_traffic.lost(flows) == 0, flows
    rig.wait_up(peering)
