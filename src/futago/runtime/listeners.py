"""Listening sockets and the servers on them.

Sockets are opened before any server starts, so that a taken port is a sentence and not a stack of
library frames. Several processes may serve one socket: each accepts one caller at a time, and looks
to its other work before it accepts the next, so that callers spread over those that are free.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette import types

from futago.domain import faults
from futago.runtime import balance

BACKLOG = 256
"""Callers that wait until a process accepts them."""
GRACE_SECONDS = 2
_ACCEPTED_AT_ONCE = 1
_TICK_SECONDS = 1.0
"""How often the Date header of answers is renewed; its unit is a second."""


class PortInUse(faults.Conflict):
    """Another process listens where Futago is told to."""

    code = "Listener.PortInUse"


class CannotListen(faults.Unavailable):
    """The system refuses to listen on an address."""

    code = "Listener.Refused"


class BadCertificate(faults.Invalid):
    """Certificate or key cannot be used."""

    code = "Listener.BadCertificate"


class OpenSocket(socket.socket):
    """A socket that listens already, with a queue that does not depend on who serves it."""

    turn: balance.Turn | None = None
    """Decides who accepts, where several processes serve it."""

    def listen(self, backlog: int = BACKLOG, /) -> None:
        """Leave the queue as `open` made it."""
        del backlog

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a caller, or leave it to another process.

        Raises:
            BlockingIOError: There is none, or another process has fewer.
        """
        if self.turn is None:
            return super().accept()
        if not self.turn.take():
            raise BlockingIOError
        accepted, address = super().accept()
        return self.turn.keep(accepted), address

    def open(self) -> None:
        """Begin to listen."""
        super().listen(BACKLOG)


class QuietServer(uvicorn.Server):
    """A server that leaves signals to its process and sleeps while nobody calls."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told_to_stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def stop(self) -> None:
        """Accept nobody any more, let running calls end, then return from `serve`."""
        self.should_exit = True
        self._told_to_stop.set()

    async def main_loop(self) -> None:
        """Renew the Date header until told to stop; the original looks ten times a second."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._told_to_stop.wait()


def open_tcp(host: str, port: int) -> OpenSocket:
    """Listen on an address and port.

    Raises:
        PortInUse: Someone does already.
        CannotListen: The address is not this host's, or the port is privileged.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio turns Nagle's algorithm off for those it accepts. Otherwise
    # the body of an answer waits for the peer's delayed acknowledgment of the header: 40 ms.
    listener = OpenSocket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.open()
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} of {host} is in use by another process; stop that process "
                f"(`ss -ltnp sport = :{port}` names it) or set api.listen to another port."
            ) from exc
        raise CannotListen(
            f"Cannot listen on {host} port {port}: {exc.strerror}; set api.listen to an address "
            "of this host."
        ) from exc
    return listener


def open_unix(path: Path) -> OpenSocket:
    """Listen on a socket that only this user can reach; a leftover of an earlier run goes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = OpenSocket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.open()
    except OSError as exc:
        listener.close()
        raise CannotListen(
            f"Cannot listen on {path}: {exc.strerror or exc}; choose a shorter or writable "
            "store.runtime_directory."
        ) from exc
    return listener


def server(app: types.ASGIApp, certificate: str = "", key: str = "") -> QuietServer:
    """Build a server; with a certificate it speaks TLS.

    Raises:
        BadCertificate: Certificate or key cannot be read, or do not belong together.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        backlog=_ACCEPTED_AT_ONCE,
        ssl_certfile=certificate or None,
        ssl_keyfile=key or None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        config.load()
    except OSError as exc:  # ssl.SSLError is one
        raise BadCertificate(
            f"Certificate {certificate} with key {key} cannot be used: {exc.strerror or exc}; "
            "check both files of section [api]."
        ) from exc
    return QuietServer(config)


async def serve_until(
    stop: asyncio.Event, pairs: Sequence[tuple[QuietServer, socket.socket]]
) -> None:
    """Serve on all sockets until the event is set, then let running calls end."""
    async with asyncio.TaskGroup() as tasks:
        for runner, listener in pairs:
            tasks.create_task(runner.serve([listener]))
        await stop.wait()
        for runner, _ in pairs:
            runner.stop()
