"""Keeps the data of every tunnel below what its daemon encrypts, as measured all the time."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Final

from futago.domain import faults, ids
from futago.plan import observation, places, shaping
from futago.ports import network

log = logging.getLogger(__name__)

LOADED_SECONDS: Final = 0.2
"""Between looks at a tunnel that carries much."""
_WORTH_CHANGING: Final = 0.03


@dataclass(slots=True)
class _Meter:
    shape: shaping.Shape
    applied: int = 0
    inside: observation.DeviceCounters | None = None
    outside: observation.DeviceCounters | None = None
    at: float = 0.0
    is_loaded: bool = False


class Shapers:
    """The shapers of a node's tunnels."""

    def __init__(self, kernel: network.Network) -> None:
        self._kernel = kernel
        self._meters: dict[ids.TunnelId, _Meter] = {}

    def renew(self, tunnel_id: ids.TunnelId, ceiling: int) -> None:
        """Note that a tunnel came up: its device may be another one, without a shaper.

        Args:
            tunnel_id: The tunnel.
            ceiling: Bits per second that its bandwidth class allows.
        """
        known = self._meters.get(tunnel_id)
        rate = known.shape.rate if known else shaping.START_RATE
        self._meters[tunnel_id] = _Meter(shaping.Shape(rate=min(rate, ceiling), ceiling=ceiling))

    def forget(self, tunnel_id: ids.TunnelId) -> None:
        """Drop a tunnel that is gone."""
        self._meters.pop(tunnel_id, None)

    def shape(self, tunnel_id: ids.TunnelId) -> shaping.Shape | None:
        """Give what is known of a tunnel's rate; None while it is not shaped."""
        known = self._meters.get(tunnel_id)
        return None if known is None else known.shape

    @property
    def is_loaded(self) -> bool:
        """Tell whether some tunnel carries so much that it has to be looked at often."""
        return any(meter.is_loaded for meter in self._meters.values())

    async def look(self, place: places.TunnelPlace, inside: observation.DeviceCounters) -> None:
        """Measure a tunnel and set its rate.

        Args:
            place: The tunnel.
            inside: Counters of its cleartext device.
        """
        meter = self._meters.get(place.tunnel_id)
        if meter is None:
            return
        before, now = meter.inside, time.monotonic()
        seconds = now - meter.at
        meter.inside, meter.at = inside, now
        try:
            if before is not None:
                await self._measure(meter, place, _Interval(before, inside, seconds))
            await self._set(meter, place)
        except faults.Fault as fault:
            log.info("tunnel not shaped", extra={"code": fault.code, "fault": fault.message})

    async def _measure(self, meter: _Meter, place: places.TunnelPlace, interval: _Interval) -> None:
        if not shaping.is_loaded(meter.shape, interval.load(0)) and meter.outside is None:
            return
        outside = await self._kernel.outside_counters(place)
        earlier, meter.outside = meter.outside, outside
        if outside is None or earlier is None:
            meter.is_loaded = outside is not None
            return
        load = interval.load(outside.sent_packets - earlier.sent_packets)
        meter.shape = shaping.adjust(meter.shape, load)
        meter.is_loaded = shaping.is_loaded(meter.shape, load)
        if not meter.is_loaded:
            meter.outside = None

    async def _set(self, meter: _Meter, place: places.TunnelPlace) -> None:
        rate = meter.shape.rate
        if abs(rate - meter.applied) <= meter.applied * _WORTH_CHANGING:
            return
        await self._kernel.set_rate(place, rate)
        meter.applied = rate


@dataclass(frozen=True, slots=True)
class _Interval:
    before: observation.DeviceCounters
    after: observation.DeviceCounters
    seconds: float

    def load(self, left_packets: int) -> shaping.Load:
        return shaping.Load(
            seconds=self.seconds,
            entered_packets=self.after.sent_packets - self.before.sent_packets,
            entered_bytes=self.after.sent_bytes - self.before.sent_bytes,
            left_packets=left_packets,
        )
