"""ICMP echo through the devices of a namespace, over one raw socket for all of them.

The device is chosen per request by its number beside the data (IP_PKTINFO), as binding a socket to
it would, at a fraction of the descriptors.
Source: ip(7), raw(7), icmp(7); RFC 792.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import time
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Final, Self

from futago.drivers.linux import namespaces

_ECHO: Final = 8
_ECHO_REPLY: Final = 0
_HEADER: Final = struct.Struct("!BBHHH")
_PACKET_INFO: Final = struct.Struct("=i4s4s")
_IP_PKTINFO: Final = 8
"""Python has no name for it."""
_IP_HEADER_WORDS: Final = 0x0F
_SOL_RAW: Final = 255
_ICMP_FILTER: Final = 1
_ALL_BUT_REPLIES: Final = 0xFFFFFFFF ^ (1 << _ECHO_REPLY)
_BURST: Final = 256
_RECEIVE_BUFFER_BYTES: Final = 1 << 20
_RECEIVED_BYTES: Final = 2048

OnReply = Callable[[str, IPv4Address, int, float], None]
"""Called with device, sender, number, and monotonic time."""


class EchoSocket:
    """The raw socket of one namespace. Replies that were not asked for here are not reported."""

    def __init__(self, opened: socket.socket, on_reply: OnReply) -> None:
        self._socket = opened
        self._on_reply = on_reply
        self._identifier = secrets.randbelow(1 << 16)
        self._cookie = secrets.token_bytes(8)
        asyncio.get_running_loop().add_reader(opened.fileno(), self._receive)

    @classmethod
    async def open(cls, namespace: str, on_reply: OnReply, mark: int = 0) -> Self:
        """Open the socket inside a namespace; its requests carry a mark for routing rules."""
        return cls(await namespaces.inside(namespace, lambda: _open(mark)), on_reply)

    def send(self, device: tuple[str, int], source: IPv4Address, to: IPv4Address, n: int) -> None:
        """Send a request out of a device (name and number).

        Raises:
            OSError: The kernel could not send it: no such device, source or way.
        """
        name, index = device
        data = self._cookie + name.encode()
        info = _PACKET_INFO.pack(index, source.packed, bytes(4))
        ancillary = [(socket.IPPROTO_IP, _IP_PKTINFO, info)]
        packet = _request(self._identifier, n, data)
        self._socket.sendmsg([packet], ancillary, socket.MSG_DONTWAIT, (str(to), 0))

    def close(self) -> None:
        """Close the socket."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def _receive(self) -> None:
        for _ in range(_BURST):
            try:
                packet, (sender, _) = self._socket.recvfrom(_RECEIVED_BYTES)
            except BlockingIOError:
                return
            except OSError:
                return  # an error that an earlier request brought; the next read goes on
            self._take(packet, IPv4Address(sender))

    def _take(self, packet: bytes, sender: IPv4Address) -> None:
        now = time.monotonic()
        start = (packet[0] & _IP_HEADER_WORDS) * 4
        body = packet[start:]
        if len(body) < _HEADER.size + len(self._cookie):
            return
        kind, _, _, identifier, number = _HEADER.unpack_from(body)
        data = body[_HEADER.size :]
        is_ours = (kind, identifier) == (_ECHO_REPLY, self._identifier)
        if is_ours and secrets.compare_digest(data[: len(self._cookie)], self._cookie):
            device = data[len(self._cookie) :].decode(errors="replace")
            self._on_reply(device, sender, number, now)


def _open(mark: int) -> socket.socket:
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    opened = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
    opened.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", _ALL_BUT_REPLIES))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    return opened


def _request(identifier: int, number: int, data: bytes) -> bytes:
    blank = _HEADER.pack(_ECHO, 0, 0, identifier, number) + data
    return _HEADER.pack(_ECHO, 0, _checksum(blank), identifier, number) + data


def _checksum(data: bytes) -> int:
    """Compute the Internet checksum. Source: RFC 1071."""
    padded = data + bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)
