"""Visits to the namespaces of tunnels and routers, with this driver's faults."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from futago.drivers.strongswan import faults
from futago.drivers.system import visits

_DIRECTORY: Final = Path("/run/netns")
_SECONDS: Final = 10.0

T = TypeVar("T")


def path(name: str) -> Path:
    """Give the file that stands for a namespace."""
    return _DIRECTORY / name


def exists(name: str | None) -> bool:
    """Tell whether a namespace is there."""
    return name is not None and path(name).exists()


async def inside(name: str, work: Callable[[], T]) -> T:
    """Run a function in a namespace and give its result.

    Raises:
        PlaceMissing: There is no such namespace.
        KernelRefused: The work failed there, or did not end in time.
    """
    try:
        handle = os.open(path(name), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as exc:
        raise faults.PlaceMissing(
            f"Namespace {name} does not exist; create it before the daemon is used.", name=name
        ) from exc
    try:
        async with asyncio.timeout(_SECONDS):
            return await visits.visit(handle, work)
    except (TimeoutError, OSError) as exc:
        raise faults.KernelRefused(
            f"Work inside namespace {name} failed: {exc!r}; run the agent as root.", name=name
        ) from exc
    finally:
        os.close(handle)
