"""Removing a lab: from its directory, from its mark, or after a crash.

Order: the control plane (it would repair what goes), then every process inside a namespace of the
mark, then the namespaces. Only what carries the mark is touched.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from futago.lab import netns, record, registry, wait
from futago.plan import places

_CONTROL_SECONDS: Final = 15.0


def remove(mark: str) -> None:
    """Remove everything of a lab but its directory."""
    directory = registry.directory_of(places.check_mark(mark))
    if directory is not None:
        end_control(directory)
    spaces = netns.with_prefix(f"{mark}-")
    netns.end_processes(spaces)
    for name in spaces:
        netns.delete(name)
    registry.release(mark)


def end_control(directory: Path) -> None:
    """End the control plane that was started with a lab's settings, its parent process first."""
    settings = str(directory / "futago.toml")
    for number in (signal.SIGTERM, signal.SIGKILL):
        found = processes_naming(settings)
        heads = [pid for pid in found if parent_of(pid) not in found]
        for pid in heads if number is signal.SIGTERM else found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        with contextlib.suppress(wait.TooLate):
            wait.eventually(lambda: not processes_naming(settings), within=_CONTROL_SECONDS)
            return


def parent_of(pid: int) -> int:
    """Give the parent of a process; 0 when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(text.rpartition(")")[2].split()[1])


def processes_naming(argument: str) -> list[int]:
    """List the processes that have exactly this argument, without this one."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            with contextlib.suppress(OSError):
                arguments = (each / "cmdline").read_bytes().split(b"\0")
                if argument.encode() in arguments:
                    found.append(int(each.name))
    return found


def forget(directory: Path, *, keeps_log: bool) -> None:
    """Remove a lab's files, and its directory when nothing else is in it."""
    logs = () if keeps_log else ("futago.log", "disturber.log")
    for name in (record.FILE, ".lock", "futago.toml", *logs):
        (directory / name).unlink(missing_ok=True)
    for name in ("state", "sites"):
        shutil.rmtree(directory / name, ignore_errors=True)
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


def stale() -> Iterable[str]:
    """List the marks of labs whose directory or control plane is gone."""
    for mark in registry.marks():
        directory = registry.directory_of(mark)
        if directory is None or not is_alive(directory):
            yield mark


def is_alive(directory: Path) -> bool:
    """Tell whether the control plane of a lab runs."""
    has_record = (directory / record.FILE).exists()
    return has_record and bool(processes_naming(str(directory / "futago.toml")))
