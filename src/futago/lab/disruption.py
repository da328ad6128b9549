"""Lasting faults on a site's tunnels: packets that are lost, late, or lost every other second.

Outside, a fault sits in the lab's Internet, on the device towards one address of the site. Inside,
it sits in the site's router, on the tunnel device, where packets are in clear: IKE goes on, and
what runs inside the tunnel does not.

The packet filter of a namespace is rendered from what the lab remembers and replaced at once;
helpers that should run are compared with those that do. So repeating or undoing a fault leaves
nothing behind, whoever died meanwhile.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from futago.domain import faults
from futago.lab import device, disturber, netns, record, shell, topology, wait

_ALL: Final = 100
_START_SECONDS: Final = 10.0
_BOTH: Final = tuple(record.Where)


class BadDisruption(faults.Invalid):
    """A fault that the lab cannot produce."""

    code = "Lab.BadDisruption"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a fault is: a device, and the namespace that sees all its packets."""

    namespace: str
    device: str


def lose(
    lab: record.Lab,
    site: record.Site,
    numbers: Iterable[int],
    percent: int,
    where: record.Where = record.Where.OUTSIDE,
) -> record.Lab:
    """Lose a share of all packets of the numbered tunnels, both ways."""
    if not 1 <= percent <= _ALL:
        raise BadDisruption(f"{percent} is not a loss in percent; use 1 to 100.")
    return disturb(lab, site, numbers, where, record.Trouble.LOSS, percent)


def slow(
    lab: record.Lab,
    site: record.Site,
    numbers: Iterable[int],
    milliseconds: int,
    where: record.Where = record.Where.OUTSIDE,
) -> record.Lab:
    """Hold what comes from the site outside, or what comes out of the tunnel inside.

    Inside, packets for the device itself (BGP, BFD) are on time: their sockets take them from the
    tunnel's own device only.
    """
    if not 1 <= milliseconds <= disturber.DELAY_MAX_MS:
        raise BadDisruption(
            f"{milliseconds} is not a delay in ms; use 1 to {disturber.DELAY_MAX_MS}."
        )
    return disturb(lab, site, numbers, where, record.Trouble.DELAY, milliseconds)


def disturb(
    lab: record.Lab,
    site: record.Site,
    numbers: Iterable[int],
    where: record.Where,
    trouble: record.Trouble,
    amount: int = 0,
) -> record.Lab:
    """Put the numbered tunnels into trouble; what they had at that place ends."""
    added = tuple(
        record.Disruption(
            site=site.name, tunnel=number, where=where, trouble=trouble, amount=amount
        )
        for number in numbers
    )
    places = {(each.site, each.tunnel, each.where) for each in added}
    kept = tuple(
        each for each in lab.disruptions if (each.site, each.tunnel, each.where) not in places
    )
    return _in_force(dataclasses.replace(lab, disruptions=kept + added), site)


def restore(
    lab: record.Lab,
    site: record.Site,
    numbers: Collection[int],
    where: Collection[record.Where] = _BOTH,
) -> record.Lab:
    """Undo the lasting faults of the numbered tunnels."""
    kept = tuple(
        each
        for each in lab.disruptions
        if each.site != site.name or each.tunnel not in numbers or each.where not in where
    )
    return _in_force(dataclasses.replace(lab, disruptions=kept), site)


def ruleset(losses: Iterable[tuple[str, int]]) -> str:
    """Write a namespace's packet filter that loses shares, in percent, of devices' packets."""
    found = tuple(losses)
    return "\n".join(
        [
            "table inet lab",
            "delete table inet lab",
            "table inet lab {",
            *_chain("arriving", "prerouting", "iifname", found),
            *_chain("leaving", "postrouting", "oifname", found),
            "}",
            "",
        ]
    )


def _chain(name: str, hook: str, match: str, losses: Sequence[tuple[str, int]]) -> list[str]:
    rules = []
    for device_name, percent in losses:
        chance = "" if percent == _ALL else f"numgen random mod {_ALL} < {percent} "
        rules.append(f'    {match} "{device_name}" {chance}drop')
    return [
        f"  chain {name} {{",
        # Before connection tracking and everything else that could look at a lost packet.
        f"    type filter hook {hook} priority -400; policy accept;",
        *rules,
        "  }",
    ]


def spot(lab: record.Lab, each: record.Disruption) -> Spot:
    """Say where a fault is."""
    site = lab.site(each.site)
    if each.where is record.Where.OUTSIDE:
        return Spot(lab.internet, topology.outside_device(site, each.tunnel))
    return Spot(site.router, device.device_of(lab, site, each.tunnel))


def _in_force(lab: record.Lab, site: record.Site) -> record.Lab:
    spots = [(each, spot(lab, each)) for each in lab.disruptions]
    record.save(lab)
    for namespace in (lab.internet, site.router):
        here = [(each, at.device) for each, at in spots if at.namespace == namespace]
        losses = [(name, each.amount) for each, name in here if each.trouble is record.Trouble.LOSS]
        shell.run(netns.inside(namespace, ["nft", "-f", "-"]), text=ruleset(losses))
        _run_helpers(
            lab,
            namespace,
            [
                disturber.Task(each.trouble, name, each.amount)
                for each, name in here
                if each.trouble is not record.Trouble.LOSS
            ],
        )
    return lab


def _run_helpers(lab: record.Lab, namespace: str, wanted: Sequence[disturber.Task]) -> None:
    """Have exactly the wanted helpers run in a namespace."""
    running = {}
    for pid in netns.processes(namespace):
        task = disturber.read(netns.words_of(pid))
        if task is not None:
            running[task] = pid
    for task, pid in running.items():
        if task not in wanted:
            netns.end(pid)
            _clean(namespace, task)
    for task in wanted:
        if task not in running:
            _clean(namespace, task)
            _start(lab, namespace, task)


def _start(lab: record.Lab, namespace: str, task: disturber.Task) -> None:
    command = [sys.executable, "-m", disturber.MODULE, *task.words]
    netns.detach(namespace, command, lab.directory / "disturber.log")
    if task.trouble is record.Trouble.DELAY:
        # Routes need it up, and it is there a moment before.
        wait.eventually(
            lambda: f" {task.tun}:" in netns.ip(namespace, "link show up"), within=_START_SECONDS
        )
        netns.batch(namespace, task.detour)


def _clean(namespace: str, task: disturber.Task) -> None:
    """Remove what a helper that was killed may have left."""
    shown = netns.ip(namespace, "rule show")
    for line in shown.splitlines():
        if f"iif {task.device} lookup" in line:
            netns.ip(namespace, f"rule delete iif {task.device}")
    shell.run(netns.inside(namespace, ["nft", "-f", "-"]), text=disturber.whole(task.device))
