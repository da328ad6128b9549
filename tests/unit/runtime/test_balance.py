"""Who accepts the next caller."""

from __future__ import annotations

from futago.runtime import balance


def test_whoever_has_the_fewest_accepts() -> None:
    counts = balance.Counts(2)
    callers = [0, 0]
    turns = [balance.Turn(counts, each, lambda each=each: callers[each]) for each in range(2)]
    assert turns[0].take()
    callers[0] = 1
    assert not turns[0].take()
    assert turns[1].take()
    callers[1] = 1
    turns[1].tell()
    assert turns[0].take()


def test_a_caller_whom_nobody_else_takes_is_not_left_waiting() -> None:
    counts = balance.Counts(2)
    turn = balance.Turn(counts, 0, lambda: 5)
    assert any(turn.take() for _ in range(50))
