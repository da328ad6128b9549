"""A data center behind NAT: its device starts, and what it says of itself is not its address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from futago.devices import overrides, peer_configuration
from futago.lab import client, device, nat, record, wait
from futago.testing import lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]
FOUND_SECONDS = 20.0
"""The device asks after 10 s of silence; the rest is a busy machine."""
VERSIONS = labs.Wish(ike_version="ikev2", second_ike_version="ikev1")


def conditions(rig: labs.Rig, peering: labs.Peering) -> list[dict[str, str]]:
    """The conditions of both tunnels, as code and message."""
    return [
        {each["Code"]: each["Message"] for each in tunnel.get("Conditions", [])}
        for tunnel in rig.cloud.tunnels(peering.connection_id)
    ]


def ports_told(rig: labs.Rig, peering: labs.Peering) -> list[int]:
    """The ports that the NAT has put in place of the device's, as both tunnels tell them."""
    messages = [each["PeerBehindNat"] for each in conditions(rig, peering)]
    return [int(each.partition("UDP port ")[2].partition(".")[0]) for each in messages]


def is_told(rig: labs.Rig, peering: labs.Peering) -> bool:
    return all("PeerBehindNat" in each for each in conditions(rig, peering))


def configure(rig: labs.Rig, peering: labs.Peering, *changes: str) -> None:
    with record.locked(rig.directory) as known:
        downloaded = peer_configuration.parse(client.download(known, peering.connection_id))
        habits = device.Habits(cloud_prefixes=(labs.VPC_PREFIX,))
        device.apply(known, peering.site, overrides.apply(downloaded, changes), habits)


@pytest.fixture
def hidden(rig: labs.Rig) -> Iterator[labs.Peering]:
    """A connection with a data center behind NAT, not configured yet."""
    made = rig.attach(rig.new_site(is_behind_nat=True), VERSIONS)
    rig.plug("Vpn", made.attachment_id)
    rig.route(made)
    yield made
    rig.disconnect(made)


def test_a_device_behind_nat_connects_and_is_told_from_others(
    rig: labs.Rig, peering: labs.Peering, hidden: labs.Peering
) -> None:
    private = hidden.site.device_addresses
    assert set(private).isdisjoint(hidden.site.addresses)
    configure(rig, hidden, *(f"tunnel{n}.local_id={each}" for n, each in enumerate(private, 1)))

    def diagnosed() -> list[tuple[Any, ...]]:
        answer = rig.cloud.call("DiagnoseVpnConnections", TunnelIds=list(hidden.tunnel_ids))
        return [
            (
                each["FailedReasonCode"],
                each["MismatchLocalParam"],
                each["MismatchRemoteParam"],
            )
            for each in answer["VpnConnections"]
        ]

    wanted = [
        ("PeerIdMismatch", str(ours), str(theirs))
        for ours, theirs in zip(hidden.site.addresses, private, strict=True)
    ]
    wait.eventually(lambda: _same(diagnosed(), wanted), within=labs.SETTLE_SECONDS)

    configure(rig, hidden)
    rig.wait_up(hidden)
    far = rig.frame.host
    assert lab_traffic.ping(far.namespace, hidden.site.host_address) == lab_traffic.PINGS
    wait.eventually(lambda: is_told(rig, hidden), within=labs.SETTLE_SECONDS)
    assert all(port in nat.PORTS for port in ports_told(rig, hidden))
    nothing = ("NoExceptionFound", "", "")
    wait.eventually(lambda: _same(diagnosed(), [nothing] * 2), within=labs.SETTLE_SECONDS)
    assert all("PeerBehindNat" not in each for each in conditions(rig, peering))


@pytest.mark.long
def test_a_nat_that_forgets_costs_no_sa(rig: labs.Rig, hidden: labs.Peering) -> None:
    configure(rig, hidden)
    rig.wait_up(hidden)
    wait.eventually(lambda: is_told(rig, hidden), within=labs.SETTLE_SECONDS)
    before = ports_told(rig, hidden)
    kept = [spis(rig, each) for each in hidden.tunnel_ids]
    with rig.flows(hidden) as report:
        nat.forget(hidden.site, (1, 2))
        wait.eventually(
            lambda: set(ports_told(rig, hidden)).isdisjoint(before), within=labs.SETTLE_SECONDS
        )
        rig.wait_up(hidden)
    assert max(each.gap for each in report) < FOUND_SECONDS
    assert [spis(rig, each) for each in hidden.tunnel_ids] == kept


def spis(rig: labs.Rig, tunnel_id: str) -> set[str]:
    """Name the established IKE SAs of a tunnel."""
    lines = lab_processes.ike_associations(rig.lab, tunnel_id)
    return {line.split(", ")[3] for line in lines if "ESTABLISHED" in line}


def _same(seen: object, wanted: object) -> bool:
    assert seen == wanted
    return True
