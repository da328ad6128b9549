"""Echo requests from an address of a namespace, by its routes."""

from __future__ import annotations

import asyncio
import contextlib
from ipaddress import IPv4Address
from typing import Final

from futago.domain import tasks
from futago.drivers.linux import icmp
from futago.plan import places

_EVERY_SECONDS: Final = 0.2
_BY_ROUTE: Final = ("", 0)
"""No device: the routes of the namespace choose it."""


class LinuxPings:
    """Implements `ports.pings.Pings` with ICMP echo."""

    async def ping(self, namespace: str, spec: tasks.PingSpec) -> tasks.PingResult:
        """Send all requests and wait for their answers."""
        loop = asyncio.get_running_loop()
        sent: dict[int, float] = {}
        trips: dict[int, float] = {}
        is_complete = asyncio.Event()

        def hear(_device: str, sender: IPv4Address, number: int, at: float) -> None:
            if sender == spec.target and number in sent:
                trips.setdefault(number, at - sent[number])
            if len(trips) == spec.count:
                is_complete.set()

        mark = places.OUTSIDE_MARK if spec.vpc_id is None else 0
        echo = await icmp.EchoSocket.open(namespace, hear, mark)
        with contextlib.closing(echo):
            ends_at = loop.time() + tasks.PING_SECONDS
            for number in range(spec.count):
                sent[number] = loop.time()
                with contextlib.suppress(OSError):  # no way there: not answered
                    echo.send(_BY_ROUTE, spec.source, spec.target, number)
                await asyncio.sleep(_EVERY_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(ends_at):
                    await is_complete.wait()
        mean = sum(trips.values()) / len(trips) if trips else None
        return tasks.PingResult(
            sent=spec.count,
            answered=len(trips),
            rtt_ms=None if mean is None else round(mean * 1000, 3),
        )
