"""Captures packets of one device over a packet socket, into memory.

The socket is the capture: it ends with the agent at the latest. The kernel filters; what is kept
never touches a disk of the node.
Source: packet(7), socket(7).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import struct
import time
from typing import Final

from futago.domain import tasks
from futago.drivers.linux import namespaces
from futago.plan import places
from futago.ports import network
from futago.ports import taps as taps_port
from futago.protocols.bpf import programs
from futago.protocols.pcap import writing

_ETH_P_ALL: Final = 0x0003
_SO_ATTACH_FILTER: Final = 26
_SO_TIMESTAMPNS: Final = 35
_SOL_PACKET: Final = 263
_PACKET_STATISTICS: Final = 6
_STATISTICS: Final = struct.Struct("=II")
_TIMESPEC: Final = struct.Struct("=qq")
_BILLION: Final = 1_000_000_000
_BURST: Final = 256
_RECEIVE_BUFFER_BYTES: Final = 4 << 20
_PROGRESS_SECONDS: Final = 1.0


class LinuxTaps:
    """Implements `ports.taps.Taps`."""

    async def capture(
        self,
        place: places.TunnelPlace,
        spec: tasks.CaptureSpec,
        stopped: asyncio.Event,
        on_progress: taps_port.OnProgress,
    ) -> taps_port.Captured:
        """Capture until a limit is reached or it is stopped."""
        namespace, device = _where(place, spec.side)
        opened = await namespaces.inside(namespace, lambda: _open(device, spec.only))
        with contextlib.closing(_Tap(opened, spec)) as tap:
            await _until_full(tap, spec, stopped, on_progress)
            return tap.captured()


class _Tap:
    """One socket, read into one file in memory."""

    def __init__(self, opened: socket.socket, spec: tasks.CaptureSpec) -> None:
        self._socket = opened
        self._spec = spec
        self._buffer = bytearray(spec.snap_bytes)
        self._content = bytearray(writing.heading(spec.snap_bytes))
        self._packets = 0
        self._dropped = 0
        self.is_full = asyncio.Event()
        asyncio.get_running_loop().add_reader(opened.fileno(), self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def result(self) -> tasks.CaptureResult:
        """Say what is there; reading the kernel's count sets it to zero."""
        answer = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        self._dropped += _STATISTICS.unpack(answer)[1]
        return tasks.CaptureResult(
            packets=self._packets, size_bytes=len(self._content), dropped=self._dropped
        )

    def captured(self) -> taps_port.Captured:
        return taps_port.Captured(content=bytes(self._content), result=self.result())

    def _read(self) -> None:
        for _ in range(_BURST):
            if self.is_full.is_set():
                return
            try:
                received = self._socket.recvmsg_into(
                    [self._buffer], socket.CMSG_SPACE(_TIMESPEC.size), socket.MSG_TRUNC
                )
            except BlockingIOError:
                return
            except OSError:
                # The device is down or gone; what was seen stays.
                return
            self._take(*received)

    def _take(
        self,
        length: int,
        ancillary: list[tuple[int, int, bytes]],
        _flags: int,
        address: tuple[str, int, int, int, bytes],
    ) -> None:
        kept = bytes(self._buffer[: min(length, len(self._buffer))])
        room = tasks.CAPTURE_BYTES_MAX - len(self._content) - writing.RECORD_HEADING_BYTES
        if len(kept) > room:
            self.is_full.set()
            return
        packet = writing.Packet(
            at_ns=_time_of(ancillary),
            content=kept,
            length=length,
            kind=address[2],
            hardware=address[3],
            protocol=programs.ETHERTYPE_IPV4,
        )
        self._content += writing.record(packet)
        self._packets += 1
        if self._packets >= self._spec.packets:
            self.is_full.set()


async def _until_full(
    tap: _Tap,
    spec: tasks.CaptureSpec,
    stopped: asyncio.Event,
    on_progress: taps_port.OnProgress,
) -> None:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + spec.seconds
    ends = [loop.create_task(stopped.wait()), loop.create_task(tap.is_full.wait())]
    try:
        while (left := ends_at - loop.time()) > 0:
            done, _ = await asyncio.wait(
                ends,
                timeout=min(left, _PROGRESS_SECONDS),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if done:
                return
            on_progress(tap.result())
    finally:
        for each in ends:
            each.cancel()


def _where(place: places.TunnelPlace, side: tasks.CaptureSide) -> tuple[str, str]:
    if side is tasks.CaptureSide.OUTSIDE:
        return place.namespace, places.OUTSIDE_DEVICE
    if place.router_namespace is None:
        raise network.NamespaceMissing(f"Tunnel {place.tunnel_id} has no router.")
    return place.router_namespace, place.device


def _open(device: str, only: tasks.CaptureFilter) -> socket.socket:
    # Protocol 0 receives nothing: the filter is there before the first packet.
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    opened = socket.socket(socket.AF_PACKET, kind, 0)
    try:
        _attach(opened, programs.compile_filter(only))
        opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        opened.bind((device, _ETH_P_ALL))
    except OSError as exc:
        opened.close()
        raise network.DeviceMissing(
            f"Device {device} cannot be captured from ({exc.strerror}); is the tunnel set up?",
            device=device,
        ) from exc
    return opened


def _attach(opened: socket.socket, program: tuple[programs.Instruction, ...]) -> None:
    code = programs.encode(program)
    held = ctypes.create_string_buffer(code, len(code))
    opened.setsockopt(
        socket.SOL_SOCKET,
        _SO_ATTACH_FILTER,
        struct.pack("@HP", len(program), ctypes.addressof(held)),
    )


def _time_of(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return int(seconds) * _BILLION + int(nanoseconds)
    return time.time_ns()
