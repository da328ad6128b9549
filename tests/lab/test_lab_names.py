"""Two tunnels of one connection whose names are equal, pair by pair, live side by side."""

from __future__ import annotations

import pytest

from futago.testing import lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NAMES = ("gateway.cloud.example", "device.branch.example")


def test_tunnels_with_equal_names_stay_up_together_and_both_carry(rig: labs.Rig) -> None:
    peering = rig.connect(rig.new_site(), labs.Wish(names=NAMES))
    rig.wait_up(peering)
    rig.wait_settled(peering)
    before = [lab_processes.ike_associations(rig.lab, each) for each in peering.tunnel_ids]
    carried, entered = rig.carried(peering), rig.entered(peering)
    with rig.flows(peering) as flows:
        labs.never(lambda: not rig.both_carry(peering), seconds=3)
    assert all(flow.gap < 1.0 for flow in flows), flows
    assert all(new > old for new, old in zip(rig.carried(peering), carried, strict=True))
    assert all(new > old for new, old in zip(rig.entered(peering), entered, strict=True))
    after = [lab_processes.ike_associations(rig.lab, each) for each in peering.tunnel_ids]
    assert after == before
    assert all(before)
    told = [each["TunnelIkeConfig"] for each in rig.cloud.tunnels(peering.connection_id)]
    assert [(each["LocalId"], each["RemoteId"]) for each in told] == [NAMES] * 2
    assert lab_traffic.ping(peering.site.host, rig.frame.host.address) == lab_traffic.PINGS
    rig.disconnect(peering)
