"""Samples of tunnels for charts: a minute each, put together into longer steps. Pure.

A sample keeps the counters as they stood at its end. What passed is the difference to the sample a
minute before; where that one is missing nobody knows, and a gap stays a gap. A counter that is
lower than before has begun anew, since devices come and go with their daemons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import groupby, pairwise
from typing import Final

MINUTE_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Traffic of a tunnel, from the router's point of view."""

    received_bytes: int
    sent_bytes: int
    received_packets: int
    sent_packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One minute of one tunnel."""

    minute: int
    """Minutes since 1970 in UTC."""
    counters: Counters
    """Since the device exists, at the end of the minute."""
    round_trip_us: int | None
    """Mean, in microseconds; None: not measured."""
    loss_permille: int | None
    up_permille: int | None
    """Share of the minute in which the tunnel was up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One step of a chart."""

    minute: int
    """Its first, in minutes since 1970."""
    passed: Counters | None
    """None: no two samples in a row tell it."""
    covered_seconds: int
    """Of the step, by `passed`; rates divide by it."""
    round_trip_us: int | None
    loss_permille: int | None
    up_permille: int | None


def points(samples: Sequence[Sample], *, first: int, step: int) -> tuple[Point, ...]:
    """Put samples together.

    Args:
        samples: By minute; those before `first` serve as the beginning of a difference only.
        first: Where the first step begins, in minutes since 1970.
        step: Minutes of a step.
    Returns:
        Steps with at least one sample, in order.
    """
    passed = {later.minute: _difference(earlier, later) for earlier, later in pairwise(samples)}
    wanted = (sample for sample in samples if sample.minute >= first)
    found: list[Point] = []
    for number, members in groupby(wanted, key=lambda sample: (sample.minute - first) // step):
        inside = list(members)
        known = [each for each in map(passed.get, (s.minute for s in inside)) if each is not None]
        found.append(
            Point(
                minute=first + number * step,
                passed=_sum(known) if known else None,
                covered_seconds=MINUTE_SECONDS * len(known),
                round_trip_us=_mean(each.round_trip_us for each in inside),
                loss_permille=_mean(each.loss_permille for each in inside),
                up_permille=_mean(each.up_permille for each in inside),
            )
        )
    return tuple(found)


def _difference(earlier: Sample, later: Sample) -> Counters | None:
    if later.minute - earlier.minute != 1:
        return None
    before, now = list(_values(earlier.counters)), list(_values(later.counters))
    is_anew = any(after < former for former, after in zip(before, now, strict=True))
    if is_anew:
        return later.counters
    return _counters(after - former for former, after in zip(before, now, strict=True))


def _sum(several: Sequence[Counters]) -> Counters:
    return _counters(map(sum, zip(*map(_values, several), strict=True)))


def _values(counters: Counters) -> Iterator[int]:
    return (getattr(counters, field.name) for field in fields(Counters))


def _counters(values: Iterable[int]) -> Counters:
    received_bytes, sent_bytes, received_packets, sent_packets = values
    return Counters(
        received_bytes=received_bytes,
        sent_bytes=sent_bytes,
        received_packets=received_packets,
        sent_packets=sent_packets,
    )


def _mean(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known)) if known else None
