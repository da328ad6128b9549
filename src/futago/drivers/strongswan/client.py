"""A VICI connection on asyncio: one unix socket around the sans-I/O session.

Answers resolve futures, events go to a callback; there is no task behind a connection, so two
hundred idle ones cost nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from futago.drivers.strongswan import faults
from futago.protocols.vici import faults as vici_faults
from futago.protocols.vici import messages, session

DEADLINE_SECONDS: Final = 1.0

EventSink = Callable[[str, messages.Message], None]


class Client(asyncio.Protocol):
    """A connection to one daemon. Requests may be queued; they are answered in order."""

    def __init__(
        self, on_event: EventSink | None = None, on_lost: Callable[[], None] | None = None
    ) -> None:
        self._session = session.Session()
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: dict[int, asyncio.Future[session.Replied]] = {}
        self._on_event = on_event
        self._on_lost = on_lost
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; called by the event loop."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - narrows for the checker
        self._transport = transport
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Take what the daemon sent; called by the event loop."""
        try:
            outcomes = self._session.feed(data)
        except (vici_faults.MalformedVici, vici_faults.UnexpectedPacket) as fault:
            self._fail(fault)
            return
        for outcome in outcomes:
            self._deliver(outcome)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; called by the event loop."""
        was_open, self.is_open = self.is_open, False
        self._reject(faults.NoAnswer(f"The daemon closed its control socket ({exc or 'end'})."))
        if was_open and self._on_lost is not None:
            self._on_lost()

    async def command(
        self,
        name: str,
        message: Mapping[str, messages.Value] | None = None,
        *,
        stream: str | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> session.Replied:
        """Send a command and give its answer.

        Raises:
            NoAnswer: Nothing came in time; the connection is closed, since what comes later would
                answer the wrong question.
            CommandFailed: The daemon refused, with its own reason.
        """
        self._require_open()
        ticket = self._session.request(name, message, stream=stream)
        reply = await self._answer(ticket, name, deadline_seconds)
        if messages.text(reply.message, "success") == "no":
            reason = messages.text(reply.message, "errmsg") or "no reason given"
            raise faults.CommandFailed(f"The IKE daemon refused {name}: {reason}.", command=name)
        return reply

    async def register(self, event: str) -> None:
        """Ask for an event."""
        self._require_open()
        await self._answer(self._session.register(event), event, DEADLINE_SECONDS)

    async def unregister(self, event: str) -> None:
        """Ask for an event no longer."""
        self._require_open()
        await self._answer(self._session.unregister(event), event, DEADLINE_SECONDS)

    def close(self) -> None:
        """Close the connection; `on_lost` is not called."""
        self.is_open = False
        if self._transport is not None:
            self._transport.close()
        self._reject(faults.NoAnswer("The control connection was closed."))

    async def _answer(self, ticket: int, name: str, deadline_seconds: float) -> session.Replied:
        future: asyncio.Future[session.Replied] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = future
        self._flush()
        try:
            async with asyncio.timeout(deadline_seconds):
                return await future
        except TimeoutError as exc:
            self.close()
            raise faults.NoAnswer(
                f"The IKE daemon did not answer {name} within {deadline_seconds} s.", command=name
            ) from exc
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._waiting.pop(ticket, None)

    def _deliver(self, outcome: session.Outcome) -> None:
        match outcome:
            case session.Happened():
                if self._on_event is not None:
                    self._on_event(outcome.name, outcome.message)
            case session.Replied():
                future = self._waiting.get(outcome.ticket)
                if future is not None and not future.done():
                    future.set_result(outcome)
            case session.Refused():
                future = self._waiting.get(outcome.ticket)
                if future is not None and not future.done():
                    future.set_exception(
                        faults.CommandFailed(f"The IKE daemon does not know {outcome.name}.")
                    )

    def _require_open(self) -> None:
        if not self.is_open:
            raise faults.NoAnswer("The daemon's control socket is closed.")

    def _flush(self) -> None:
        output = self._session.take_output()
        if output and self._transport is not None:
            self._transport.write(output)

    def _fail(self, fault: vici_faults.MalformedVici | vici_faults.UnexpectedPacket) -> None:
        self._reject(fault)
        if self._transport is not None:
            self._transport.abort()

    def _reject(self, fault: Exception) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(fault)


async def connect(
    path: Path, on_event: EventSink | None = None, on_lost: Callable[[], None] | None = None
) -> Client:
    """Open a connection to a daemon.

    Raises:
        NoAnswer: Nobody listens there.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            _, opened = await loop.create_unix_connection(
                lambda: Client(on_event, on_lost), str(path)
            )
    except (OSError, TimeoutError) as exc:
        raise faults.NoAnswer(f"The IKE daemon does not listen on {path}.") from exc
    return opened
