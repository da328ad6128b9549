"""Who accepts the next caller."""

from __future__ import annotations

import socket

import pytest

from futago.runtime import balance, listeners


def test_whoever_has_the_fewest_accepts() -> None:
    counts = balance.Counts(2)
    one, other = (balance.Turn(counts, each) for each in range(2))
    assert one.take()
    held = one.keep(socket.socket())
    assert not one.take()
    assert other.take()
    other.keep(socket.socket()).close()
    assert not one.take()
    held.close()
    held.close()
    assert (one.callers, other.callers) == (0, 0)
    assert one.take()


def test_a_caller_whom_nobody_else_takes_is_not_left_waiting() -> None:
    counts = balance.Counts(2)
    turn = balance.Turn(counts, 0)
    with turn.keep(socket.socket()):
        assert any(turn.take() for _ in range(50))


def test_a_successor_begins_without_the_callers_of_the_one_that_died() -> None:
    counts = balance.Counts(2)
    with balance.Turn(counts, 0).keep(socket.socket()):
        assert balance.Turn(counts, 0).callers == 0
        assert counts.fewest() == 0
        other = balance.Turn(counts, 1)
        with other.keep(socket.socket()):
            assert not other.take()


def test_a_caller_counts_at_once_when_it_is_accepted() -> None:
    counts = balance.Counts(2)
    with listeners.open_tcp("127.0.0.1", 0) as tcp:
        tcp.turn = balance.Turn(counts, 0)
        address = tcp.getsockname()
        with socket.create_connection(address, 30), socket.create_connection(address, 30):
            accepted, _ = tcp.accept()
            # Its server has had no chance to notice, and the other process has nobody.
            with accepted, pytest.raises(BlockingIOError):
                tcp.accept()
            second, _ = tcp.accept()
            second.close()
