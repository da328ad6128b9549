"""What is measured about failover, part by part: each gives the values of all its trials."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network

import cloud
import failover_world
import laboratory
from failover_trials import Trials
from failover_world import World

from futago.lab import netns, wait
from futago.testing import lab_failover, lab_processes, lab_speakers, lab_traffic, labs

TRIALS = 30
ROUNDS = TRIALS // failover_world.SITES
RATIO_TRIALS = 7
CHANGES = 5
_PAUSE_SECONDS = 0.5
"""Flows go on so long after a fault, so that every interruption has an end."""
_STAMP = re.compile(r"^\[([^\]]+)\]")
_BASE = int(IPv4Network("10.128.0.0/9").network_address)
_STARTED = ["stdbuf", "-oL", "ip", "-ts", "monitor", "route"]


def bfd(world: World) -> Trials:
    """Cut a tunnel outside; BFD notices. Then mend it."""
    chosen = world.speaking()
    gaps: list[float] = []
    sessions: list[float] = []
    lost: list[float] = []
    for number_of_round in range(ROUNDS):
        number = 1 + number_of_round % 2
        with world.flows(chosen) as reports:
            for each in chosen:
                world.rig.cut(each.peering, number)
            world.wait_use(chosen, [3 - number])
            time.sleep(_PAUSE_SECONDS)
        gaps += [failover_world.longest(flows) for flows in reports]
        with world.flows(chosen) as reports:
            sessions += _mend(world)
            time.sleep(_PAUSE_SECONDS)
        lost += [lab_traffic.lost(flows) for flows in reports]
        laboratory.say(f"BFD, round {number_of_round + 1} of {ROUNDS}: {max(gaps):.3f} s at most")
    return {"interruption_s": gaps, "session_s": sessions, "lost_back": lost}


def _mend(world: World) -> list[float]:
    """Restore all tunnels; gives how long each connection took to use both again."""

    def one(speaking: lab_speakers.Speaking, began: float) -> float:
        world.wait_use([speaking], [1, 2])
        return time.monotonic() - began

    with futures.ThreadPoolExecutor(failover_world.SITES) as workers:
        running = []
        for each in world.speaking():
            world.rig.restore(each.peering)
            running.append(workers.submit(one, each, time.monotonic()))
        return [each.result() for each in running]


def propagation(world: World) -> Trials:
    """Announce a prefix at a data center, and see the kernel's table of the VPC get it."""
    (speaking,) = world.speaking(1)
    found: list[float] = []
    for number in range(TRIALS):
        prefix = IPv4Network((_BASE + 256 * number, 24))
        with _watching(world.rig.router, prefix) as seen:
            began = time.time()
            speaking.announce([prefix])
            found.append(seen() - began)
        speaking.announce([])
        wait.eventually(
            lambda prefix=prefix: not lab_traffic.route_devices(world.rig.router, prefix),
            within=labs.SETTLE_SECONDS,
        )
    return {"propagation_s": found}


@contextlib.contextmanager
def _watching(namespace: str, prefix: IPv4Network) -> Iterator[Callable[[], float]]:
    """Watch a kernel's routes; the function waits for one and gives the time of its arrival."""
    with subprocess.Popen(
        netns.inside(namespace, _STARTED), stdout=subprocess.PIPE, text=True
    ) as monitor:
        stream = monitor.stdout
        assert stream is not None

        def seen() -> float:
            for line in stream:
                stamp = _STAMP.match(line)
                if stamp and str(prefix) in line:
                    return datetime.fromisoformat(stamp[1]).timestamp()
            raise cloud.Late(f"No route to {prefix} came.")

        # The monitor has no greeting; its socket is there soon after it runs.
        time.sleep(0.1)
        try:
            yield seen
        finally:
            monitor.kill()


def many_routes(world: World) -> Trials:
    """Cut a tunnel while the data center announces few prefixes, and many."""
    world.rig.cloud.call("SetQuota", QuotaCode="bgp-prefixes-per-peer", Value=20_000)
    (speaking,) = world.speaking(1)
    found: dict[str, list[float]] = {}
    for count in (10, 10_000):
        prefixes = [IPv4Network((_BASE + 256 * number, 24)) for number in range(count)]
        speaking.announce(prefixes)
        speaking.wait_learned(prefixes[0], prefixes[-1])
        gaps = found.setdefault(f"at_{count}_s", [])
        for trial in range(RATIO_TRIALS):
            # In turn: a tunnel that fails again and again is taken back later each time.
            number = 1 + trial % 2
            with world.flows([speaking]) as reports:
                world.rig.cut(speaking.peering, number)
                world.wait_use([speaking], [3 - number])
                time.sleep(_PAUSE_SECONDS)
            gaps.append(failover_world.longest(reports[0]))
            world.rig.restore(speaking.peering)
            world.wait_use([speaking], [1, 2])
            speaking.wait_learned(prefixes[0], prefixes[-1])
            laboratory.say(f"{count} routes, trial {trial + 1}: {gaps[-1]:.3f} s")
    speaking.announce([])
    return found


