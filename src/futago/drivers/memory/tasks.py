"""Captures, pings and the journal of tasks in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Mapping

from futago.domain import tasks
from futago.plan import observation, places
from futago.ports import taps as taps_port
from futago.protocols.pcap import writing


class MemoryJournal:
    """Implements `ports.journal.TaskJournal`; give the same one to a later agent."""

    def __init__(self) -> None:
        self._known: dict[str, observation.TaskObservation] = {}

    def known(self) -> Mapping[str, observation.TaskObservation]:
        """Give the last word on each task by id."""
        return self._known

    def note(self, seen: observation.TaskObservation) -> None:
        """Keep how far a task is."""
        self._known[seen.task_id] = seen

    def keep(self, task_ids: Collection[str]) -> None:
        """Forget all other tasks."""
        self._known = {each: seen for each, seen in self._known.items() if each in task_ids}


class MemoryTaps:
    """Implements `ports.taps.Taps`; tests put packets on devices."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Queue[bytes]] = []

    @property
    def running(self) -> int:
        """Captures under way."""
        return len(self._waiting)

    def pass_packet(self, content: bytes) -> None:
        """Have a packet pass wherever somebody captures."""
        for queue in self._waiting:
            queue.put_nowait(content)

    async def capture(
        self,
        place: places.TunnelPlace,
        spec: tasks.CaptureSpec,
        stopped: asyncio.Event,
        on_progress: taps_port.OnProgress,
    ) -> taps_port.Captured:
        """Capture until a limit is reached or it is stopped."""
        del place
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        seen: list[bytes] = []
        self._waiting.append(queue)
        stop = asyncio.get_running_loop().create_task(stopped.wait())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(spec.seconds):
                    while len(seen) < spec.packets and not stop.done():
                        taken = asyncio.get_running_loop().create_task(queue.get())
                        await asyncio.wait({stop, taken}, return_when=asyncio.FIRST_COMPLETED)
                        if taken.done():
                            seen.append(taken.result())
                            on_progress(tasks.CaptureResult(packets=len(seen)))
                        taken.cancel()
        finally:
            stop.cancel()
            self._waiting.remove(queue)
        return _captured(spec, seen)


class MemoryPings:
    """Implements `ports.pings.Pings`; tests say who is silent."""

    def __init__(self) -> None:
        self.silent: set[str] = set()
        """Targets that do not answer."""
        self.sent: list[tuple[str, tasks.PingSpec]] = []

    async def ping(self, namespace: str, spec: tasks.PingSpec) -> tasks.PingResult:
        """Answer all requests, or none."""
        self.sent.append((namespace, spec))
        if str(spec.target) in self.silent:
            return tasks.PingResult(sent=spec.count, answered=0)
        return tasks.PingResult(sent=spec.count, answered=spec.count, rtt_ms=1.0)


def _captured(spec: tasks.CaptureSpec, seen: list[bytes]) -> taps_port.Captured:
    content = writing.heading(spec.snap_bytes)
    for number, each in enumerate(seen):
        packet = writing.Packet(
            at_ns=number,
            content=each[: spec.snap_bytes],
            length=len(each),
            kind=0,
            hardware=1,
            protocol=0x0800,
        )
        content += writing.record(packet)
    result = tasks.CaptureResult(packets=len(seen), size_bytes=len(content))
    return taps_port.Captured(content=content, result=result)
