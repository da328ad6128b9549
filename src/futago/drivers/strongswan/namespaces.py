"""Doing something inside a network namespace, in a thread of its own.

A namespace belongs to a thread. A fresh thread enters it, works and ends, so no other code ever
finds itself in the wrong namespace. Sockets and processes made there stay there.
Source: setns(2).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from futago.drivers.strongswan import faults

_CLONE_NEWNET: Final = 0x40000000
_DIRECTORY: Final = Path("/run/netns")

_Result = TypeVar("_Result")


def path(name: str) -> Path:
    """Give the file that stands for a namespace."""
    return _DIRECTORY / name


def exists(name: str | None) -> bool:
    """Tell whether a namespace is there."""
    return name is not None and path(name).exists()


async def inside(name: str, work: Callable[[], _Result]) -> _Result:
    """Run a function in a namespace and give its result.

    Raises:
        PlaceMissing: There is no such namespace.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Result] = loop.create_future()

    def deliver(result: _Result | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            _enter(name)
            result = work()
        except BaseException as exc:  # noqa: BLE001 - carried to the waiting task, never dropped
            error = exc
        loop.call_soon_threadsafe(deliver, result, error)

    threading.Thread(target=run, name=f"inside {name}", daemon=True).start()
    return await done


def _enter(name: str) -> None:
    try:
        descriptor = os.open(path(name), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as exc:
        raise faults.PlaceMissing(
            f"Namespace {name} does not exist; create it before the daemon is used.", name=name
        ) from exc
    try:
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise faults.PlaceMissing(
                f"Entering namespace {name} failed: {os.strerror(code)}; the agent needs "
                "CAP_SYS_ADMIN.",
                name=name,
            )
    finally:
        os.close(descriptor)
