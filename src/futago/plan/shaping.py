"""How fast data may enter a tunnel, so that it never waits inside the daemon. Pure.

The daemon of a userspace tunnel takes packets faster than it encrypts them and keeps the rest in a
queue without end. A flood then makes everything wait for seconds, sessions of BGP and BFD included.
So data waits before the tunnel instead, in a short queue that control packets do not stand in, and
enters at a rate below what the daemon gets done. That rate is measured, not configured: what has
entered and has not come out again is the daemon's queue; as soon as it is longer than a blink, what
comes out is the capacity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

START_RATE: Final = 100_000_000
"""Bits per second before anything is measured: below what one core encrypts."""
RATE_MIN: Final = 5_000_000
RATE_MAX: Final = 10_000_000_000
"""Where no ceiling is lower."""
DELAY_MAX: Final = 0.05
"""Seconds that a packet may wait inside the daemon. Once is jitter, twice in a row is a queue."""
_BUSY: Final = 0.7
"""A shaper that passes this share of its rate is holding traffic back, or soon will be."""
_BACK_OFF: Final = 0.85
_DRAIN: Final = 0.5
"""After a long queue has built up: faster than it came."""
_LONG_DELAY: Final = 0.15
_GROWTH: Final = 1.1
_CAREFUL_GROWTH: Final = 1.01
_EVEN: Final = 1.02
_NEAR: Final = 0.85
_FORGET_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What went through a tunnel in an interval."""

    seconds: float
    entered_packets: int
    entered_bytes: int
    left_packets: int
    """Encrypted packets on the outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The rate of one tunnel, and what it is known by."""

    rate: int = START_RATE
    """Bits per second of data, before encryption."""
    ceiling: int = RATE_MAX
    """What the rate never exceeds, however fast the daemon is: the tunnel's bandwidth class."""
    backlog: int = 0
    """Packets inside the daemon."""
    delay: float = 0.0
    """Seconds that the last of them waits."""
    capacity: float | None = None
    """Bits per second that the daemon got done when it was last seen to fall behind."""
    measured_ago: float = 0.0
    was_cut: bool = False
    """The last interval began with a lower rate, so that a queue had to shrink in it."""


def is_loaded(shape: Shape, load: Load) -> bool:
    """Tell whether a tunnel carries so much that its queue is worth looking at."""
    return shape.backlog > 0 or _rate(load) > shape.rate * _BUSY / 2


def adjust(before: Shape, load: Load) -> Shape:
    """Give the rate for the next interval."""
    if load.seconds <= 0:
        return before
    # IKE packets come out without having entered: the queue is never shorter than empty.
    backlog = max(0, before.backlog + load.entered_packets - load.left_packets)
    if before.was_cut and backlog and load.left_packets <= load.entered_packets * _EVEN + 2:
        # What does not drain though less comes than goes is no queue: it was dropped on the way.
        backlog = 0
    ago = before.measured_ago + load.seconds
    known = None if ago > _FORGET_SECONDS else before.capacity
    delay = _delay(backlog, load)
    if delay > _LONG_DELAY or min(delay, before.delay) > DELAY_MAX:
        done = _done(load)
        share = _DRAIN if delay > _LONG_DELAY else _BACK_OFF
        rate = _bounded(min(before.rate, done * share), before.ceiling)
        return Shape(
            rate=rate,
            ceiling=before.ceiling,
            backlog=backlog,
            delay=delay,
            capacity=done,
            was_cut=True,
        )
    rate = before.rate
    if delay <= DELAY_MAX and _rate(load) > rate * _BUSY:
        is_near = known is not None and rate > known * _NEAR
        rate = _bounded(rate * (_CAREFUL_GROWTH if is_near else _GROWTH), before.ceiling)
    return Shape(
        rate=rate,
        ceiling=before.ceiling,
        backlog=backlog,
        delay=delay,
        capacity=known,
        measured_ago=ago,
    )


def _delay(backlog: int, load: Load) -> float:
    """Seconds that the last packet of a queue waits."""
    if backlog <= 1:
        return 0.0
    if load.left_packets <= 0:
        return load.seconds
    return backlog * load.seconds / load.left_packets


def _done(load: Load) -> float:
    """Bits per second that came out, as the size before encryption."""
    if load.entered_packets <= 0:
        return 0.0
    mean_bytes = load.entered_bytes / load.entered_packets
    return load.left_packets * mean_bytes * 8 / load.seconds


def _rate(load: Load) -> float:
    return load.entered_bytes * 8 / load.seconds if load.seconds > 0 else 0.0


def _bounded(rate: float, ceiling: int) -> int:
    return int(min(ceiling, max(RATE_MIN, rate)))
