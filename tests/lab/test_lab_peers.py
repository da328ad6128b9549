"""BGP between two sites of the lab, without any gateway: BIRD at one end, BIRD or FRR at the other.

host ─ device dc1 ═══ tunnel 1, BGP, BFD ═══ device far ─ host
                  ═══ tunnel 2, BGP, BFD ═══
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from futago.devices import linux_routing, overrides, peer_configuration
from futago.domain import ids, ike, net
from futago.lab import (
    device,
    disruption,
    installed,
    netns,
    record,
    registry,
    router,
    shell,
    sites,
    teardown,
    topology,
    wait,
)

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NEAR_ASN, FAR_ASN = 65010, 65020
WITHIN = 20.0
MANY = 1000
LATE_MS = 100
"""Little enough for BFD, which waits 300 ms and hears every 100 ms."""


BOTH_DAEMONS = pytest.mark.parametrize("lab", list(linux_routing.RoutingDaemon), indirect=True)


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[record.Lab]:
    """Two sites with BGP; the daemon of dc1 is BIRD unless the parameter says otherwise."""
    mark = registry.claim_mark()
    made = record.Lab(mark=mark, directory=tmp_path, endpoint="127.0.0.1:1", region_id="lab-1")
    registry.remember(mark, tmp_path)
    daemon = getattr(request, "param", linux_routing.RoutingDaemon.BIRD)
    near = record.SiteBgp(asn=NEAR_ASN, daemon=daemon, key="shared!#'")
    far = record.SiteBgp(asn=FAR_ASN, key="shared!#'")
    try:
        topology.build(made, [])
        for name, first, network, bgp in (
            ("dc1", "203.0.113.10", "192.168.10.0/24", near),
            ("far", "203.0.113.30", "10.20.0.0/16", far),
        ):
            second = first.removesuffix("0") + "1"
            made = sites.add(made, sites.plan(made, name, [first, second], network, bgp))
        yield made
    finally:
        teardown.remove(mark)


def configuration(
    near: record.Site, far: record.Site, *, is_upper: bool
) -> peer_configuration.PeerConfiguration:
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
                psk=ike.PresharedKey("key"),
                local_ts=(net.ANY,),
                remote_ts=(net.ANY,),
                bgp=bgp(number, is_upper=is_upper),
            )
            for number in range(2)
        )
    )


def bgp(number: int, *, is_upper: bool) -> peer_configuration.PeerBgp:
    cidr = net.TunnelCidr.parse(f"169.254.{10 + number}.0/30")
    local = cidr.hosts[1 if is_upper else 0]
    own, other = (FAR_ASN, NEAR_ASN) if is_upper else (NEAR_ASN, FAR_ASN)
    return peer_configuration.PeerBgp(
        cidr=cidr,
        local_address=local,
        peer_address=cidr.peer_of(local),
        local_asn=net.Asn(own),
        peer_asn=net.Asn(other),
    )


def join(lab: record.Lab, far_changes: Sequence[str] = ()) -> None:
    near, far = lab.site("dc1"), lab.site("far")
    waiting = device.Habits(cloud_prefixes=(), accepts_any_remote=True)
    there = overrides.apply(configuration(far, near, is_upper=True), far_changes)
    device.apply(lab, far, there, waiting)
    here = configuration(near, far, is_upper=False)
    device.apply(lab, near, here, device.Habits(cloud_prefixes=()))


def next_hops(site: record.Site, prefix: IPv4Network) -> set[str]:
    """Name the devices that the kernel would use for a prefix."""
    shown = json.loads(netns.ip(site.router, f"-j route show {prefix}"))
    hops = [hop for route in shown for hop in route.get("nexthops", [route])]
    return {hop["dev"] for hop in hops if "linkdown" not in hop.get("flags", [])}


def wait_for(lab: record.Lab, *names: str, within: float = WITHIN) -> None:
    """Wait until both ends route to each other by exactly these devices."""
    near, far = lab.site("dc1"), lab.site("far")

    def as_wanted() -> bool:
        assert next_hops(near, far.network) == set(names)
        assert next_hops(far, near.network) == set(names)
        return True

    wait.eventually(as_wanted, within=within)


def ping(lab: record.Lab, count: int = 5) -> list[float]:
    """Ping from dc1's host to the other; gives the round-trip times in seconds."""
    target = str(lab.site("far").host_address)
    command = ["ping", "-c", str(count), "-i", "0.1", "-W", "2", target]
    shown = shell.run(netns.inside(lab.site("dc1").host, command))
    return [float(each) / 1000 for each in re.findall(r"time=([0-9.]+) ms", shown)]


