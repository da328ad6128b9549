"""Listening sockets and the servers on them.

Sockets are opened before any server starts, so that a taken port is a sentence and not a stack of
library frames.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn
from starlette import types

from futago.domain import faults

BACKLOG = 256
GRACE_SECONDS = 2


class PortInUse(faults.Conflict):
    """Another process listens where Futago is told to."""

    code = "Listener.PortInUse"


class CannotListen(faults.Unavailable):
    """The system refuses to listen on an address."""

    code = "Listener.Refused"


class BadCertificate(faults.Invalid):
    """Certificate or key cannot be used."""

    code = "Listener.BadCertificate"


class QuietServer(uvicorn.Server):
    """A server that leaves signals to its process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def open_tcp(host: str, port: int) -> socket.socket:
    """Listen on an address and port.

    Raises:
        PortInUse: Someone does already.
        CannotListen: The address is not this host's, or the port is privileged.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
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


def open_unix(path: Path) -> socket.socket:
    """Listen on a socket that only this user can reach; a leftover of an earlier run goes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(BACKLOG)
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
            runner.should_exit = True
