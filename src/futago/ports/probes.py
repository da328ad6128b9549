"""Probes through tunnels: ICMP echo out of a tunnel's device, and the answers to it.

Drivers: Linux, memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from futago.plan import liveness, places

OnAnswer = Callable[[places.TunnelPlace, int, float], None]
"""Called with place, number of the probe, and the monotonic time of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One request through one tunnel."""

    place: places.TunnelPlace
    path: liveness.ProbePath
    number: int
    """From 0 to 65535; answers carry it."""


class Probes(Protocol):
    """Sends probes and hears their answers."""

    def listen(self, on_answer: OnAnswer) -> None:
        """Have answers reported from now on; only what answers a probe of this object is."""

    async def send(self, probe: Probe) -> None:
        """Send a probe; one that cannot be sent is one without an answer, not a fault.

        The source address is given to the tunnel's device if need be; other sources that were
        given for probes go.
        """

    async def close(self) -> None:
        """Stop listening."""
