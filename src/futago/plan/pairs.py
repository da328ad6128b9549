"""Which one of several IKE SAs of a tunnel stays. Pure.

When both ends start at the same moment, each gets the SA that it started and the one that the
other end started. Both ends see the same SPIs, so both know whose turn it is to clean up first,
and the other end finds nothing left to do.

Whoever cleans up keeps what it has started itself. A peer that replaces duplicates by itself
(strongSwan with `unique=replace`, after 10 s) keeps exactly that one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from futago.plan import observation

CROSSED_WITHIN: Final = timedelta(seconds=5)
"""SAs of about the same age crossed; a much younger one is there because the older ones died."""
FIRST_TURN_SECONDS: Final = 0.3
SECOND_TURN_SECONDS: Final = 2.5
"""Longer than the end whose turn is first needs for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about several IKE SAs."""

    kept: str
    """Unique id of the IKE SA that stays."""
    wait_seconds: float
    """How long the other end gets to do it, or both to finish setting up."""


def carrying(sas: Sequence[observation.IkeSaFacts]) -> list[observation.IkeSaFacts]:
    """Give the IKE SAs that carry traffic."""
    return [sa for sa in sas if sa.is_established and sa.children_installed]


def decide(sas: Sequence[observation.IkeSaFacts]) -> Decision | None:
    """Say which IKE SA stays; None where there is no more than one.

    One without a child SA counts as well, and so does a second child SA: under version 1 a new
    IKE SA takes over the child SAs of an older one, and the two ends may do that differently.
    """
    together = [sa for sa in sas if sa.is_established]
    able = carrying(together)
    if not able or (len(together) == 1 and able[0].children_installed == 1):
        return None
    youngest = min(_age(sa) for sa in able)
    crossed = [sa for sa in able if _age(sa) - youngest <= CROSSED_WITHIN.total_seconds()]
    ours = [sa for sa in crossed if sa.is_ours]
    kept = max(ours or crossed, key=lambda sa: int(sa.unique_id))
    is_our_turn = min(together, key=lambda sa: sa.spi).is_ours
    return Decision(
        kept=kept.unique_id,
        wait_seconds=FIRST_TURN_SECONDS if is_our_turn else SECOND_TURN_SECONDS,
    )


def _age(sa: observation.IkeSaFacts) -> int:
    return sa.established_seconds or 0
