"""Commands over a BIRD's control socket, each connection with a deadline."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from futago.ports import routing
from futago.protocols.bird import session

SOCKET_FILE: Final = "bird.ctl"
_CHUNK = 1 << 16


class Control:
    """An open control connection; one command at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._session = session.ControlSession()
        self._replies: list[session.Reply] = []

    @classmethod
    async def open(cls, directory: Path) -> Self:
        """Connect, and wait for the greeting."""
        # The path of a socket is limited to 107 bytes; a descriptor of its directory is not.
        handle = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            path = f"/proc/self/fd/{handle}/{SOCKET_FILE}"
            control = cls(*await asyncio.open_unix_connection(path))
        finally:
            os.close(handle)
        try:
            await control._greet()
        except BaseException:
            await control.close()
            raise
        return control

    async def ask(self, command: str) -> session.Reply:
        """Send a command and wait for its reply."""
        self._writer.write(session.command(command))
        await self._writer.drain()
        return await self._reply()

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return  # the daemon was faster

    async def _greet(self) -> None:
        greeting = await self._reply()
        if greeting.code != session.WELCOME:
            raise session.BrokenReply(f"BIRD greeted with {greeting.text!r}.")

    async def _reply(self) -> session.Reply:
        while not self._replies:
            data = await self._reader.read(_CHUNK)
            if not data:
                raise ConnectionResetError("BIRD closed its control socket")
            self._replies.extend(self._session.receive(data))
        return self._replies.pop(0)


@asynccontextmanager
async def connected(directory: Path, *, seconds: float) -> AsyncIterator[Control]:
    """Hold a control connection, for `seconds` at most.

    Raises:
        DaemonFailed: The daemon did not answer in time.
    """
    try:
        async with asyncio.timeout(seconds):
            control = await Control.open(directory)
            try:
                yield control
            finally:
                await control.close()
    except TimeoutError as exc:
        raise routing.DaemonFailed(
            f"The routing daemon in {directory} did not answer within {seconds:g} s; see its log.",
            directory=str(directory),
        ) from exc
    except OSError as exc:
        raise routing.DaemonFailed(
            f"The routing daemon in {directory} cannot be reached: {exc.strerror or exc}.",
            directory=str(directory),
        ) from exc
