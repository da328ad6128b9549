"""Daemon processes that outlive the agent, found again without confusing recycled ids.

A daemon is identified by process id and start time, kept in a file; its environment proves that it
is ours. It is a session leader of its own with no tie to the agent: the agent may be killed at any
moment. While the agent lives it reaps its own children, so a dead daemon leaves no zombie.
Source: proc(5), pidfd_open(2).
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from futago.drivers.strongswan import faults, files, namespaces

_ENVIRONMENT_KEY: Final = "STRONGSWAN_CONF"
_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
_STATE_FIELD: Final = 0
_START_TIME_FIELD: Final = 19
"""Positions behind the command's name in /proc/PID/stat."""


@dataclass(frozen=True, slots=True)
class ProcessKey:
    """A process that no later one can be mistaken for."""

    pid: int
    start_time: int
    """Clock ticks since boot."""


class DaemonProcess:
    """A running daemon, watched through a pidfd."""

    def __init__(self, key: ProcessKey, pidfd: int) -> None:
        self.key = key
        self._pidfd = pidfd
        self._ended = asyncio.Event()
        self._on_end: Callable[[], None] | None = None
        asyncio.get_running_loop().add_reader(pidfd, self._end)

    def when_ended(self, callback: Callable[[], None] | None) -> None:
        """Call back once the process ends; None for no longer."""
        self._on_end = callback

    @property
    def is_running(self) -> bool:
        """Tell whether the process lives; a zombie does not."""
        return not self._ended.is_set() and _key_of(self.key.pid) == self.key

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this very process; no-op when it is gone."""
        if self._ended.is_set():
            return
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            return

    async def ended(self, within_seconds: float) -> bool:
        """Wait for the end; tell whether it came in time."""
        try:
            async with asyncio.timeout(within_seconds):
                await self._ended.wait()
        except TimeoutError:
            return False
        return True

    def release(self) -> None:
        """Stop watching; the process goes on."""
        if self._pidfd >= 0:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1

    def _end(self) -> None:
        _reap(self._pidfd)
        self.release()
        self._ended.set()
        if self._on_end is not None:
            self._on_end()


def find(paths: files.Files) -> DaemonProcess | None:
    """Find the daemon that runs with a configuration, if any."""
    key = _read_key(paths.pid)
    if key is not None:
        found = _open(key)
        if found is not None and _is_ours(key.pid, paths.configuration):
            return found
        if found is not None:
            found.release()
    return None


def find_unrecorded(paths: files.Files) -> DaemonProcess | None:
    """Search all processes: an agent may have died before it wrote the id of what it started."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _is_ours(int(entry.name), paths.configuration):
            key = _key_of(int(entry.name))
            found = None if key is None else _open(key)
            if found is not None:
                _write_key(paths.pid, found.key)
                return found
    return None


async def spawn(executable: Path, paths: files.Files, namespace: str) -> DaemonProcess:
    """Start a daemon in a namespace, in a session of its own."""
    pid = await namespaces.inside(namespace, lambda: _spawn(executable, paths))
    key = _key_of(pid)
    found = None if key is None else _open(key)
    if found is None:
        _reap_pid(pid)
        raise faults.StartFailed(
            f"{executable} ended at once; see {paths.output} for what it printed.", pid=pid
        )
    _write_key(paths.pid, found.key)
    return found


def _spawn(executable: Path, paths: files.Files) -> int:
    output_flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        return os.posix_spawn(
            executable,
            [str(executable)],
            {"PATH": _PATH, _ENVIRONMENT_KEY: str(paths.configuration)},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(paths.output), output_flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
        )
    except OSError as exc:
        raise faults.StartFailed(
            f"{executable} cannot be run: {exc.strerror}; install strongSwan's charon-systemd.",
            executable=str(executable),
        ) from exc


def _open(key: ProcessKey) -> DaemonProcess | None:
    try:
        pidfd = os.pidfd_open(key.pid)
    except ProcessLookupError:
        return None
    if _key_of(key.pid) != key:
        _reap(pidfd)
        os.close(pidfd)
        return None
    return DaemonProcess(key, pidfd)


def _reap(pidfd: int) -> None:
    try:
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return  # an earlier agent's child: init reaps it


def _reap_pid(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _key_of(pid: int) -> ProcessKey | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    behind_name = stat.rpartition(")")[2].split()
    if behind_name[_STATE_FIELD] in {"Z", "X"}:
        return None
    return ProcessKey(pid=pid, start_time=int(behind_name[_START_TIME_FIELD]))


def _is_ours(pid: int, configuration: Path) -> bool:
    wanted = f"{_ENVIRONMENT_KEY}={configuration}".encode()
    try:
        return wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _read_key(path: Path) -> ProcessKey | None:
    try:
        pid, start_time = path.read_text().split()
        return ProcessKey(pid=int(pid), start_time=int(start_time))
    except (FileNotFoundError, ValueError):
        return None


def _write_key(path: Path, key: ProcessKey) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(f"{key.pid} {key.start_time}\n")
    draft.replace(path)
