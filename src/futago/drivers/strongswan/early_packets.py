"""Delivers what the peer sends by a new SA before the daemon has set it up.

The end that answers a negotiation has its SA first, runs its hook, and answers then: what it sends
meanwhile meets a daemon that does not know the SA and drops it. So for the time of a renewal a
packet socket keeps a copy of each ESP packet of an unknown SA. Once the daemon lists the SA, the
copies are handed to it again by a raw socket, in their order. What it had taken already its replay
protection drops, which also says how late a copy may come: up to 128 packets behind the newest.

Nothing is held back, so nothing is lost that was not lost anyway, and when the agent ends the
kernel closes the sockets.
Source: strongSwan, src/libipsec/esp_context.c; packet(7), raw(7).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from futago.domain import faults
from futago.drivers.strongswan import configuration, namespaces, renewal
from futago.plan import places
from futago.protocols.bpf import programs

HELD_PACKETS: Final = 4096
HELD_SECONDS: Final = 1.0
"""A packet whose SA is still unknown then belongs to nobody."""
_LOOK_SECONDS: Final = 0.003
_BUFFER_BYTES: Final = 4 << 20
_PACKET_BYTES: Final = 1 << 16
_IPV4: Final = 0x0800
_SO_ATTACH_FILTER: Final = 26
_UDP_BYTES: Final = 8

Read = Callable[[], Awaitable[renewal.Listed]]


@dataclass(frozen=True, slots=True)
class Packet:
    """An ESP packet in UDP, IP header included."""

    content: bytes

    @property
    def _udp(self) -> int:
        return 4 * (self.content[0] & 0xF)

    @property
    def spi(self) -> int:
        """The number of its SA, chosen by the end that receives it."""
        return int(struct.unpack_from("!I", self.content, self._udp + _UDP_BYTES)[0])

    @property
    def target(self) -> IPv4Address:
        """Where it goes."""
        return IPv4Address(self.content[16:20])

    def without_checksum(self) -> bytes:
        """Give the packet with no UDP checksum: behind a veth pair it was never computed.

        Source: RFC 768; RFC 3948 section 2.1, which wants zero anyway.
        """
        at = self._udp + 6
        return self.content[:at] + b"\0\0" + self.content[at + 2 :]


class Catch:
    """Keeps packets of unknown SAs until their SA is known."""

    def __init__(self, tap: socket.socket, way_in: socket.socket, known: frozenset[int]) -> None:
        self._tap = tap
        self._way_in = way_in
        self._known = known
        self._held: deque[tuple[float, Packet]] = deque(maxlen=HELD_PACKETS)
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._is_over = False
        self._loop.add_reader(tap.fileno(), self._collect)

    async def follow(self, read: Read) -> None:
        """Deliver until `end`; asks for the SAs only while packets are held."""
        is_last = False
        while not is_last:
            await self._arrived.wait()
            is_last = self._is_over
            if self._held:
                self._learn(configuration.inbound_spis(await read()))
            self._forget_old()
            if not self._held and not self._is_over:
                self._arrived.clear()
            await asyncio.sleep(_LOOK_SECONDS)

    def end(self) -> None:
        """Have `follow` return after one more look."""
        self._is_over = True
        self._arrived.set()

    def close(self) -> None:
        """Let go of the sockets."""
        self._loop.remove_reader(self._tap.fileno())
        self._tap.close()
        self._way_in.close()

    def _learn(self, present: frozenset[int]) -> None:
        """Deliver what belongs to SAs that are there now, and keep no more of them."""
        if present <= self._known:
            return
        self._known |= present
        _attach(self._tap, self._known)
        # What came between is not in the filter's sight any more, but in the socket.
        self._collect()
        still_unknown = []
        for at, packet in self._held:
            if packet.spi in present:
                self._deliver(packet)
            else:
                still_unknown.append((at, packet))
        self._held.clear()
        self._held.extend(still_unknown)

    def _deliver(self, packet: Packet) -> None:
        with contextlib.suppress(BlockingIOError):
            self._way_in.sendto(packet.without_checksum(), (str(packet.target), 0))

    def _forget_old(self) -> None:
        oldest = self._loop.time() - HELD_SECONDS
        while self._held and self._held[0][0] < oldest:
            self._held.popleft()

    def _collect(self) -> None:
        with contextlib.suppress(OSError):  # none left, or the device is gone
            while True:
                content = self._tap.recv(_PACKET_BYTES)
                self._held.append((self._loop.time(), Packet(content)))
                self._arrived.set()


@contextlib.asynccontextmanager
async def delivered(place: places.TunnelPlace, read: Read) -> AsyncIterator[None]:
    """Deliver early packets of one tunnel for the time of a block.

    Args:
        place: Where the daemon is.
        read: Gives the daemon's `list-sa` events.

    Raises:
        KernelRefused: The sockets cannot be opened.
        PlaceMissing: The tunnel's namespace is not there.
        NoAnswer: The daemon does not answer.
    """
    known = configuration.inbound_spis(await read())
    catch = Catch(*await namespaces.inside(place.namespace, lambda: _open(known)), known)
    following = asyncio.get_running_loop().create_task(catch.follow(read))
    try:
        yield
    finally:
        catch.end()
        # Not cancelled: that would break the control connection off in the middle of an answer.
        with contextlib.suppress(faults.Fault):  # the daemon is gone, and so are its SAs
            await following
        catch.close()


def _open(known: frozenset[int]) -> tuple[socket.socket, socket.socket]:
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    # Protocol 0 receives nothing: the filter is there before the first packet.
    tap = socket.socket(socket.AF_PACKET, kind, 0)
    try:
        _attach(tap, known)
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        tap.bind((places.OUTSIDE_DEVICE, _IPV4))
        kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        return tap, socket.socket(socket.AF_INET, kind, socket.IPPROTO_RAW)
    except OSError:
        tap.close()
        raise


def _attach(tap: socket.socket, known: frozenset[int]) -> None:
    program = programs.unknown_esp(known)
    code = programs.encode(program)
    held = ctypes.create_string_buffer(code, len(code))
    address = struct.pack("@HP", len(program), ctypes.addressof(held))
    tap.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, address)
