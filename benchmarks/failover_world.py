"""Data centers with BGP, and others without, at one router; flows of many at once."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import laboratory

from futago.lab import device, record, wait
from futago.testing import lab_building, lab_failover, lab_speakers, lab_traffic, labs

SITES = 3
"""Side by side: more would keep the processors of a small machine busy."""


class World:
    """A lab; its data centers are connected when they are first asked for."""

    def __init__(self, rig: labs.Rig) -> None:
        self.rig = rig
        self._speaking: list[lab_speakers.Speaking] = []
        self._silent: list[lab_failover.Failover] = []

    @classmethod
    @contextlib.contextmanager
    def build(cls) -> Iterator[World]:
        """Build the lab and take it down."""
        with (
            tempfile.TemporaryDirectory(prefix="futago-bench-") as directory,
            lab_building.running(Path(directory) / "lab") as rig,
        ):
            laboratory.say(f"lab {rig.mark} is up")
            yield cls(rig)

    def speaking(self, count: int = SITES) -> Sequence[lab_speakers.Speaking]:
        """Give data centers with BGP and BFD, all of them up."""
        while len(self._speaking) < count:
            made = lab_speakers.connect(self.rig, record.SiteBgp(asn=lab_speakers.ASN))
            made.wait_up()
            self._speaking.append(made)
        return self._speaking[:count]

    def silent(self, count: int = SITES) -> Sequence[lab_failover.Failover]:
        """Give data centers without BGP, whose tunnels are probed from inside."""
        while len(self._silent) < count:
            peering = self.rig.connect(self.rig.new_site())
            self.rig.wait_up(peering)
            self.rig.wait_settled(peering)
            self._silent.append(lab_failover.Failover(self.rig, peering))
        return self._silent[:count]

    @contextlib.contextmanager
    def flows(
        self, chosen: Sequence[lab_speakers.Speaking]
    ) -> Iterator[list[list[lab_traffic.FlowReport]]]:
        """Send flows from several data centers for the time of a block."""
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(self.rig.flows(each.peering)) for each in chosen]

    def both_ends_use(self, speaking: lab_speakers.Speaking, numbers: Sequence[int]) -> bool:
        """Tell whether both ends route by exactly these tunnels."""
        here = {device.DEVICES[number - 1] for number in numbers}
        there = {self.rig.devices(speaking.peering)[number - 1] for number in numbers}
        site = speaking.peering.site
        near = lab_traffic.route_devices(site.router, lab_speakers.VSWITCH_PREFIX)
        return near == here and lab_traffic.route_devices(self.rig.router, site.network) == there

    def wait_use(self, chosen: Sequence[lab_speakers.Speaking], numbers: Sequence[int]) -> None:
        """Wait until both ends of several connections route by exactly these tunnels."""
        for each in chosen:
            wait.eventually(
                lambda each=each: self.both_ends_use(each, numbers),
                within=labs.SETTLE_SECONDS,
            )


def longest(flows: Sequence[lab_traffic.FlowReport]) -> float:
    """Give the longest interruption of any flow, in seconds."""
    return max(each.gap for each in flows)
