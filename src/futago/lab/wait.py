"""Waiting for a condition with a deadline.

Reads go inside the check, changes never do: a check may run any number of times.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from futago.domain import faults

_Observation = TypeVar("_Observation")


class NotYet(Exception):  # noqa: N818 - a check says it, nobody else sees it
    """Raised by a check that has something better to say than a false value."""


class TooLate(faults.Unavailable):
    """The condition did not come true in time; the message shows the last observation."""

    code = "Lab.TooLate"


def eventually(
    check: Callable[[], _Observation], *, within: float, every: float = 0.05
) -> _Observation:
    """Repeat a check until it gives something true, and return that.

    Args:
        check: Gives a true value, gives a false one, or raises `NotYet` or `AssertionError`.
        within: Deadline.
        every: Pause between two checks.
    Raises:
        TooLate: The deadline passed.
    Units: seconds.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            last: object = check()
            if last:
                return last  # type: ignore[return-value]  # the value just observed
        except (NotYet, AssertionError) as exc:
            last = exc
        if time.monotonic() >= deadline:
            raise TooLate(f"Not within {within:g} s; last seen: {last!r}")
        time.sleep(every)
