"""Doing something inside a network namespace, in a thread that ends with it.

A namespace belongs to a thread, and a pooled thread would stay there for its next, unrelated work.
So every visit has a fresh thread. What it opens or starts there (a netlink socket, a file of
`/proc`, a process) stays bound to that namespace.
Source: setns(2).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import threading
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

CLONE_NEWNET: Final = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def enter(handle: int) -> None:
    """Move this thread into the namespace behind a descriptor.

    Raises:
        OSError: The kernel refused; as a rule CAP_SYS_ADMIN is missing.
    """
    if _libc.setns(handle, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


async def visit(handle: int | None, work: Callable[[], T]) -> T:
    """Run blocking work in the namespace behind a descriptor (None: our own), in a fresh thread.

    Errors of the work come through as they are; the caller owns the descriptor.
    """

    def run() -> T:
        if handle is not None:
            enter(handle)
        return work()

    return await in_own_thread(run)


def in_own_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Start work in a thread that ends with it; its result or error comes through the future."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def succeed(result: T) -> None:
        if not future.done():
            future.set_result(result)

    def fail(error: BaseException) -> None:
        if not future.done():
            future.set_exception(error)

    def run() -> None:
        try:
            result = work()
        except BaseException as exc:  # noqa: BLE001 - handed to the awaiting task as it is
            loop.call_soon_threadsafe(fail, exc)
        else:
            loop.call_soon_threadsafe(succeed, result)

    threading.Thread(target=run, name="namespace-visit", daemon=True).start()
    return future