def bird(lab: record.Lab, *words: str) -> str:
    socket = installed.short_path(lab, lab.site("far")) / "bird.ctl"
    return shell.run(["birdc", "-s", str(socket), *words])


@BOTH_DAEMONS
def test_both_sessions_carry_routes_side_by_side_and_bfd_leaves_a_cut_tunnel_at_once(
    lab: record.Lab,
) -> None:
    join(lab)
    wait_for(lab, *device.DEVICES)
    assert len(ping(lab)) == 5
    wait.eventually(lambda: bird(lab, "show", "bfd", "sessions").count(" Up ") == 2, within=WITHIN)

    near = lab.site("dc1")
    begin = time.monotonic()
    lab = disruption.lose(lab, near, [1], 100)
    wait_for(lab, "tun2", within=10)
    assert time.monotonic() - begin < 5, "without BFD, BGP needs 30 s and IKE 26 s"
    assert len(ping(lab)) == 5
    lab = disruption.restore(lab, near, [1])
    wait_for(lab, *device.DEVICES)


@BOTH_DAEMONS
def test_prefixes_come_and_go_on_demand(lab: record.Lab) -> None:
    join(lab)
    wait_for(lab, *device.DEVICES)
    near = lab.site("dc1")
    more = [IPv4Network((int(IPv4Network("10.64.0.0/10")[0]) + 256 * n, 24)) for n in range(MANY)]
    lab = device.announce(lab, near, more)
    wait.eventually(lambda: learned(lab) == {near.network, *more}, within=WITHIN)
    lab = device.announce(lab, lab.site("dc1"), more[:1])
    wait.eventually(lambda: learned(lab) == {near.network, more[0]}, within=WITHIN)
    assert record.load(lab.directory).site("dc1").bgp == lab.site("dc1").bgp


def learned(lab: record.Lab) -> set[IPv4Network]:
    shown = json.loads(netns.ip(lab.site("far").router, "-j route show proto bird"))
    return {IPv4Network(each["dst"]) for each in shown}


def test_a_cut_inside_leaves_ike_alone(lab: record.Lab) -> None:
    join(lab)
    wait_for(lab, *device.DEVICES)
    near = lab.site("dc1")
    before = associations(lab)
    lab = disruption.lose(lab, near, [2], 100, record.Where.INSIDE)
    wait_for(lab, "tun1", within=10)
    assert associations(lab) == before
    lab = disruption.restore(lab, near, [2])
    wait_for(lab, *device.DEVICES)
    assert associations(lab) == before


def associations(lab: record.Lab) -> list[str]:
    socket = installed.socket_of(lab, lab.site("dc1"), 2)
    shown = shell.run(["swanctl", "--list-sas", "--uri", socket])
    return [line.split(",")[0] for line in shown.splitlines() if "#" in line]


def kill_tunnel_1(lab: record.Lab, site: record.Site) -> record.Lab:
    device.kill(lab, site, [1])
    wait_for(lab, "tun2", within=10)
    return lab


def reboot(lab: record.Lab, site: record.Site) -> record.Lab:
    device.reboot(lab, site)
    return lab


