"""Writes captured packets with Linux "cooked" headings, which keep the direction of each packet.

Source: draft-ietf-opsawg-pcap; LINKTYPE_LINUX_SLL of the tcpdump group.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

_MAGIC_NANOSECONDS: Final = 0xA1B23C4D
_LINKTYPE_LINUX_SLL: Final = 113
_FILE: Final = struct.Struct("<IHHiIII")
_RECORD: Final = struct.Struct("<IIII")
_COOKED: Final = struct.Struct("!HHH8sH")
FILE_HEADING_BYTES: Final = _FILE.size
RECORD_HEADING_BYTES: Final = _RECORD.size + _COOKED.size
_BILLION: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet from its network header on, as far as it was kept."""

    at_ns: int
    """Nanoseconds since 1970."""
    content: bytes
    length: int
    """Bytes that it had; the content may be shorter."""
    kind: int
    """0 to this host, 4 from it; as the kernel numbers it. Source: packet(7)."""
    hardware: int
    """Kind of the device (ARPHRD)."""
    protocol: int
    """EtherType."""


def heading(snap_bytes: int) -> bytes:
    """Give the first bytes of a file."""
    longest = snap_bytes + _COOKED.size
    return _FILE.pack(_MAGIC_NANOSECONDS, 2, 4, 0, 0, longest, _LINKTYPE_LINUX_SLL)


def record(packet: Packet) -> bytes:
    """Give what stands in a file for a packet."""
    seconds, nanoseconds = divmod(packet.at_ns, _BILLION)
    kept, length = len(packet.content) + _COOKED.size, packet.length + _COOKED.size
    cooked = _COOKED.pack(packet.kind, packet.hardware, 0, bytes(8), packet.protocol)
    return _RECORD.pack(seconds, nanoseconds, kept, length) + cooked + packet.content
