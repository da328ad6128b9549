"""Named network namespaces, and work done inside them.

A thread can enter a namespace, but a pooled thread would stay there for its next, unrelated work.
So every visit has a thread of its own that ends with it. What it opened (a netlink socket, a file
of `/proc`) stays bound to the namespace it was opened in.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from futago.drivers.system import visits
from futago.ports import network

T = TypeVar("T")
NetlinkPair = tuple[socket.socket, socket.socket]

DIRECTORY: Final = Path("/run/netns")
_OWN = Path("/proc/thread-self/ns/net")
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_SHARED = 1 << 20
_MNT_DETACH = 2
_SECONDS = 10.0

_libc = ctypes.CDLL(None, use_errno=True)


def names() -> frozenset[str]:
    """Names of all namespaces; a name without a namespace mounted on it does not count."""
    device = _OWN.stat().st_dev
    found = set()
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(DIRECTORY):
            with contextlib.suppress(FileNotFoundError):
                if entry.stat().st_dev == device:
                    found.add(entry.name)
    return frozenset(found)


def identity(name: str | None) -> int | None:
    """Number of the namespace behind a name (None: our own); None where there is no such name.

    A name that was deleted and made again gets another number.
    """
    try:
        found = (_OWN if name is None else DIRECTORY / name).stat()
    except FileNotFoundError:
        return None
    return found.st_ino if found.st_dev == _OWN.stat().st_dev else None


def open_handle(name: str) -> int:
    """Open a descriptor of a namespace; the caller closes it.

    Raises:
        NamespaceMissing: There is no such namespace.
    """
    if identity(name) is None:
        raise network.NamespaceMissing(
            f"Namespace {name} does not exist; create it first.", namespace=name
        )
    return os.open(DIRECTORY / name, os.O_RDONLY | os.O_CLOEXEC)


async def inside(name: str | None, work: Callable[[], T]) -> T:
    """Run blocking work inside a namespace (None: our own), in a thread that ends with it."""
    if name is None:
        return await _guarded(visits.visit(None, work))
    handle = open_handle(name)

    try:
        return await _guarded(visits.visit(handle, work))
    finally:
        os.close(handle)


async def create_unnamed(sysctls: Mapping[str, str]) -> tuple[int, NetlinkPair]:
    """Make a namespace that has no name yet.

    Returns:
        Descriptor of the namespace, and netlink sockets inside it.
    """

    def work() -> tuple[int, NetlinkPair]:
        _checked(_libc.unshare(visits.CLONE_NEWNET), "make a namespace")
        write_sysctls(sysctls)
        return os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC), open_netlink()

    return await _guarded(visits.visit(None, work))


def give_name(handle: int, name: str) -> None:
    """Give a namespace its name; from now on it exists for everybody.

    Source: iproute2 `ip netns attach`, for the shared mount of the directory.
    """
    DIRECTORY.mkdir(mode=0o755, parents=True, exist_ok=True)
    shared = _MS_SHARED | _MS_REC
    if _libc.mount(b"none", os.fsencode(DIRECTORY), b"none", shared, None) != 0:
        # Not a mount of its own yet.
        _mount(str(DIRECTORY), DIRECTORY, _MS_BIND | _MS_REC)
        _mount("none", DIRECTORY, shared)
    path = DIRECTORY / name
    path.touch(mode=0o444)
    _mount(f"/proc/self/fd/{handle}", path, _MS_BIND)


def delete(name: str) -> None:
    """Take a namespace's name away; it ends with the last process and socket in it."""
    path = DIRECTORY / name
    # No error where nothing is mounted: then only the file is left to remove.
    _libc.umount2(os.fsencode(path), _MNT_DETACH)
    path.unlink(missing_ok=True)


def open_netlink() -> NetlinkPair:
    """Open two routing netlink sockets in the namespace of this thread: for requests, for dumps."""
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
    return (
        socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE),
        socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE),
    )


def write_sysctls(values: Mapping[str, str]) -> None:
    """Write kernel settings of this thread's namespace; IPv6 may be absent.

    Args:
        values: Path below `/proc/sys/net` to value.
    """
    for path, value in values.items():
        file = Path("/proc/sys/net") / path
        if path.startswith("ipv6/") and not file.exists():
            continue
        file.write_text(value)


def _mount(source: str, target: Path, flags: int) -> None:
    done = _libc.mount(os.fsencode(source), os.fsencode(target), b"none", flags, None)
    _checked(done, f"mount {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise network.KernelRefused(
            f"The kernel refused to {what}: {os.strerror(number)}; run the agent as root.",
            errno=number,
        )


async def _guarded(visiting: Awaitable[T]) -> T:
    """Give a visit a deadline, and its errors this driver's words."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await visiting
    except TimeoutError as exc:
        raise network.KernelRefused(
            f"Work inside a namespace did not end within {_SECONDS:g} s."
        ) from exc
    except OSError as exc:
        raise network.KernelRefused(
            f"The kernel refused work inside a namespace: {exc}; run the agent as root.",
            errno=exc.errno or 0,
        ) from exc
