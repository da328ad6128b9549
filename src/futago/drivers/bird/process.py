"""A BIRD process: found by its pid file, recognized by its command line, watched by a pidfd.

BIRD detaches itself, so it outlives the agent and belongs to nobody's children. A recycled pid is
never taken for it, because the path of the pid file is part of its command line.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from futago.drivers.bird import control, keys
from futago.ports import network, routing
from futago.protocols.bird import sessions

CONFIG_FILE: Final = "bird.conf"
PID_FILE: Final = "bird.pid"
NAMESPACES: Final = Path("/run/netns")
_LAUNCH_SECONDS = 10


def find(directory: Path) -> int | None:
    """Pid of the BIRD that runs in a directory, or None."""
    try:
        pid = int((directory / PID_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return pid if _is_ours(pid, directory) else None


def open_pidfd(directory: Path) -> int | None:
    """Open a pidfd of the BIRD that runs in a directory; the caller closes it."""
    pid = find(directory)
    if pid is None:
        return None
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    if _is_ours(pid, directory):
        return handle
    os.close(handle)
    return None


async def wait_gone(pidfd: int) -> None:
    """Return when the process behind a pidfd has ended."""
    loop = asyncio.get_running_loop()
    gone = loop.create_future()
    loop.add_reader(pidfd, lambda: None if gone.done() else gone.set_result(None))
    try:
        await gone
    finally:
        loop.remove_reader(pidfd)


def kill(pidfd: int) -> None:
    """End the process behind a pidfd at once."""
    try:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    except ProcessLookupError:
        return  # it was faster


async def launch(directory: Path, namespace: str) -> None:
    """Start BIRD in a namespace; it detaches once it has read its configuration.

    Raises:
        NamespaceMissing: There is no such namespace.
        DaemonFailed: BIRD ended with an error, or did not detach in time.
    """
    path = NAMESPACES / namespace
    if not path.exists():
        raise network.NamespaceMissing(
            f"Namespace {namespace} does not exist; create it before its routing daemon.",
            namespace=namespace,
        )
    enter = ("nsenter", f"--net={path}", f"--wd={directory}")
    arguments = ("-c", CONFIG_FILE, "-s", control.SOCKET_FILE, "-P", str(directory / PID_FILE))
    status, errors = await _run((*enter, "bird", *arguments))
    if status is None:
        raise routing.DaemonFailed(
            f"BIRD did not start in {namespace} within {_LAUNCH_SECONDS} s.", namespace=namespace
        )
    if status != 0:
        raise routing.DaemonFailed(
            f"BIRD did not start in {namespace}: {errors.strip()}", namespace=namespace
        )


async def _run(words: tuple[str, ...]) -> tuple[int | None, str]:
    """Run a command that detaches.

    Returns:
        Exit status, None when it had to be killed; and what it said on standard error.
    """
    pid, said = _spawn(words)
    pidfd = os.pidfd_open(pid)
    status: int | None = None
    try:
        try:
            async with asyncio.timeout(_LAUNCH_SECONDS):
                await wait_gone(pidfd)
        except BaseException as exc:
            kill(pidfd)
            await asyncio.to_thread(os.waitpid, pid, 0)
            if not isinstance(exc, TimeoutError):
                raise
        else:
            ended = await asyncio.to_thread(os.waitpid, pid, 0)
            status = os.waitstatus_to_exitcode(ended[1])
        os.set_blocking(said, False)
        errors = _read_all(said)
    finally:
        os.close(pidfd)
        os.close(said)
    return status, errors


def _spawn(words: tuple[str, ...]) -> tuple[int, int]:
    """Start a command with a file for keys as a descriptor of its own.

    The standard library's subprocess cannot give a descriptor another number in the child.

    Returns:
        Its pid, and the reading end of its standard error; the caller waits and closes.
    """
    said, say = os.pipe2(os.O_CLOEXEC)
    key_file = keys.make_file()
    try:
        pid = os.posix_spawnp(
            words[0],
            words,
            os.environ,
            file_actions=(
                (os.POSIX_SPAWN_DUP2, say, 2),
                (os.POSIX_SPAWN_DUP2, key_file, sessions.KEYS_DESCRIPTOR),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            ),
            setsid=True,
        )
    except BaseException:
        os.close(said)
        raise
    finally:
        os.close(say)
        os.close(key_file)
    return pid, said


def _read_all(handle: int) -> str:
    """Read what is in a pipe whose writers may still live."""
    found = b""
    try:
        while data := os.read(handle, 4096):
            found += data
    except BlockingIOError:
        pass
    return found.decode(errors="replace")


def _is_ours(pid: int, directory: Path) -> bool:
    """Compare the command line; a process that has ended (zombie) has an empty one."""
    try:
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return str(directory / PID_FILE).encode() in command_line.split(b"\0")
