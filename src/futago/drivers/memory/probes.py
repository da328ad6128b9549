"""Probes in memory: a device answers at once, or not at all."""

from __future__ import annotations

import time

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
