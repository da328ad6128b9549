"""A cheap load: requests made beforehand, sent as bytes over connections that are kept.

One process with one event loop, so that most of the machine is the server's. Each client sends its
next request when the answer to the last one is complete.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import processes

HOST = "127.0.0.1"
CLIENTS = 8
_DEADLINE_SECONDS = 120.0
_SHOWN_BYTES = 600


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came of a load."""

    seconds: float
    cpu_seconds: float
    """Processor time of the server."""
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Answers by second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor time of the server by answer, which says more than the rate on a busy host."""
        return self.cpu_seconds / len(self.latencies) * 1000

    @property
    def median_ms(self) -> float:
        """The latency that half of the calls stay below."""
        return statistics.median(self.latencies) * 1000

    @property
    def p99_ms(self) -> float:
        """The latency that 99 of 100 calls stay below."""
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[98] * 1000


class _Client(asyncio.Protocol):
    """One connection; opened again when the server closes it between two calls."""

    def __init__(self, port: int, waiting: deque[bytes], latencies: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._port = port
        self._waiting = waiting
        self._latencies = latencies
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._expected = 0
        self._is_last = False
        self._sent_at: float | None = None

    async def run(self) -> None:
        """Send requests while there are any."""
        while self._waiting:
            self.done = asyncio.get_running_loop().create_future()
            await asyncio.get_running_loop().create_connection(lambda: self, HOST, self._port)
            await self.done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer; after its last part, send the next request."""
        self._received += data
        if not self._expected:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._received[:end]).lower()
            self._expected = end + 4 + _length(head)
            self._is_last = b"\r\nconnection: close" in head
        if len(self._received) < self._expected:
            return
        assert self._transport is not None
        assert self._sent_at is not None
        self._latencies.append(time.perf_counter() - self._sent_at)
        if not self._received.startswith((b"HTTP/1.1 200 ", b"HTTP/1.0 200 ")):
            self._fail(bytes(self._received[:_SHOWN_BYTES]).decode(errors="replace"))
            return
        if self._is_last:
            self._sent_at = None
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, or have the connection opened again."""
        if self.done.done():
            return
        if self._sent_at is not None:
            self._fail(f"the connection was lost during a call: {exc}")
        else:
            self.done.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        self._received.clear()
        self._expected = 0
        self._is_last = False
        self._sent_at = None
        if not self._waiting:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._waiting.popleft())

    def _fail(self, what: str) -> None:
        self._waiting.clear()
        self.done.set_exception(AssertionError(f"A call failed: {what}"))
        if self._transport is not None:
            self._transport.abort()


class Server(Protocol):
    """What answers."""

    @property
    def port(self) -> int:
        """Where it listens."""

    @property
    def pid(self) -> int:
        """Its process, or the first of several."""


def drive(server: Server, calls: Sequence[bytes], clients: int = CLIENTS) -> Load:
    """Send all calls over several connections; every answer must be a good one."""
    before = processes.cpu_seconds(processes.family(server.pid))
    seconds, latencies = asyncio.run(_drive(server.port, calls, clients))
    used = processes.cpu_seconds(processes.family(server.pid)) - before
    return Load(seconds=seconds, cpu_seconds=used, latencies=latencies)


async def _drive(
    port: int, calls: Sequence[bytes], clients: int
) -> tuple[float, tuple[float, ...]]:
    waiting = deque(calls)
    latencies: list[float] = []
    started = time.perf_counter()
    async with asyncio.timeout(_DEADLINE_SECONDS):
        await asyncio.gather(*(_Client(port, waiting, latencies).run() for _ in range(clients)))
    seconds = time.perf_counter() - started
    assert len(latencies) == len(calls), f"{len(latencies)} of {len(calls)} calls were answered"
    return seconds, tuple(latencies)


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    assert found, f"The answer has no length: {head!r}"
    return int(rest.split(b"\r\n")[0])
