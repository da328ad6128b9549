"""Peers that speak BGP from the start: BIRD and FRR, wrong ones, and one that says too much."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from futago.devices import linux_routing
from futago.lab import wait
from futago.testing import lab_processes, lab_speakers, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

BIRD, FRR = linux_routing.RoutingDaemon.BIRD, linux_routing.RoutingDaemon.FRR
KEY = "s3cret!#Key"
BFD_SECONDS = 3.0
"""BFD needs 0.3 s; a busy machine more. Without it, 26 s pass."""


def site_bgp(**changes: object) -> lab_speakers.record.SiteBgp:
    return lab_speakers.record.SiteBgp(**({"asn": lab_speakers.ASN} | changes))  # type: ignore[arg-type]


def all_associations(speaking: lab_speakers.Speaking) -> list[tuple[str, ...]]:
    found = speaking.peering.tunnel_ids
    return [lab_processes.associations(speaking.rig.lab, each) for each in found]


@pytest.mark.parametrize("daemon", [BIRD, FRR])
def test_routes_follow_the_sessions_and_bfd_leaves_a_cut_tunnel_at_once(
    rig: labs.Rig, daemon: linux_routing.RoutingDaemon
) -> None:
    speaking = lab_speakers.connect(
        rig, site_bgp(daemon=daemon, key=KEY), lab_speakers.Gateways(key=KEY)
    )
    peering, own = speaking.peering, speaking.site.network
    speaking.wait_up()
    assert rig.ping(peering) == lab_traffic.PINGS
    both = sorted(peering.tunnel_ids)
    wait.eventually(lambda: speaking.learned() == {str(own): both}, within=labs.SETTLE_SECONDS)

    more = IPv4Network("10.77.0.0/24")
    speaking.announce([more])
    speaking.wait_learned(own, more)
    speaking.announce([])
    wait.eventually(
        lambda: not lab_traffic.route_devices(rig.router, more), within=labs.SETTLE_SECONDS
    )

    before = all_associations(speaking)
    with rig.flows(peering) as flows:
        rig.cut(peering, 1)
        second = {rig.devices(peering)[1]}
        wait.eventually(
            lambda: lab_traffic.route_devices(rig.router, own) == second,
            within=labs.SETTLE_SECONDS,
        )
        # Flows have to go on until each has shown that it passes again, and the far end, which
        # sends the answers, may find the cut a moment later.
        wait.eventually(lambda: rig.ping(peering) == lab_traffic.PINGS, within=labs.SETTLE_SECONDS)
    assert max(each.gap for each in flows) <= BFD_SECONDS, flows
    rig.restore(peering)
    speaking.wait_up()
    assert rig.ping(peering) == lab_traffic.PINGS
    # One of two that crossed at the start may have been closed; the cut itself ends none.
    for then, now in zip(before, all_associations(speaking), strict=True):
        assert set(now) & set(then)
    speaking.disconnect()


@pytest.mark.parametrize(
    ("gateways", "code"),
    [
        pytest.param(lab_speakers.Gateways(key="other"), "BgpKeyMismatch", id="key"),
        pytest.param(lab_speakers.Gateways(asn=65030, key=KEY), "BgpPeerAsnMismatch", id="asn"),
    ],
)
def test_a_wrong_key_or_as_number_is_named_and_others_are_untouched(
    rig: labs.Rig, peering: labs.Peering, gateways: lab_speakers.Gateways, code: str
) -> None:
    with rig.flows(peering) as flows:
        speaking = lab_speakers.connect(rig, site_bgp(key=KEY), gateways)
        rig.wait_established(speaking.peering)

        def look() -> bool:
            seen = speaking.conditions()
            if code not in seen:
                raise wait.NotYet(f"{speaking.sessions()}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)
        assert lab_speakers.UP[0] not in speaking.statuses()
        assert speaking.learned() == {}
    assert lab_traffic.lost(flows) == 0, flows
    speaking.disconnect()


def test_ten_thousand_prefixes_are_counted_and_those_beyond_the_limit_refused(
    rig: labs.Rig,
) -> None:
    speaking = lab_speakers.connect(rig, site_bgp())
    speaking.wait_up()
    base = int(IPv4Network("10.128.0.0/9").network_address)
    speaking.announce([IPv4Network((base + 256 * number, 24)) for number in range(10_000)])
    wait.eventually(
        lambda: "BgpPrefixLimitExceeded" in speaking.conditions(), within=labs.SETTLE_SECONDS
    )
    assert len(speaking.learned()) <= speaking.sessions()["PrefixLimit"]
    assert speaking.statuses() == lab_speakers.UP
    assert rig.ping(speaking.peering) == lab_traffic.PINGS
    speaking.announce([])
    wait.eventually(lambda: not speaking.conditions(), within=labs.SETTLE_SECONDS)
    speaking.disconnect()