def reset(lab: record.Lab, site: record.Site) -> record.Lab:
    device.reset_bgp(lab, site, [1, 2])
    return lab


def flap(lab: record.Lab, site: record.Site) -> record.Lab:
    lab = disruption.disturb(lab, site, [1], record.Where.OUTSIDE, record.Trouble.FLAP)
    wait_for(lab, "tun2", within=10)
    return lab


@pytest.mark.parametrize(
    ("lab", "act"),
    [
        (linux_routing.RoutingDaemon.BIRD, kill_tunnel_1),
        (linux_routing.RoutingDaemon.BIRD, reset),
        (linux_routing.RoutingDaemon.BIRD, flap),
        (linux_routing.RoutingDaemon.FRR, kill_tunnel_1),
        (linux_routing.RoutingDaemon.FRR, reset),
        (linux_routing.RoutingDaemon.FRR, reboot),
    ],
    indirect=["lab"],
)
def test_what_breaks_is_whole_again_after_a_restore(
    lab: record.Lab, act: Callable[[record.Lab, record.Site], record.Lab]
) -> None:
    join(lab)
    wait_for(lab, *device.DEVICES)
    site = lab.site("dc1")
    lab = act(lab, site)
    lab = disruption.restore(lab, site, [1, 2])
    device.revive(lab, site)
    wait_for(lab, *device.DEVICES, within=40)
    assert len(ping(lab)) == 5
    assert helpers(lab) == []


@pytest.mark.parametrize("where", list(record.Where))
def test_slow_holds_packets_back_and_ends_with_its_fault(
    lab: record.Lab, where: record.Where
) -> None:
    join(lab)
    wait_for(lab, *device.DEVICES)
    near = lab.site("dc1")
    assert min(ping(lab)) < LATE_MS / 1000, "the lab itself is slow"
    lab = disruption.slow(lab, near, [1, 2], LATE_MS, where)
    assert len(helpers(lab)) == 2
    assert min(ping(lab)) >= LATE_MS / 1000
    lab = disruption.restore(lab, near, [1, 2])
    assert helpers(lab) == []
    assert min(ping(lab)) < LATE_MS / 1000


def helpers(lab: record.Lab) -> list[int]:
    spaces = netns.with_prefix(f"{lab.mark}-")
    return [
        pid
        for name in spaces
        for pid in netns.processes(name)
        if "futago.lab.disturber" in netns.words_of(pid)
    ]


def test_a_peer_without_bfd_is_served_too(lab: record.Lab) -> None:
    near = lab.site("dc1")
    assert near.bgp is not None
    lab = lab.with_site(dataclasses.replace(near, bgp=dataclasses.replace(near.bgp, has_bfd=False)))
    join(lab)
    wait_for(lab, *device.DEVICES)
    assert " Up " not in bird(lab, "show", "bfd", "sessions")


@pytest.mark.parametrize("fault", ["key", "asn"])
def test_a_wrong_key_or_as_number_keeps_its_sessions_down(lab: record.Lab, fault: str) -> None:
    near = lab.site("dc1")
    assert near.bgp is not None
    wrong = {"key": {"key": "other"}, "asn": {"asn": 65030}}[fault]
    lab = lab.with_site(dataclasses.replace(near, bgp=dataclasses.replace(near.bgp, **wrong)))
    join(lab)
    wait.eventually(lambda: devices_in_service(lab) == set(device.DEVICES), within=WITHIN)
    deadline = time.monotonic() + 3
    wait.eventually(lambda: time.monotonic() > deadline or learned(lab), within=5)
    assert learned(lab) == set()
    device.stop(lab, near)
    assert not router.is_running(near)


def devices_in_service(lab: record.Lab) -> set[str]:
    shown = json.loads(netns.ip(lab.site("far").router, "-j link show"))
    return {each["ifname"] for each in shown if "LOWER_UP" in each["flags"]} & set(device.DEVICES)
