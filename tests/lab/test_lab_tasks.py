"""Renewals, resets and captures of real tunnels, while traffic flows."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

import pytest

from futago.lab import wait
from futago.testing import lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

FINAL = {"done", "failed"}
ICMP, UDP = 1, 17
IKE_PORTS = {500, 4500}


@dataclass(frozen=True)
class Seen:
    """An IPv4 packet of a capture."""

    protocol: int
    ends: set[IPv4Address]
    ports: set[int]


def task(rig: labs.Rig, peering: labs.Peering, action: str, **more: Any) -> Any:
    """Ask for something at tunnel 1 and give its outcome."""
    names = {"VpnConnectionId": peering.connection_id, "TunnelId": peering.tunnel_ids[0]}
    task_id = rig.cloud.call(action, **names, **more)["TaskId"]

    def look() -> Any:
        listed = rig.cloud.call("ListTunnelTasks", **names)["Tasks"]
        (found,) = (each for each in listed if each["TaskId"] == task_id)
        if found["State"] not in FINAL:
            raise wait.NotYet(f"{found}")
        return found

    return wait.eventually(look, within=labs.SETTLE_SECONDS)


def start(rig: labs.Rig, peering: labs.Peering, side: str, **more: Any) -> list[str]:
    names = {"VpnConnectionId": peering.connection_id, "Side": side}
    started = rig.cloud.call("StartPacketCapture", **names, **more)["PacketCaptures"]
    return [each["CaptureId"] for each in started]


def wait_for(rig: labs.Rig, peering: labs.Peering, capture_id: str, states: set[str]) -> Any:
    def look() -> Any:
        listed = rig.cloud.call("ListPacketCaptures", VpnConnectionId=peering.connection_id)
        (found,) = (e for e in listed["PacketCaptures"] if e["CaptureId"] == capture_id)
        if found["State"] not in states:
            raise wait.NotYet(f"{found}")
        return found

    return wait.eventually(look, within=labs.SETTLE_SECONDS)


def download(rig: labs.Rig, peering: labs.Peering, capture_id: str) -> bytes:
    names = {"VpnConnectionId": peering.connection_id, "CaptureId": capture_id}
    content, offset = b"", 0
    while offset is not None:
        part = rig.cloud.call("DownloadPacketCapture", **names, Offset=offset)
        content += base64.b64decode(part["Content"])
        offset = part["NextOffset"]
    assert len(content) == part["TotalBytes"]
    return content


def packets(content: bytes) -> Iterator[Seen]:
    at = 24
    while at < len(content):
        (kept,) = struct.unpack_from("<I", content, at + 8)
        packet = content[at + 32 : at + 16 + kept]
        start = 4 * (packet[0] & 0xF)
        protocol = packet[9]
        ports = set(struct.unpack_from("!HH", packet, start)) if protocol == UDP else set()
        ends = {IPv4Address(packet[12:16]), IPv4Address(packet[16:20])}
        yield Seen(protocol, ends, ports)
        at += 16 + kept


def children(rig: labs.Rig, tunnel_id: str) -> set[str]:
    return set(lab_processes.associations(rig.lab, tunnel_id))


def test_a_tunnel_is_renewed_without_loss_and_reset_without_its_partner(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    first, second = peering.tunnel_ids
    before, partner = children(rig, first), children(rig, second)
    ike = lab_processes.ike_associations(rig.lab, first)
    with rig.flows(peering) as flows:
        done = task(rig, peering, "RekeyTunnel")
        assert (done["State"], done["Message"]) == ("done", "")
        renewed = children(rig, first)
        assert renewed != before
        assert lab_processes.ike_associations(rig.lab, first) == ike
        done = task(rig, peering, "RekeyTunnel", IncludeIke=True)
        assert (done["State"], done["Message"]) == ("done", "")
        assert set(lab_processes.ike_associations(rig.lab, first)) - set(ike)
        rig.wait_established(peering)
    assert lab_traffic.lost(flows) == 0, flows
    before = children(rig, first)
    answer = task(rig, peering, "ResetTunnel")
    assert answer["State"] == "done", answer
    rig.wait_up(peering)
    assert not children(rig, first) & before
    assert children(rig, second) == partner


def test_captures_show_both_sides_in_their_own_way(rig: labs.Rig, peering: labs.Peering) -> None:
    near, far = peering.site.host_address, rig.frame.host.address
    outside = start(rig, peering, "outside", Seconds=60)
    inside = start(
        rig, peering, "inside", Seconds=60, FilterProtocol="icmp", FilterCidr=f"{far}/32"
    )
    for each in (*outside, *inside):
        wait_for(rig, peering, each, {"running"})
    with rig.flows(peering):
        wait.eventually(lambda: rig.ping(peering) == lab_traffic.PINGS, within=labs.SETTLE_SECONDS)
    for each in (*outside, *inside):
        rig.cloud.call("StopPacketCapture", VpnConnectionId=peering.connection_id, CaptureId=each)
        assert wait_for(rig, peering, each, FINAL)["State"] == "done"
    clear = [seen for each in inside for seen in packets(download(rig, peering, each))]
    assert {seen.protocol for seen in clear} == {ICMP}
    assert all(seen.ends == {near, far} for seen in clear)
    sealed = [seen for each in outside for seen in packets(download(rig, peering, each))]
    assert sealed
    assert all(seen.ports & IKE_PORTS for seen in sealed)
    assert not any(seen.ends & {near, far} for seen in sealed)


@pytest.mark.long
def test_captures_end_with_their_agent_and_wait_for_the_api(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    (orphan,) = start(rig, peering, "inside", Seconds=300, TunnelId=peering.tunnel_ids[0])
    wait_for(rig, peering, orphan, {"running"})
    lab_processes.kill_role(rig.lab, "agent")
    ended = wait_for(rig, peering, orphan, FINAL)
    assert (ended["State"], ended["Code"], ended["FileBytes"]) == ("failed", "Interrupted", 0)
    # Killing the API loses nothing: the agent delivers what it has when there is one again.
    (kept,) = start(rig, peering, "inside", Seconds=2, TunnelId=peering.tunnel_ids[0])
    wait_for(rig, peering, kept, {"running", *FINAL})
    lab_processes.kill_role(rig.lab, "api")
    assert wait_for(rig, peering, kept, FINAL)["State"] == "done"
    assert download(rig, peering, kept)
