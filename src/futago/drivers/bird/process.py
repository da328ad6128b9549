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

from futago.drivers.bird import control
from futago.ports import network, routing

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
    arguments = ("-c", CONFIG_FILE, "-s", control.SOCKET_FILE, "-P", str(directory / PID_FILE))
    process = await asyncio.create_subprocess_exec(
        *("nsenter", f"--net={path}", "bird", *arguments),
        cwd=directory,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_LAUNCH_SECONDS):
            _, errors = await process.communicate()
    except TimeoutError as exc:
        process.kill()
        await process.wait()
        raise routing.DaemonFailed(
            f"BIRD did not start in {namespace} within {_LAUNCH_SECONDS} s.", namespace=namespace
        ) from exc
    if process.returncode != 0:
        raise routing.DaemonFailed(
            f"BIRD did not start in {namespace}: {errors.decode(errors='replace').strip()}",
            namespace=namespace,
        )


def _is_ours(pid: int, directory: Path) -> bool:
    """Compare the command line; a process that has ended (zombie) has an empty one."""
    try:
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return str(directory / PID_FILE).encode() in command_line.split(b"\0")
