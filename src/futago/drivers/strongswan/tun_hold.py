"""Lets a daemon's TUN outlive the daemon.

When a TUN vanishes with its process, the kernel flushes every multipath route that has it as a next
hop, whole: until the routing daemon has put it back, the partner tunnel loses packets too. A
persistent TUN stays and only loses its carrier, so the kernel goes on with the other next hop. The
flag is set through a copy of the daemon's own descriptor.
Source: fib_sync_down_dev() in Linux; tun(4); pidfd_getfd(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
from pathlib import Path
from typing import Final

from futago.drivers.strongswan import faults

_PIDFD_GETFD: Final = 438
_TUNSETPERSIST: Final = 0x400454CB
_TUN: Final = "/dev/net/tun"

_libc = ctypes.CDLL(None, use_errno=True)


def hold(pid: int) -> None:
    """Make the TUNs of a process persistent; no-op where they are.

    Raises:
        KernelRefused: The process has ended, or its descriptors cannot be copied.
    """
    try:
        pidfd = os.pidfd_open(pid)
    except OSError as exc:
        raise faults.KernelRefused(f"Daemon {pid} ended while its TUN was set up.") from exc
    try:
        for number in _tun_descriptors(pid):
            copy = _copy(pidfd, number)
            try:
                fcntl.ioctl(copy, _TUNSETPERSIST, 1)
            finally:
                os.close(copy)
    except OSError as exc:
        raise faults.KernelRefused(f"Keeping the TUN of daemon {pid} failed: {exc}.") from exc
    finally:
        os.close(pidfd)


def _tun_descriptors(pid: int) -> list[int]:
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if str(entry.readlink()) == _TUN:
                found.append(int(entry.name))
    return found


def _copy(pidfd: int, number: int) -> int:
    copy = int(_libc.syscall(_PIDFD_GETFD, pidfd, number, 0))
    if copy < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return copy
