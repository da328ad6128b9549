"""BGP that is switched on later, and what it survives.

host ─ device dcN ═══ two tunnels, BGP and BFD inside ═══ transit router ─ VPC ─ host app1
"""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from futago.devices import linux_routing
from futago.lab import netns, record, wait
from futago.testing import lab_processes, lab_speakers, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

BIRD, FRR = linux_routing.RoutingDaemon.BIRD, linux_routing.RoutingDaemon.FRR
EXTRA = IPv4Network("10.77.0.0/16")
KEY = "s3cret#Key;{}'"


def silent(
    rig: labs.Rig,
    daemon: linux_routing.RoutingDaemon = BIRD,
    *,
    gateway_key: str = KEY,
) -> lab_speakers.Speaking:
    bgp = record.SiteBgp(asn=lab_speakers.ASN, daemon=daemon, key=KEY)
    return lab_speakers.connect_silent(rig, bgp, lab_speakers.Gateways(key=gateway_key))


def ike_associations(speaking: lab_speakers.Speaking) -> list[tuple[str, ...]]:
    lab = speaking.rig.lab
    return [lab_processes.ike_associations(lab, each) for each in speaking.peering.tunnel_ids]


def wait_ping(speaking: lab_speakers.Speaking) -> None:
    wait.eventually(
        lambda: speaking.rig.ping(speaking.peering) == lab_traffic.PINGS,
        within=labs.SETTLE_SECONDS,
    )


def wait_second_only(speaking: lab_speakers.Speaking) -> None:
    """Wait until the transit router routes to the site by its second tunnel alone."""
    second = {speaking.rig.devices(speaking.peering)[1]}
    wait.eventually(
        lambda: lab_traffic.route_devices(speaking.rig.router, speaking.site.network) == second,
        within=labs.SETTLE_SECONDS,
    )


@pytest.mark.parametrize("daemon", [BIRD, FRR])
def test_bgp_is_switched_on_without_touching_the_tunnels_and_survives_its_daemon(
    rig: labs.Rig, daemon: linux_routing.RoutingDaemon
) -> None:
    speaking = silent(rig, daemon)
    rig.wait_settled(speaking.peering)
    before = ike_associations(speaking)
    speaking.switch_on()
    speaking.wait_up()
    assert ike_associations(speaking) == before
    wait_ping(speaking)

    lab_processes.kill(lab_processes.routing_daemon(rig.lab, rig.frame.router_id))
    speaking.wait_up()
    wait_ping(speaking)
    assert key_files(rig) == []
    speaking.disconnect()


def test_a_new_device_and_a_removed_address_are_put_right(rig: labs.Rig) -> None:
    speaking = silent(rig)
    speaking.switch_on()
    speaking.wait_up()
    lab_processes.kill(lab_processes.ike_daemon(rig.lab, speaking.peering.tunnel_ids[0]))
    wait_second_only(speaking)
    speaking.wait_up()

    first = rig.devices(speaking.peering)[0]
    shown = netns.ip(rig.router, f"-4 -o address show dev {first}").split()
    address = next(word for word in shown if word.endswith("/30"))
    netns.ip(rig.router, f"address del {address} dev {first}")
    wait_second_only(speaking)
    speaking.wait_up()
    speaking.disconnect()


def test_a_changed_key_and_room_under_the_limit_take_effect(rig: labs.Rig) -> None:
    speaking = silent(rig, gateway_key="another-key")
    speaking.switch_on()
    wait.eventually(lambda: "BgpKeyMismatch" in speaking.conditions(), within=labs.SETTLE_SECONDS)
    speaking.change_key(KEY)
    speaking.wait_up()
    assert "BgpKeyMismatch" not in speaking.conditions()

    many = [IPv4Network((0x0B000000 + (number << 8), 24)) for number in range(10_000)]
    speaking.announce(many)
    wait.eventually(
        lambda: "BgpPrefixLimitExceeded" in speaking.conditions(), within=labs.SETTLE_SECONDS
    )
    # What comes while the others go finds no room, and is asked for again.
    speaking.announce([EXTRA])
    speaking.wait_learned(EXTRA)
    speaking.disconnect()


def key_files(rig: labs.Rig) -> list[str]:
    """Files of the gateway that hold the key; there must be none."""
    return [
        str(path)
        for path in lab_processes.runtime(rig.lab).rglob("*")
        if path.is_file() and KEY.encode() in path.read_bytes()
    ]
