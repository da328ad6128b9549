"""Waits for the first packet that finds no tunnel.

Userspace ESP asks nobody for an SA that is missing, so the packet is seen where it enters the
device: a packet socket on it becomes readable. The device has carrier meanwhile, so that routes
lead there; what enters is dropped by the daemon. IPv6 does not count: the kernel itself sends it.
Source: packet(7).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
from collections.abc import Callable
from typing import Final

from futago.drivers.strongswan import device, files, namespaces
from futago.plan import places

PAUSE_SECONDS: Final = 1.0
"""Between two reports: one packet is as good as a million."""
_IPV4: Final = 0x0800
_ALL: Final = 0x0003
"""What leaves a device is shown to sockets for everything only."""
_BUFFER_BYTES: Final = 4096


class Trap:
    """Tells of packets that enter a device; forgets them."""

    def __init__(self, opened: socket.socket, on_packet: Callable[[], None]) -> None:
        self._socket = opened
        self._on_packet = on_packet
        self._pause: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(opened.fileno(), self._spring)

    @property
    def is_open(self) -> bool:
        """Tell whether it waits."""
        return self._socket.fileno() >= 0

    def close(self) -> None:
        """Wait no longer."""
        if self._pause is not None:
            self._pause.cancel()
        if self.is_open:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _spring(self) -> None:
        if not self._has_packet():
            return
        self._loop.remove_reader(self._socket.fileno())
        self._pause = self._loop.call_later(PAUSE_SECONDS, self._wait_again)
        self._on_packet()

    def _wait_again(self) -> None:
        self._has_packet()
        if self.is_open:
            self._loop.add_reader(self._socket.fileno(), self._spring)

    def _has_packet(self) -> bool:
        """Drop what has come; tell whether a packet of IPv4 that left was among it."""
        found = False
        try:
            while True:
                _, (_, protocol, direction, *_) = self._socket.recvfrom(1)
                found = found or (protocol == _IPV4 and direction == socket.PACKET_OUTGOING)
        except BlockingIOError:
            return found
        except OSError:
            self.close()  # the device is gone
            return False


async def arm(place: places.TunnelPlace, paths: files.Files, tell: Callable[[], None]) -> Trap:
    """Let routes lead to a tunnel's device and wait for packets; its child SAs count all the same.

    Raises:
        PlaceMissing: The router's namespace is not there.
        KernelRefused: The device is not there.
    """
    router = str(place.router_namespace)
    opened = await namespaces.inside(router, lambda: _open(place.device))
    await _set_carrier(place, paths, is_on=True)
    return Trap(opened, tell)


async def disarm(place: places.TunnelPlace, paths: files.Files) -> None:
    """Let no more routes lead to a device without a child SA."""
    await _set_carrier(place, paths, is_on=False)


async def _set_carrier(place: places.TunnelPlace, paths: files.Files, *, is_on: bool) -> None:
    router = str(place.router_namespace)

    def switch() -> None:
        # The daemon's hook holds this lock while it counts and switches.
        with (paths.directory / "hook.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not paths.has_children():
                device.set_carrier(place.device, is_on=is_on)

    with contextlib.suppress(FileNotFoundError):  # stopped meanwhile
        await namespaces.inside(router, switch)


def _open(name: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, 0)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        opened.bind((name, _ALL))
    except OSError:
        opened.close()
        raise
    return opened
