"""What is wrong with a tunnel although nothing has failed, and what mends it. Pure.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

SILENT_SECONDS: Final = 5.0
"""A daemon that has not answered for so long is replaced."""
CONNECTING_SECONDS: Final = 40.0
"""Retransmissions of both roles have ended long before."""
MOVED_MIN: Final = 3
"""Packets that entered the device while the SA carried none."""


class Remedy(IntEnum):
    """What is tried, the mildest first."""

    NONE = 0
    REKEY_CHILD = 1
    REESTABLISH = 2
    REPLACE_DAEMON = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What entered a tunnel's device, and what its child SAs carried."""

    entered: int
    """Packets."""
    carried: Mapping[str, int]
    """The daemon's number of each installed child SA to its outbound packets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What the last samples of a tunnel showed."""

    sample: Sample | None = None
    remedy: Remedy = Remedy.NONE
    """What was tried last; none since packets were carried."""


def next_flow(before: Flow, sample: Sample) -> tuple[Flow, Remedy]:
    """Compare a sample with the one before; give what to do now."""
    last = before.sample
    if last is None or not sample.carried or sample.entered - last.entered < MOVED_MIN:
        return replace(before, sample=sample if last is None else last), Remedy.NONE
    newest = max(sample.carried, key=int)
    has_carried = sample.carried[newest] > last.carried.get(newest, 0)
    if has_carried:
        return Flow(sample=sample), Remedy.NONE
    if newest not in last.carried:
        return replace(before, sample=sample), Remedy.NONE
    if before.remedy is Remedy.REPLACE_DAEMON:
        # Nothing helped, so the tunnel is not what is wrong; more would only harm it.
        return replace(before, sample=sample), Remedy.NONE
    remedy = Remedy(before.remedy + 1)
    return Flow(sample=None, remedy=remedy), remedy
