"""How long flows are interrupted when a tunnel fails, and what failing back and changes lose.

Several data centers fail side by side, each with flows of its own; a trial is one failure of one of
them. All trials are kept in failover.json, part by part, for the table in docs/.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence

import failover_parts
import failover_trials
import figures
from failover_world import World

Measure = Callable[[World], failover_trials.Trials]

NAMES = (
    "failover.bfd_p50_s",
    "failover.bfd_p99_s",
    "failback.lost_packets",
    "failback.session_p50_s",
    "route.propagation_p50_s",
    "failover.routes_ratio_10000_to_10",
    "change.lost_packets",
    "failover.probe_p99_s",
    "failover.signaled_p99_s",
)


def run(wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Measure the parts whose figures were asked for, in one lab."""
    parts = [each for each in _PARTS if any(wanted(name) for name in each[0])]
    with World.build() as world:
        for names, measure, tell in parts:
            trials = measure(world)
            failover_trials.save(names[0].rpartition("_p")[0] or names[0], trials)
            yield from tell(trials)


def _bfd(trials: failover_trials.Trials) -> Iterator[figures.Figure]:
    gaps = trials["interruption_s"]
    yield _figure("failover.bfd_p50_s", statistics.median(gaps), "s", 0.35)
    yield _figure("failover.bfd_p99_s", max(gaps), "s", 0.5)
    yield _figure("failback.lost_packets", sum(trials["lost_back"]), "packets", 0)
    yield _figure("failback.session_p50_s", statistics.median(trials["session_s"]), "s", 6)


def _propagation(trials: failover_trials.Trials) -> Iterator[figures.Figure]:
    value = statistics.median(trials["propagation_s"])
    yield _figure("route.propagation_p50_s", value, "s", 0.2)


def _ratio(trials: failover_trials.Trials) -> Iterator[figures.Figure]:
    many, few = (statistics.median(trials[f"at_{count}_s"]) for count in (10_000, 10))
    yield _figure("failover.routes_ratio_10000_to_10", many / few, "", 1.2)


_FREE_PER_IKE_SA = 2
"""What may be lost towards the VPC without BGP, for each new IKE SA: the data center sends by it
before the answer that lets the gateway set it up has arrived."""


def _change(trials: failover_trials.Trials) -> Iterator[figures.Figure]:
    free = trials["plain_ike_towards_vpc"]
    judged = [value for name in trials if trials[name] is not free for value in trials[name]]
    beyond = sum(max(0.0, each - _FREE_PER_IKE_SA) for each in free)
    yield _figure("change.lost_packets", sum(judged) + beyond, "packets", 0)


def _probe(trials: failover_trials.Trials) -> Iterator[figures.Figure]:
    yield _figure("failover.probe_p99_s", max(trials["interruption_s"]), "s", 2)


def _signaled(trials: failover_trials.Trials) -> Iterator[figures.Figure]:
    worst = max(trials["closed_s"] + trials["killed_s"])
    yield _figure("failover.signaled_p99_s", worst, "s", 0.2)


def _figure(name: str, value: float, unit: str, goal: float) -> figures.Figure:
    return figures.Figure(name=name, value=value, unit=unit, goal=goal)


Tell = Callable[[failover_trials.Trials], Iterator[figures.Figure]]
_PARTS: Sequence[tuple[Sequence[str], Measure, Tell]] = (
    (NAMES[:4], failover_parts.bfd, _bfd),
    (NAMES[4:5], failover_parts.propagation, _propagation),
    (NAMES[5:6], failover_parts.many_routes, _ratio),
    (NAMES[6:7], failover_parts.change, _change),
    (NAMES[7:8], failover_parts.probe, _probe),
    (NAMES[8:], failover_parts.signaled, _signaled),
)
