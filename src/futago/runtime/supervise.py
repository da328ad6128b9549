"""One command that runs all roles of a host, each as a process of its own.

A role that ends is started again: quickly at first, then with growing pauses. The supervisor knows
nothing about tunnels. IKE and routing daemons are nobody's children here, so neither a restarted
role nor the end of the supervisor takes traffic away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
STABLE_SECONDS: Final = 10.0
"""A role that ran this long starts again with the first pause."""
STOP_SECONDS: Final = 10.0
READY_POLL_SECONDS: Final = 0.1


class Supervisor:
    """Keeps a set of commands running until told to stop."""

    def __init__(self, commands: Mapping[str, Sequence[str]], stop: asyncio.Event) -> None:
        self._commands = commands
        self._stop = stop

    async def run(self) -> None:
        """Run all commands; return when all have ended after the stop."""
        async with asyncio.TaskGroup() as tasks:
            for role, command in self._commands.items():
                tasks.create_task(self._keep(role, command), name=role)

    async def _keep(self, role: str, command: Sequence[str]) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            started = time.monotonic()
            code = await self._run_once(role, command)
            if self._stop.is_set():
                return
            if time.monotonic() - started > STABLE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.warning(
                "role ended", extra={"role": role, "exit_code": code, "pause_seconds": pause}
            )
            await _wait(self._stop, pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run_once(self, role: str, command: Sequence[str]) -> int:
        # A session of its own: Ctrl-C reaches the supervisor only, which then ends the roles.
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        log.info("role started", extra={"role": role, "pid": process.pid})
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not ended.done():
                await _end(process, role)
        return await ended


async def _end(process: asyncio.subprocess.Process, role: str) -> None:
    """End a role: politely, then not."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        log.warning("role killed", extra={"role": role, "after_seconds": STOP_SECONDS})
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def announce(control_socket: Path, stop: asyncio.Event, fields: Mapping[str, str]) -> None:
    """Wait until the API is ready, then tell the log and the service manager."""
    transport = httpx.AsyncHTTPTransport(uds=str(control_socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://futago") as client:
        while not stop.is_set():
            if await _is_ready(client):
                log.info("ready", extra=dict(fields))
                tell_service_manager("READY=1")
                return
            await _wait(stop, READY_POLL_SECONDS)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        response = await client.get("/readyz", timeout=2.0)
    except httpx.TransportError:
        return False
    return response.status_code == httpx.codes.OK


def tell_service_manager(state: str) -> None:
    """Send a state to systemd, where it is the one that started us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(state.encode(), name)


@contextlib.contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Give an event that SIGTERM and SIGINT set."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def until_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Run the work of a role until it is told to stop."""
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        await stop.wait()
        working.cancel()