def change(world: World) -> Trials:
    """Change tunnel 1 as an operator would, while 800 packets a second go each way."""
    (speaking,) = world.speaking(1)
    (silent,) = world.silent(1)
    found: dict[str, list[float]] = {}

    def in_use() -> None:
        world.rig.wait_carrying(silent.peering)

    for name, change_made in (
        ("bgp_ike", _Change(speaking.peering, "IkeLifetime", speaking.wait_up)),
        ("plain_ike", _Change(silent.peering, "IkeLifetime", in_use)),
        ("plain_child", _Change(silent.peering, "IpsecLifetime", in_use)),
    ):
        for number in range(CHANGES):
            there, back = _lost_by_change(world.rig, change_made, 80_000 + number)
            found.setdefault(f"{name}_towards_vpc", []).append(there)
            found.setdefault(f"{name}_towards_site", []).append(back)
            laboratory.say(f"{name}, change {number + 1}: {there} towards the VPC, {back} back")
    return found


@dataclass(frozen=True, slots=True)
class _Change:
    peering: labs.Peering
    setting: str
    wait_used: Callable[[], None]
    """Waits until both tunnels are in use again."""


def _lost_by_change(rig: labs.Rig, made: _Change, seconds: int) -> tuple[int, int]:
    """Change a lifetime of tunnel 1; gives what was lost towards the VPC and towards the site."""
    group = "TunnelIkeConfig" if made.setting == "IkeLifetime" else "TunnelIpsecConfig"
    first = made.peering.tunnel_ids[0]
    before = set(lab_processes.associations(rig.lab, first))
    with rig.flows(made.peering) as flows:
        rig.cloud.call(
            "ModifyTunnelAttribute",
            VpnConnectionId=made.peering.connection_id,
            TunnelId=first,
            TunnelOptionsSpecification={group: {made.setting: str(seconds)}},
        )
        wait.eventually(
            lambda: before.isdisjoint(_children(rig, first)) and _children(rig, first),
            within=labs.SETTLE_SECONDS,
        )
        made.wait_used()
        time.sleep(_PAUSE_SECONDS)
    return sum(each.lost_there for each in flows), sum(each.lost_back for each in flows)


def _children(rig: labs.Rig, tunnel_id: str) -> set[str]:
    lines = lab_processes.associations(rig.lab, tunnel_id)
    return {line for line in lines if "INSTALLED" in line}


def probe(world: World) -> Trials:
    """Cut a tunnel outside where neither BGP nor BFD is; the probe inside notices."""
    chosen = world.silent()
    for each in chosen:
        each.probe_inside()
    gaps: list[float] = []
    for turn in range(ROUNDS):
        number = 1 + turn % 2
        gaps += _each_at_once(chosen, lambda each, number=number: _cut_and_mend(each, number))
        laboratory.say(f"probe, round {turn + 1} of {ROUNDS}: {max(gaps):.3f} s at most")
    for each in chosen:
        each.stop_probing()
    return {"interruption_s": gaps}


def _cut_and_mend(failover: lab_failover.Failover, number: int) -> float:
    with failover.echo(), failover.pinned(3 - number):
        with failover.flows() as flows:
            failover.rig.cut(failover.peering, number)
            failover.wait_next_hops(3 - number)
            time.sleep(_PAUSE_SECONDS)
        failover.rig.restore(failover.peering)
        failover.wait_next_hops(1, 2)
        failover.wait_verdicts(lab_failover.ALIVE)
    return failover_world.longest(flows)


def signaled(world: World) -> Trials:
    """Have the peer close a tunnel, and kill our own daemon."""
    chosen = world.silent()
    found: dict[str, list[float]] = {"closed_s": [], "killed_s": []}
    for _ in range(ROUNDS // 2):
        found["closed_s"] += _each_at_once(chosen, lambda each: _signal(each, closes=True))
        found["killed_s"] += _each_at_once(chosen, lambda each: _signal(each, closes=False))
        laboratory.say(f"signaled: {max(found['closed_s']):.3f} and {max(found['killed_s']):.3f} s")
    return found


def _signal(failover: lab_failover.Failover, *, closes: bool) -> float:
    rig, peering = failover.rig, failover.peering
    with failover.echo(), failover.pinned(2), failover.flows() as flows:
        if closes:
            failover.close_from_site(1)
        else:
            failover.kill_daemon(1)
        rig.wait_established(peering)
        failover.wait_next_hops(1, 2)
    rig.wait_up(peering)
    return failover_world.longest(flows)


def _each_at_once(
    chosen: Sequence[lab_failover.Failover], act: Callable[[lab_failover.Failover], float]
) -> list[float]:
    with futures.ThreadPoolExecutor(len(chosen)) as workers:
        return list(workers.map(act, chosen))
