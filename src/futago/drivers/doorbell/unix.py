"""Doorbell over Unix datagram sockets.

Each process binds a socket of its own in one directory; ringing sends a byte to all others. A lost
ring costs a caller's polling interval, nothing else, so nobody waits for a full or dead socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from pathlib import Path
from typing import Self

_GONE = (errno.ECONNREFUSED, errno.ENOENT)


class Doorbell:
    """One process's bell; closes with `close()` or as a context manager."""

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._path = directory / f"{name}-{os.getpid()}.bell"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._socket.setblocking(False)

    def ring(self) -> None:
        """Wake every process that waits, this one included; safe from any thread."""
        for path in self._directory.glob("*.bell"):
            try:
                self._socket.sendto(b"!", str(path))
            except BlockingIOError:
                continue  # it has unread rings already
            except OSError as exc:
                if exc.errno not in _GONE:
                    raise
                # Its process was killed and could not remove the socket.
                path.unlink(missing_ok=True)

    async def wait(self, timeout: float) -> bool:
        """Wait for a ring, at most so many seconds; all rings so far count as one."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                await loop.sock_recv(self._socket, 1)
        except TimeoutError:
            return False
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(1):
                pass
        return True

    def close(self) -> None:
        """Take the bell down."""
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
