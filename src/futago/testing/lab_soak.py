"""A connection under renewal and loss for a long time, watched from both ends."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from futago.lab import disruption, record, wait
from futago.testing import lab_cloud, lab_failover, lab_processes, lab_traffic, labs

INTERVAL_SECONDS: Final = 0.2
LOSS_PERCENT: Final = 1
_LOOK_SECONDS: Final = 1.0
_NUMBERS: Final = (1, 2)
_PAIR: Final = (1, 1)


@dataclass(slots=True)
class TunnelSeen:
    """What was seen of a tunnel. Times in seconds."""

    renewals: int = 0
    """Child SAs at the gateway that were not there at an earlier look."""
    most_sas: int = 0
    """The most SAs of both kinds that one end had at once."""
    longest_down: float = 0.0
    """The longest time that the API did not call it established, to the resolution of a look."""


@dataclass(slots=True)
class Watch:
    """Looks at both tunnels of a connection again and again."""

    rig: labs.Rig
    peering: labs.Peering
    seen: tuple[TunnelSeen, TunnelSeen] = field(
        default_factory=lambda: (TunnelSeen(), TunnelSeen())
    )
    _up_at: list[float] = field(default_factory=lambda: [time.monotonic()] * 2)
    _known: list[set[str]] = field(default_factory=lambda: [set(), set()])

    def run(self, seconds: float) -> None:
        """Look for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look()
            time.sleep(_LOOK_SECONDS)

    def _look(self) -> None:
        statuses = self.rig.cloud.statuses(self.peering.connection_id)
        now = time.monotonic()
        for index, (tunnel, status) in enumerate(zip(self.seen, statuses, strict=True)):
            if status == lab_cloud.ESTABLISHED:
                self._up_at[index] = now
            tunnel.longest_down = max(tunnel.longest_down, now - self._up_at[index])
            ours, theirs = self.ends(index + 1)
            children = {line.split(",")[0] for line in ours if _is_child(line)}
            new = children - self._known[index]
            tunnel.renewals += len(new) if self._known[index] else 0
            self._known[index] |= children
            tunnel.most_sas = max(tunnel.most_sas, len(ours), len(theirs))

    def ends(self, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read the SAs of a tunnel at the gateway and at the data center."""
        lab = self.rig.lab
        ours = lab_processes.associations(lab, self.peering.tunnel_ids[number - 1])
        return ours, lab_processes.peer_associations(lab, self.peering.site, number)

    def wait_single(self) -> None:
        """Wait until each tunnel has one IKE SA with one child SA at both ends."""

        def look() -> bool:
            seen = [lines for number in _NUMBERS for lines in self.ends(number)]
            if any(_numbers(lines) != _PAIR for lines in seen):
                raise wait.NotYet("\n".join(map(str, seen)))
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS, every=0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What a soak showed."""

    tunnels: tuple[TunnelSeen, TunnelSeen]
    there: list[lab_traffic.FlowReport]
    """Flows from the VPC."""
    back: list[lab_traffic.FlowReport]
    """Flows from the data center."""

    @property
    def longest_gap(self) -> float:
        """The longest time without an answer to any one flow. Units: seconds."""
        return max(flow.gap for flow in (*self.there, *self.back))

    @property
    def lost_share(self) -> float:
        """The share of requests without an answer; each crosses the connection twice."""
        flows = (*self.there, *self.back)
        return sum(flow.lost for flow in flows) / sum(flow.sent for flow in flows)

    def __str__(self) -> str:
        sent = sum(flow.sent for flow in (*self.there, *self.back))
        return (
            f"longest gap {self.longest_gap:.2f} s, {100 * self.lost_share:.2f} % of {sent} "
            f"lost, tunnels {self.tunnels}"
        )


def soak(rig: labs.Rig, peering: labs.Peering, seconds: float) -> Soaked:
    """Lose packets of both tunnels for a while, with small flows both ways.

    Args:
        rig: The lab.
        peering: A connection that is up.
        seconds: How long.
    """
    failover = lab_failover.Failover(rig, peering)
    watch = Watch(rig, peering)
    pace = INTERVAL_SECONDS
    with (
        _lossy(rig, peering),
        failover.echo(),
        failover.flows(interval_seconds=pace) as there,
        rig.flows(peering, interval_seconds=pace) as back,
    ):
        watch.run(seconds)
    rig.wait_up(peering)
    watch.wait_single()
    return Soaked(tunnels=watch.seen, there=there, back=back)


@contextlib.contextmanager
def _lossy(rig: labs.Rig, peering: labs.Peering) -> Iterator[None]:
    with record.locked(rig.directory) as known:
        disruption.lose(known, peering.site, _NUMBERS, LOSS_PERCENT)
    try:
        yield
    finally:
        rig.restore(peering)


def _is_child(line: str) -> bool:
    return ", reqid " in line


def _numbers(lines: tuple[str, ...]) -> tuple[int, int]:
    """Count the IKE SAs and the child SAs of an end."""
    children = sum(map(_is_child, lines))
    return len(lines) - children, children
