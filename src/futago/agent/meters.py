"""How much goes through a device, over the last seconds. No I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from futago.plan import observation

WINDOW_SECONDS: Final = 5.0
_BITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Bits per second, from the router's point of view."""

    received_bps: int
    sent_bps: int


@dataclass(slots=True)
class Meter:
    """Counters of one device over the window."""

    _readings: deque[tuple[float, observation.DeviceCounters]] = field(default_factory=deque)

    def add(self, seen: observation.DeviceCounters, now: float) -> None:
        """Take a reading at a monotonic time; counters that fell are those of another device."""
        if self._readings and seen.received_bytes < self._readings[-1][1].received_bytes:
            self._readings.clear()
        self._readings.append((now, seen))
        while len(self._readings) > 2 and now - self._readings[1][0] >= WINDOW_SECONDS:
            self._readings.popleft()

    @property
    def load(self) -> Load | None:
        """Give the mean over the window; None before there are two readings."""
        if len(self._readings) < 2:
            return None
        (began, first), (ended, last) = self._readings[0], self._readings[-1]
        seconds = ended - began
        if seconds <= 0:
            return None
        return Load(
            received_bps=int((last.received_bytes - first.received_bytes) * _BITS / seconds),
            sent_bps=int(max(0, last.sent_bytes - first.sent_bytes) * _BITS / seconds),
        )
