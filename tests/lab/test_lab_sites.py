"""Two sites of the lab, joined by two tunnels, without any gateway.

    host ─ device dc1 ═══ tunnel 1 ═══ device far ─ host
                      ═══ tunnel 2 ═══

The second site plays the gateway, with the same renderer, so this proves the sites, their devices
and the faults on their own.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from futago.devices import overrides, peer_configuration
from futago.domain import ids, ike, net
from futago.lab import (
    device,
    disruption,
    netns,
    record,
    registry,
    shell,
    sites,
    teardown,
    topology,
    wait,
)

pytestmark = [pytest.mark.lab, pytest.mark.slow]

DPD_SECONDS = 30.0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[record.Lab]:
    mark = registry.claim_mark()
    made = record.Lab(mark=mark, directory=tmp_path, endpoint="127.0.0.1:1", region_id="lab-1")
    registry.remember(mark, tmp_path)
    try:
        topology.build(made, [])
        for name, first, network in (
            ("dc1", "203.0.113.10", "192.168.10.0/24"),
            ("far", "203.0.113.30", "10.20.0.0/16"),
        ):
            second = first.removesuffix("0") + "1"
            made = sites.add(made, sites.plan(made, name, [first, second], network))
        yield made
    finally:
        teardown.remove(mark)


def configuration(near: record.Site, far: record.Site) -> peer_configuration.PeerConfiguration:
    return peer_configuration.PeerConfiguration(
        tunnels=tuple(
            peer_configuration.PeerTunnel(
                tunnel_id=ids.TunnelId(f"tun-{number}"),
                local=near.addresses[number],
                remote=far.addresses[number],
                local_identity=ike.Identity.of_address(near.addresses[number]),
                remote_identity=ike.Identity.of_address(far.addresses[number]),
                ike_profile=ike.IkeProfile(),
                esp_profile=ike.EspProfile(),
                psk=ike.PresharedKey(f"key-{number}-\"'\\;#{{"),
                local_ts=(net.ANY,),
                remote_ts=(net.ANY,),
            )
            for number in range(2)
        )
    )


def join(
    lab: record.Lab, near_changes: Sequence[str] = (), far_changes: Sequence[str] = ()
) -> None:
    near, far = lab.site("dc1"), lab.site("far")
    passive = device.Habits(cloud_prefixes=(near.network,), accepts_any_remote=True)
    active = device.Habits(cloud_prefixes=(far.network,))
    device.apply(lab, far, overrides.apply(configuration(far, near), far_changes), passive)
    device.apply(lab, near, overrides.apply(configuration(near, far), near_changes), active)


def next_hops(site: record.Site, prefix: IPv4Network) -> set[str]:
    """Devices that the kernel would use for a prefix."""
    shown = json.loads(netns.ip(site.router, f"-j route show {prefix}"))
    hops = [hop for route in shown for hop in route.get("nexthops", [route])]
    return {hop["dev"] for hop in hops if "linkdown" not in hop.get("flags", [])}


def sent(site: record.Site) -> dict[str, int]:
    shown = json.loads(netns.ip(site.router, "-j -s link show"))
    return {each["ifname"]: each["stats64"]["tx"]["packets"] for each in shown}


def ping(lab: record.Lab, source: str, target: str, count: int = 5) -> None:
    command = [sys.executable, "-m", "futago.lab.probe", "ping", target, "--count", str(count)]
    report = json.loads(shell.run(netns.inside(lab.namespace_of(source), command)))
    assert report == {"sent": count, "received": count}


def wait_for_both(lab: record.Lab, within: float = 15) -> None:
    near, far = lab.site("dc1"), lab.site("far")

    def both() -> bool:
        assert next_hops(near, far.network) == set(device.DEVICES)
        assert next_hops(far, near.network) == set(device.DEVICES)
        return True

    wait.eventually(both, within=within)


def test_flows_share_both_tunnels_and_move_to_the_partner_when_one_is_cut(lab: record.Lab) -> None:
    near, far = lab.site("dc1"), lab.site("far")
    join(lab)
    wait_for_both(lab)
    ping(lab, "dc1", str(far.host_address))
    ping(lab, "far", str(near.host_address))

    before = sent(near)
    flood(lab, far)
    after = sent(near)
    assert all(after[name] > before[name] for name in device.DEVICES), (before, after)

    with flows(lab, far) as report:
        lab = disruption.lose(lab, near, [1], 100)
        cut_at = time.monotonic()
        wait_for_the_partner_only(lab)
        outage = time.monotonic() - cut_at
    assert outage < DPD_SECONDS
    lost = [each["lost"] for each in report]
    assert lost.count(0) >= 1, "flows of the partner lose nothing"
    assert all(each["longest_gap_seconds"] < DPD_SECONDS for each in report), report

    ping(lab, "dc1", str(far.host_address), 20)

    lab = disruption.restore(lab, near, [1])
    wait_for_both(lab, within=30)
    ping(lab, "dc1", str(far.host_address))


def wait_for_the_partner_only(lab: record.Lab) -> None:
    near, far = lab.site("dc1"), lab.site("far")

    def only_the_partner() -> bool:
        assert next_hops(near, far.network) == {"tun2"}
        assert next_hops(far, near.network) == {"tun2"}
        return True

    wait.eventually(only_the_partner, within=DPD_SECONDS + 5)


@contextlib.contextmanager
def flows(lab: record.Lab, far: record.Site) -> Iterator[list[dict[str, float]]]:
    """Run sixteen flows from dc1 to the other site; the report is filled in at the end."""
    program = [sys.executable, "-m", "futago.lab.probe"]
    report: list[dict[str, float]] = []
    with (
        subprocess.Popen(netns.inside(far.host, [*program, "echo"])) as echo,
        subprocess.Popen(
            netns.inside(lab.namespace_of("dc1"), [*program, "flows", str(far.host_address)]),
            stdout=subprocess.PIPE,
        ) as sender,
    ):
        try:
            yield report
        finally:
            sender.terminate()
            output, _ = sender.communicate(timeout=10)
            echo.kill()
        report += json.loads(output)["flows"]


def flood(lab: record.Lab, far: record.Site) -> None:
    """Send one datagram of each of 64 flows; nobody needs to answer."""
    code = (
        "import socket\n"
        "for port in range(20000, 20064):\n"
        "    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        f"    s.sendto(b'x', ('{far.host_address}', port)); s.close()\n"
    )
    subprocess.run(
        netns.inside(lab.namespace_of("dc1"), ["python3", "-c", code]), check=True, timeout=20
    )


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(["version=ikev1"], id="ikev1 main"),
        pytest.param(["version=ikev1", "mode=aggressive"], id="ikev1 aggressive"),
        pytest.param(
            ["ike_enc=des", "ike_auth=md5", "ike_dh=group1", "esp_enc=des", "esp_auth=md5"],
            id="weak",
        ),
        pytest.param(
            ["ike_enc=aes256", "ike_auth=sha512", "ike_dh=group14", "esp_enc=aes256"], id="strong"
        ),
        pytest.param(["pfs=disabled", "esp_auth=sha384"], id="no PFS"),
    ],
)
def test_devices_understand_each_other_in_every_setting(
    lab: record.Lab, settings: list[str]
) -> None:
    changes = [f"tunnel{number}.{each}" for number in (1, 2) for each in settings]
    named = "mode=aggressive" in settings
    near_id = ["tunnel1.local_id=dc1.example.com"] if named else []
    far_id = ["tunnel1.remote_id=dc1.example.com"] if named else []
    join(lab, [*changes, *near_id], [*changes, *far_id])
    wait_for_both(lab)
    ping(lab, "dc1", str(lab.site("far").host_address))


def test_a_wrong_key_keeps_only_its_own_tunnel_down(lab: record.Lab) -> None:
    near, far = lab.site("dc1"), lab.site("far")
    join(lab, ["tunnel2.psk=wrong"])

    def tunnel_1_only() -> bool:
        assert next_hops(near, far.network) == {"tun1"}
        assert next_hops(far, near.network) == {"tun1"}
        return True

    wait.eventually(tunnel_1_only, within=15)
    ping(lab, "dc1", str(far.host_address))


def test_nothing_with_the_mark_remains_after_removal(lab: record.Lab) -> None:
    join(lab)
    wait_for_both(lab)
    spaces = netns.with_prefix(f"{lab.mark}-")
    assert len(spaces) == 10
    teardown.remove(lab.mark)
    assert netns.with_prefix(f"{lab.mark}-") == ()
    assert not registry.runtime_directory(lab.mark).exists()
