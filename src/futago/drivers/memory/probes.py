"""Probes in memory: a device answers at once, or not at all."""

from __future__ import annotations

import time
from collections.abc import Mapping

from futago.domain import ids
from futago.plan import liveness
from futago.ports import probes as probes_port


class MemoryProbes:
    """Implements `ports.probes.Probes`; tests say which devices answer."""

    def __init__(self) -> None:
        self.silent: set[str] = set()
        """Devices whose probes are lost."""
        self.sent: list[probes_port.Probe] = []
        self._on_answer: probes_port.OnAnswer | None = None

    def listen(self, on_answer: probes_port.OnAnswer) -> None:
        """Have answers reported from now on."""
        self._on_answer = on_answer

    async def send(self, probe: probes_port.Probe) -> None:
        """Answer a probe, unless its device is silent."""
        self.sent.append(probe)
        if probe.place.device not in self.silent and self._on_answer is not None:
            self._on_answer(probe.place, probe.number, time.monotonic())

    async def close(self) -> None:
        """Stop listening."""
        self._on_answer = None


class MemoryVerdicts:
    """Implements `ports.verdicts.VerdictMemory`; give the same one to a later agent."""

    def __init__(self) -> None:
        self._known: dict[ids.TunnelId, liveness.Remembered] = {}

    def known(self) -> Mapping[ids.TunnelId, liveness.Remembered]:
        """Give what was kept last."""
        return dict(self._known)

    def keep(self, verdicts: Mapping[ids.TunnelId, liveness.Remembered]) -> None:
        """Keep this instead of what was there."""
        self._known = dict(verdicts)
