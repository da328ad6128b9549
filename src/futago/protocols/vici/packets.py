"""Packets of VICI and their framing on a byte stream.

A packet is a 32-bit length, a type, for some types a name, and a message. This module cuts a
stream into packets and back; what a message holds is `messages`' business.
Source: strongSwan, src/libcharon/plugins/vici/README.md, "Transport Layer" and "Packet layer".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from futago.protocols.vici import faults

PACKET_MAX_BYTES: Final = 512 * 1024
"""Source: vici README, "Transport Layer"."""
NAME_MAX_BYTES: Final = 255

_LENGTH = struct.Struct("!I")


class PacketKind(IntEnum):
    """Type of a packet; the values are the wire's."""

    CMD_REQUEST = 0
    CMD_RESPONSE = 1
    CMD_UNKNOWN = 2
    EVENT_REGISTER = 3
    EVENT_UNREGISTER = 4
    EVENT_CONFIRM = 5
    EVENT_UNKNOWN = 6
    EVENT = 7


NAMED: Final = frozenset(
    {
        PacketKind.CMD_REQUEST,
        PacketKind.EVENT_REGISTER,
        PacketKind.EVENT_UNREGISTER,
        PacketKind.EVENT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet. `name` is empty for the kinds that carry none."""

    kind: PacketKind
    name: str = ""
    body: bytes = b""

    def __post_init__(self) -> None:
        if (self.kind in NAMED) != bool(self.name):
            raise faults.MalformedVici(
                f"A {self.kind.name} packet {'needs' if self.kind in NAMED else 'has no'} name; "
                f"got {self.name!r}."
            )


def render(packet: Packet) -> bytes:
    """Give a packet's bytes, length included."""
    payload = bytes([packet.kind]) + (render_name(packet.name) if packet.name else b"")
    payload += packet.body
    if len(payload) > PACKET_MAX_BYTES:
        raise faults.MalformedVici(
            f"A packet of {len(payload)} bytes exceeds VICI's limit of {PACKET_MAX_BYTES}."
        )
    return _LENGTH.pack(len(payload)) + payload


def render_name(name: str) -> bytes:
    """Give the bytes of a name with its one-byte length."""
    encoded = name.encode()
    if not 1 <= len(encoded) <= NAME_MAX_BYTES:
        raise faults.MalformedVici(
            f"A name has 1 to {NAME_MAX_BYTES} bytes, this one {len(encoded)}."
        )
    return bytes([len(encoded)]) + encoded


def parse_name(data: bytes, offset: int) -> tuple[str, int]:
    """Read a name; give it and the offset behind it."""
    if offset >= len(data):
        raise faults.MalformedVici("A VICI element ends before its name.")
    end = offset + 1 + data[offset]
    if end > len(data):
        raise faults.MalformedVici("A VICI name is longer than its packet.")
    try:
        return data[offset + 1 : end].decode(), end
    except UnicodeDecodeError as exc:
        raise faults.MalformedVici("A VICI name is not UTF-8 text.") from exc


def parse(payload: bytes) -> Packet:
    """Read one packet from its bytes without the length."""
    try:
        kind = PacketKind(payload[0])
    except (IndexError, ValueError) as exc:
        raise faults.MalformedVici(f"Unknown VICI packet type {payload[:1].hex()!r}.") from exc
    name, offset = parse_name(payload, 1) if kind in NAMED else ("", 1)
    return Packet(kind=kind, name=name, body=payload[offset:])


class Framer:
    """Cuts a byte stream into packets, wherever the stream was split."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Packet]:
        """Take the next bytes; give the packets that they complete."""
        self._buffer += data
        found = []
        while (payload := self._next_payload()) is not None:
            found.append(parse(payload))
        return found

    def _next_payload(self) -> bytes | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > PACKET_MAX_BYTES:
            raise faults.MalformedVici(
                f"A packet announces {length} bytes; VICI allows {PACKET_MAX_BYTES}."
            )
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return payload
