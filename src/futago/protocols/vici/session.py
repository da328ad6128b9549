"""One VICI conversation as a state machine without I/O.

The daemon answers one request at a time, so requests wait here in order. Events come at any time,
except the streamed ones (`list-sa` for `list-sas`), which belong to the request that is in the
air. The owner sends what `take_output` gives and feeds what it reads.
Source: strongSwan, src/libcharon/plugins/vici/README.md, "Packet layer".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from futago.protocols.vici import faults, messages, packets


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """A request is done."""

    ticket: int
    message: messages.Message
    streamed: tuple[messages.Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The daemon knows no such command or event."""

    ticket: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The daemon reported an event that this session had registered."""

    name: str
    message: messages.Message


Outcome = Replied | Refused | Happened

_ANSWERS = {
    packets.PacketKind.CMD_REQUEST: (
        packets.PacketKind.CMD_RESPONSE,
        packets.PacketKind.CMD_UNKNOWN,
    ),
    packets.PacketKind.EVENT_REGISTER: (
        packets.PacketKind.EVENT_CONFIRM,
        packets.PacketKind.EVENT_UNKNOWN,
    ),
    packets.PacketKind.EVENT_UNREGISTER: (
        packets.PacketKind.EVENT_CONFIRM,
        packets.PacketKind.EVENT_UNKNOWN,
    ),
}


@dataclass(slots=True)
class _Exchange:
    ticket: int
    packet: packets.Packet = field(repr=False)
    """Out of `repr`: a request may carry a secret."""
    stream: str | None = None
    streamed: list[messages.Message] = field(default_factory=list)
    is_silent: bool = False
    """A registration that the owner did not ask for."""


class Session:
    """Requests in order, answers to their tickets, events as they come."""

    def __init__(self) -> None:
        self._framer = packets.Framer()
        self._waiting: deque[_Exchange] = deque()
        self._active: _Exchange | None = None
        self._output = bytearray()
        self._streams: set[str] = set()
        self._tickets = 0

    def request(
        self,
        name: str,
        message: Mapping[str, messages.Value] | None = None,
        *,
        stream: str | None = None,
    ) -> int:
        """Queue a command; give the ticket that its outcome will carry.

        Args:
            name: The command.
            message: Its arguments.
            stream: Event that carries the results; registered once, before the first use.
        """
        if stream is not None and stream not in self._streams:
            self._streams.add(stream)
            self._queue(packets.PacketKind.EVENT_REGISTER, stream, is_silent=True)
        body = messages.render(message or {})
        return self._queue(packets.PacketKind.CMD_REQUEST, name, body=body, stream=stream)

    def register(self, event: str) -> int:
        """Queue the registration of an event."""
        return self._queue(packets.PacketKind.EVENT_REGISTER, event)

    def unregister(self, event: str) -> int:
        """Queue the end of a registration."""
        return self._queue(packets.PacketKind.EVENT_UNREGISTER, event)

    def take_output(self) -> bytes:
        """Give the bytes to send now, once."""
        output = bytes(self._output)
        self._output.clear()
        return output

    def feed(self, data: bytes) -> list[Outcome]:
        """Take bytes from the daemon; give what they mean."""
        found: list[Outcome] = []
        for packet in self._framer.feed(data):
            outcome = self._receive(packet)
            if outcome is not None:
                found.append(outcome)
        return found

    def _queue(
        self,
        kind: packets.PacketKind,
        name: str,
        *,
        body: bytes = b"",
        stream: str | None = None,
        is_silent: bool = False,
    ) -> int:
        self._tickets += 1
        packet = packets.Packet(kind=kind, name=name, body=body)
        self._waiting.append(
            _Exchange(ticket=self._tickets, packet=packet, stream=stream, is_silent=is_silent)
        )
        self._advance()
        return self._tickets

    def _advance(self) -> None:
        if self._active is None and self._waiting:
            self._active = self._waiting.popleft()
            self._output += packets.render(self._active.packet)

    def _receive(self, packet: packets.Packet) -> Outcome | None:
        active = self._active
        if packet.kind is packets.PacketKind.EVENT:
            message = messages.parse(packet.body)
            if active is not None and active.stream == packet.name:
                active.streamed.append(message)
                return None
            return Happened(name=packet.name, message=message)
        if active is None or packet.kind not in _ANSWERS[active.packet.kind]:
            raise faults.UnexpectedPacket(f"The daemon sent {packet.kind.name} unasked.")
        self._active = None
        self._advance()
        return _conclude(active, packet)


def _conclude(active: _Exchange, packet: packets.Packet) -> Outcome | None:
    if packet.kind in {packets.PacketKind.CMD_UNKNOWN, packets.PacketKind.EVENT_UNKNOWN}:
        return Refused(ticket=active.ticket, name=active.packet.name)
    if active.is_silent:
        return None
    return Replied(
        ticket=active.ticket,
        message=messages.parse(packet.body),
        streamed=tuple(active.streamed),
    )
