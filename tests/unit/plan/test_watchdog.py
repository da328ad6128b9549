"""Packets that enter a tunnel and are not carried call for stronger and stronger remedies."""

from __future__ import annotations

from futago.plan import watchdog
from futago.plan.watchdog import Remedy, Sample


def remedies(*samples: Sample) -> list[Remedy]:
    flow, found = watchdog.Flow(), []
    for sample in samples:
        flow, remedy = watchdog.next_flow(flow, sample)
        found.append(remedy)
    return found


def test_a_counter_that_moves_is_fine() -> None:
    samples = [Sample(entered=10 * n, carried={"1": 10 * n}) for n in range(5)]
    assert remedies(*samples) == [Remedy.NONE] * 5


def test_a_frozen_counter_is_remedied_more_strongly_each_time_and_then_left_alone() -> None:
    samples = [Sample(entered=10 * n, carried={"1": 7}) for n in range(12)]
    assert [each for each in remedies(*samples) if each] == [
        Remedy.REKEY_CHILD,
        Remedy.REESTABLISH,
        Remedy.REPLACE_DAEMON,
    ]


def test_after_packets_were_carried_the_mildest_remedy_comes_first_again() -> None:
    frozen = [Sample(entered=10 * n, carried={"1": 7}) for n in range(4)]
    well = [Sample(entered=100 + 10 * n, carried={"2": 10 * n}) for n in range(2)]
    again = [Sample(entered=200 + 10 * n, carried={"2": 10}) for n in range(2)]
    assert [each for each in remedies(*frozen, *well, *again) if each] == [
        Remedy.REKEY_CHILD,
        Remedy.REESTABLISH,
        Remedy.REKEY_CHILD,
    ]


def test_a_few_packets_or_another_child_sa_prove_nothing() -> None:
    few = [Sample(entered=n, carried={"1": 7}) for n in (0, 1, 2)]
    assert remedies(*few) == [Remedy.NONE] * 3
    other = [Sample(entered=10 * n, carried={str(n): 0}) for n in range(1, 5)]
    assert remedies(*other) == [Remedy.NONE] * 4
    down = [Sample(entered=10 * n, carried={}) for n in range(3)]
    assert remedies(*down) == [Remedy.NONE] * 3
