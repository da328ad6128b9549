"""What processes use, read from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from futago.lab import netns, record, teardown

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12
"""Positions behind the command's name in /proc/PID/stat. Source: proc(5)."""


def of_control_plane(lab: record.Lab) -> dict[str, list[int]]:
    """Find API, controller, agent and supervisor by their role, each with all its processes."""
    found: dict[str, list[int]] = {}
    for pid in teardown.processes_naming(str(lab.settings_file)):
        words = (_PROC / str(pid) / "cmdline").read_text().split("\0")
        found.setdefault(words[words.index("futago") + 1], []).append(pid)
    return found


def in_namespaces(names: Collection[str]) -> list[int]:
    """List the processes inside namespaces, in one pass over all processes."""
    inodes = {(netns.DIRECTORY / name).stat().st_ino for name in names}
    found = []
    for each in _PROC.iterdir():
        if each.name.isdigit():
            # Processes end meanwhile, and not every one shows its namespaces.
            with contextlib.suppress(OSError):
                if (each / "ns" / "net").stat().st_ino in inodes:
                    found.append(int(each.name))
    return found


def of_gateway(lab: record.Lab) -> list[int]:
    """List the daemons of the gateway: those of tunnels and of routers."""
    spaces = [name for letter in "tr" for name in netns.with_prefix(f"{lab.mark}-{letter}-")]
    return in_namespaces(spaces)


def family(pid: int) -> list[int]:
    """List a process and all that it has started."""
    children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Sum up the processor time that processes have used so far."""
    ticks = 0
    for pid in pids:
        words = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        ticks += int(words[_UTIME]) + int(words[_STIME])
    return ticks / _TICKS_PER_SECOND


def pss_mib(pids: Iterable[int]) -> float:
    """Sum up proportional set sizes: shared pages count by share."""
    kib = 0
    for pid in pids:
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kib += int(line.split()[1])
    return kib / 1024
