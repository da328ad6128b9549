"""Which of the routes to one prefix forwards: the order that the routing daemon is configured with.

The daemon chooses by itself, from what its sources and sessions offer at that moment. This function
says the same of what the control plane knows, so that every route of a table has a status without a
report of the daemon. A test with the real daemon holds both together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, assert_never

from futago.domain import status


class RouteSource(IntEnum):
    """Where a route of a table comes from; lower wins."""

    ENTRY = 0
    """A static entry of the table itself."""
    VPC = 1
    DESTINATION = 2
    """A destination route of a connection."""
    BGP = 3


DEFAULT_PREFERENCE: Final = 50
"""Of a route that no policy has touched. Source: vendor operation CreateCenRouteMap, Preference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of the routes to a prefix."""

    source: RouteSource
    is_usable: bool = True
    """Something carries it: a VPC, a blackhole, or a tunnel with an installed child SA."""
    is_refused: bool = False
    """The peer sent it and a rule forbids it."""
    path_length: int = 0
    """AS numbers on the way; 0 without BGP."""

    @property
    def rank(self) -> tuple[int, int]:
        """Lower wins; equal ones share the traffic."""
        return self.source, self.path_length


def select(candidates: Sequence[Candidate]) -> tuple[status.EntryStatus, ...]:
    """Say of each route to one prefix whether it forwards.

    A static entry that nothing carries is active as long as nothing else takes its prefix: it is
    what the table has for it, and its traffic is refused.

    Args:
        candidates: All routes of one table to one prefix.
    Returns:
        Their status, in the same order.
    """
    ranks = [each.rank for each in candidates if each.is_usable and not each.is_refused]
    best = min(ranks, default=None)
    return tuple(_status(each, best) for each in candidates)


def preference(source: RouteSource) -> int:
    """Give the preference that a route of a source is shown with; lower wins, 1 to 100."""
    match source:
        case RouteSource.ENTRY:
            return 20
        case RouteSource.VPC:
            return 30
        case RouteSource.DESTINATION:
            return 40
        case RouteSource.BGP:
            return DEFAULT_PREFERENCE
        case _:
            assert_never(source)


def _status(candidate: Candidate, best: tuple[int, int] | None) -> status.EntryStatus:
    if candidate.is_refused:
        return status.EntryStatus.REJECTED
    if best is None:
        return status.EntryStatus.ACTIVE
    forwards = candidate.is_usable and candidate.rank == best
    return status.EntryStatus.ACTIVE if forwards else status.EntryStatus.SHADOWED
