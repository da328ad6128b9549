"""Edits of a running connection: what they interrupt, and what they must not."""

from __future__ import annotations

import contextlib

import pytest

from futago.lab import installed, netns, shell, wait
from futago.testing import lab_cloud, lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NOTICE_SECONDS = 30.0
QUIET_SECONDS = 4.0


def all_associations(rig: labs.Rig, peering: labs.Peering) -> list[tuple[str, ...]]:
    return [lab_processes.associations(rig.lab, each) for each in peering.tunnel_ids]


def test_a_new_name_touches_no_association_and_loses_nothing(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    before = all_associations(rig, peering)
    assert all(before)
    with rig.flows(peering) as flows:
        rig.cloud.call(
            "ModifyVpnAttachmentAttribute",
            VpnConnectionId=peering.connection_id,
            Name="another name",
        )
        wait.eventually(
            lambda: rig.cloud.connection(peering.connection_id)["State"] == "attached",
            within=labs.SETTLE_SECONDS,
        )
        rig.wait_up(peering)
    assert rig.cloud.connection(peering.connection_id)["Name"] == "another name"
    assert all_associations(rig, peering) == before
    assert lab_traffic.lost(flows) == 0, flows


def test_an_edit_of_tunnel_2_leaves_tunnel_1_alone(rig: labs.Rig, peering: labs.Peering) -> None:
    first, second = peering.tunnel_ids
    before = all_associations(rig, peering)
    untouched_ways = rig.ways(peering, 1)
    original = rig.cloud.tunnels(peering.connection_id)[1]["TunnelIkeConfig"]["IkeEncAlg"]
    assert original != "aes256"
    with rig.flows(peering) as flows:
        rig.modify_ike(peering, 2, IkeEncAlg="aes256")
        wait.eventually(
            lambda: rig.cloud.statuses(peering.connection_id)[1] != lab_cloud.ESTABLISHED,
            within=NOTICE_SECONDS,
        )
        assert rig.cloud.statuses(peering.connection_id)[0] == lab_cloud.ESTABLISHED
        rig.modify_ike(peering, 2, IkeEncAlg=original)
        rig.wait_up(peering)
    assert lab_processes.associations(rig.lab, first) == before[0]
    assert lab_processes.associations(rig.lab, second) != before[1]
    assert untouched_ways
    assert not untouched_ways & lab_traffic.ways_with_loss(flows), flows


def test_a_wrong_key_is_diagnosed_and_the_right_one_brings_the_tunnel_back(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    untouched_ways = rig.ways(peering, 1)
    original = rig.cloud.tunnels(peering.connection_id)[1]["TunnelIkeConfig"]["Psk"]
    with rig.flows(peering) as flows:
        rig.modify_ike(peering, 2, Psk="a-wrong-key")
        wait.eventually(
            # The site only waits, so it alone verifies, and does not say what failed.
            lambda: rig.diagnoses(peering) == ["NoExceptionFound", "PskOrPeerIdMismatch"],
            within=NOTICE_SECONDS,
        )
        first, second = rig.cloud.statuses(peering.connection_id)
        assert first == lab_cloud.ESTABLISHED
        assert second != lab_cloud.ESTABLISHED
        rig.modify_ike(peering, 2, Psk=original)
        rig.wait_up(peering)
    assert rig.diagnoses(peering) == ["NoExceptionFound"] * 2
    assert not untouched_ways & lab_traffic.ways_with_loss(flows), flows


def initiate_from_site(rig: labs.Rig, peering: labs.Peering, number: int) -> None:
    socket = installed.socket_of(rig.lab, peering.site, number)
    listed = shell.run(["swanctl", "--list-conns", "--uri", socket])
    name = listed.split(":")[0]
    child = next(line.strip().split(":")[0] for line in listed.splitlines() if ": TUNNEL" in line)
    words = ["swanctl", "--initiate", "--ike", name, "--child", child, "--uri", socket]
    shell.run(netns.inside(peering.site.outsides[number - 1], words))


def are_waiting(rig: labs.Rig, peering: labs.Peering) -> bool:
    """Tell whether both tunnels say that they wait for a packet."""
    found = rig.cloud.tunnels(peering.connection_id)
    codes = [{each["Code"] for each in tunnel.get("Conditions", [])} for tunnel in found]
    return all("WaitingForTraffic" in each for each in codes)


def close_at_site(rig: labs.Rig, peering: labs.Peering) -> None:
    for number in (1, 2):
        socket = installed.socket_of(rig.lab, peering.site, number)
        name = shell.run(["swanctl", "--list-conns", "--uri", socket]).split(":")[0]
        with contextlib.suppress(shell.CommandFailed):  # there is none
            shell.run(["swanctl", "--terminate", "--ike", name, "--uri", socket])


def test_without_immediate_effect_the_first_packet_or_the_data_center_starts(
    rig: labs.Rig,
) -> None:
    wish = labs.Wish(effect_immediately=False, is_peer_passive=True)
    peering = rig.connect(rig.new_site(), wish)
    labs.never(lambda: any(all_associations(rig, peering)), seconds=QUIET_SECONDS)
    assert lab_cloud.ESTABLISHED not in rig.cloud.statuses(peering.connection_id)
    wait.eventually(lambda: are_waiting(rig, peering), within=labs.SETTLE_SECONDS)
    lab_traffic.ping(rig.frame.host.namespace, peering.site.host_address)
    rig.wait_up(peering)
    assert not are_waiting(rig, peering)

    def is_armed_again() -> bool:
        """What left a moment before the end starts the tunnels once more."""
        if are_waiting(rig, peering):
            return True
        close_at_site(rig, peering)
        return False

    wait.eventually(is_armed_again, within=labs.SETTLE_SECONDS, every=3.0)
    initiate_from_site(rig, peering, 1)
    wait.eventually(
        lambda: rig.cloud.statuses(peering.connection_id)[0] == lab_cloud.ESTABLISHED,
        within=labs.SETTLE_SECONDS,
    )
    # What leaves by tunnel 1 starts tunnel 2 as well.
    lab_traffic.ping(peering.site.host, rig.frame.host.address)
    rig.wait_up(peering)
    rig.disconnect(peering)
