"""Waiting for a condition with a deadline, instead of sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    read: Callable[[], Awaitable[T]],
    wanted: Callable[[T], bool],
    within: float = 15.0,
    every: float = 0.02,
) -> T:
    """Read until the value is as wanted, and give it.

    Args:
        read: Observes; changes nothing.
        wanted: Tells whether an observation will do.
        within: Deadline in seconds.
        every: Pause between reads in seconds.
    Raises:
        AssertionError: The deadline passed; shows the last observation.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        seen = await read()
        if wanted(seen):
            return seen
        if loop.time() >= deadline:
            message = f"not within {within} s; last seen: {seen!r}"
            raise AssertionError(message)
        await asyncio.sleep(every)
