"""BGP through real tunnels: switched on later, learned, announced, cut and killed.

host ─ device dc8 ═══ two tunnels, BGP and BFD inside ═══ transit router ─ VPC ─ host app1
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest

from futago.devices import linux_routing
from futago.lab import netns, record, wait
from futago.testing import lab_bgp, lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

EXTRA = IPv4Network("10.77.0.0/16")
UP = ("success", "success")


@pytest.fixture(
    params=[
        pytest.param((8, linux_routing.RoutingDaemon.BIRD), id="bird"),
        pytest.param((9, linux_routing.RoutingDaemon.FRR), id="frr"),
    ]
)
def speaking(rig: labs.Rig, request: pytest.FixtureRequest) -> Iterator[lab_bgp.Speaking]:
    number, daemon = request.param
    bgp = record.SiteBgp(asn=lab_bgp.SITE_ASN, daemon=daemon, key=lab_bgp.KEY)
    made = lab_bgp.Speaking(rig, number, bgp)
    yield made
    made.end()


def ike_associations(speaking: lab_bgp.Speaking) -> list[list[str]]:
    """Read the IKE SAs; a child SA that has just come up is renewed once, as a test of PFS."""
    lab = speaking.rig.lab
    return [
        [line for line in lab_processes.associations(lab, each) if "-child: " not in line]
        for each in speaking.peering.tunnel_ids
    ]


def can_ping(speaking: lab_bgp.Speaking) -> bool:
    return speaking.rig.ping(speaking.peering) == lab_traffic.PINGS


def test_bgp_is_switched_on_later_and_survives_a_cut_and_a_killed_daemon(
    speaking: lab_bgp.Speaking,
) -> None:
    rig, network = speaking.rig, speaking.site.network
    rig.wait_settled(speaking.peering)
    before = ike_associations(speaking)
    speaking.switch_on()
    speaking.wait_sessions(*UP)
    assert ike_associations(speaking) == before
    speaking.wait_routed(network)
    wait.eventually(lambda: can_ping(speaking), within=labs.SETTLE_SECONDS)
    speaking.announce([EXTRA])
    speaking.wait_routed(EXTRA)
    wait.eventually(lambda: str(EXTRA) in listed(speaking, "VPN_BGP"), within=labs.SETTLE_SECONDS)
    announced = {IPv4Network(each) for each in listed(speaking, "CLOUD")}
    assert announced
    assert all(each.subnet_of(labs.VPC_PREFIX) for each in announced)

    rig.cut(speaking.peering, 1)
    speaking.wait_routed(EXTRA, numbers=(2,))
    rig.restore(speaking.peering)
    speaking.wait_routed(EXTRA)

    lab_processes.kill(lab_processes.routing_daemon(rig.lab, rig.frame.router_id))
    speaking.wait_sessions(*UP)
    speaking.wait_routed(EXTRA)
    wait.eventually(lambda: can_ping(speaking), within=labs.SETTLE_SECONDS)
    assert key_files(rig) == []


def test_a_new_device_of_a_tunnel_gets_its_address_again(speaking: lab_bgp.Speaking) -> None:
    rig = speaking.rig
    speaking.switch_on()
    speaking.wait_sessions(*UP)
    lab_processes.kill(lab_processes.ike_daemon(rig.lab, speaking.peering.tunnel_ids[0]))
    speaking.wait_routed(speaking.site.network, numbers=(2,))
    speaking.wait_routed(speaking.site.network)
    speaking.wait_sessions(*UP)
    first = rig.devices(speaking.peering)[0]
    address = next(
        word
        for word in netns.ip(rig.router, f"-4 -o address show dev {first}").split()
        if word.endswith("/30")
    )
    netns.ip(rig.router, f"address del {address} dev {first}")
    speaking.wait_routed(speaking.site.network, numbers=(2,))
    speaking.wait_routed(speaking.site.network)


def test_a_wrong_key_and_too_many_prefixes_are_named_and_harm_nobody(rig: labs.Rig) -> None:
    bgp = record.SiteBgp(asn=lab_bgp.SITE_ASN, key=lab_bgp.KEY)
    speaking = lab_bgp.Speaking(rig, 7, bgp, auth_key="another-key")
    speaking.switch_on()
    speaking.wait_told("BgpKeyMismatch")
    speaking.change_key(lab_bgp.KEY)
    speaking.wait_sessions(*UP)
    speaking.wait_routed(speaking.site.network)
    assert "BgpKeyMismatch" not in speaking.conditions()

    speaking.announce(IPv4Network((0x0B000000 + (number << 8), 24)) for number in range(10_000))
    speaking.wait_told("BgpPrefixLimitExceeded")
    assert speaking.imported() == [50, 50]
    assert speaking.statuses() == list(UP)
    speaking.announce([EXTRA])
    speaking.wait_routed(EXTRA)
    speaking.end()


def listed(speaking: lab_bgp.Speaking, source: str) -> set[str]:
    return {each["RouteDest"] for each in speaking.routes() if each["Source"] == source}


def key_files(rig: labs.Rig) -> list[str]:
    """Files of the gateway that hold the key; there must be none."""
    return [
        str(path)
        for path in lab_processes.runtime(rig.lab).rglob("*")
        if path.is_file() and lab_bgp.KEY.encode() in path.read_bytes()
    ]
