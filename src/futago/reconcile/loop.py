"""A queue of keys and the loop that works on them.

A request carries only a key: "look again". Requests of one key coalesce; a key is worked on by one
worker at a time, different keys in parallel. A reconciler says that it is done or when to come
again, or raises: a fault's own advice decides the pause, anything else is a bug that is logged with
its traceback and retried with growing pauses. Losing a request costs latency until the next full
pass, never correctness.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram

from futago.domain import faults

log = logging.getLogger(__name__)

RECONCILE_ID: Final = ContextVar("reconcile_id", default="")
RESOURCE_ID: Final = ContextVar("resource_id", default="")
"""Context of one pass, for every log line in it."""

K = TypeVar("K", bound=Hashable)

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0

DURATION = Histogram("futago_reconcile_duration_seconds", "Time of one reconcile", ["loop"])
OUTCOMES = Counter("futago_reconcile_total", "Reconciles by outcome", ["loop", "outcome"])
DRIFT = Counter("futago_reconcile_drift_total", "Steps taken though no intent changed", ["loop"])
QUEUE = Gauge("futago_reconcile_queue_keys", "Keys waiting", ["loop"])


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more to do for the key until it is requested again."""


@dataclass(frozen=True, slots=True)
class Again:
    """Come again after a pause."""

    after: timedelta


Outcome = Done | Again
Reconciler = Callable[[K], Awaitable[Outcome]]


class KeyedLoop(Generic[K]):
    """Works on requested keys until it is cancelled."""

    def __init__(self, name: str, reconcile: Reconciler[K], *, workers: int = 16) -> None:
        self._name = name
        self._reconcile = reconcile
        self._slots = asyncio.Semaphore(workers)
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._order = itertools.count()
        self._running: set[K] = set()
        self._failures: dict[K, int] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()

    def request(self, key: K, delay: float = 0.0) -> None:
        """Ask for a look at a key, `delay` seconds from now at the latest."""
        due = time.monotonic() + delay
        if self._due.get(key, float("inf")) <= due:
            return
        self._due[key] = due
        heapq.heappush(self._heap, (due, next(self._order), key))
        QUEUE.labels(self._name).set(len(self._due))
        self._wake.set()

    def forget(self, key: K) -> None:
        """Drop a key that no longer exists."""
        self._due.pop(key, None)
        self._failures.pop(key, None)

    async def run(self) -> None:
        """Work until cancelled; running reconciles are cancelled too."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                for key in self._take_ready():
                    await self._slots.acquire()
                    self._running.add(key)
                    tasks.create_task(self._work(key), name=f"{self._name}:{key}")
                await self._sleep_until_next()

    def _take_ready(self) -> list[K]:
        """Pop the keys that are due; a key that is being worked on waits for its end."""
        ready: list[K] = []
        now = time.monotonic()
        while self._heap and self._heap[0][0] <= now:
            due, _, key = heapq.heappop(self._heap)
            if self._due.get(key) != due or key in self._running:
                continue
            del self._due[key]
            ready.append(key)
        return ready

    async def _sleep_until_next(self) -> None:
        if not self._heap:
            await self._wake.wait()
            return
        pause = max(0.0, self._heap[0][0] - time.monotonic())
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _work(self, key: K) -> None:
        started = time.monotonic()
        RECONCILE_ID.set(f"{self._name}-{next(self._order)}")
        RESOURCE_ID.set(str(key))
        try:
            outcome = await self._attempt(key)
        finally:
            self._running.discard(key)
            self._slots.release()
            DURATION.labels(self._name).observe(time.monotonic() - started)
            self._requeue(key)
        if isinstance(outcome, Again):
            self.request(key, outcome.after.total_seconds())

    def _requeue(self, key: K) -> None:
        """Put a request that came in meanwhile back on the heap."""
        due = self._due.get(key)
        if due is not None:
            heapq.heappush(self._heap, (due, next(self._order), key))
            self._wake.set()

    async def _attempt(self, key: K) -> Outcome:
        try:
            outcome = await self._reconcile(key)
        except faults.Fault as fault:
            pause = self._pause(key, fault.retry)
            log.warning(
                "reconcile failed",
                extra={
                    "loop": self._name,
                    "key": str(key),
                    "code": fault.code,
                    "fault": fault.message,
                    "pause_seconds": pause,
                },
            )
            OUTCOMES.labels(self._name, "fault").inc()
            return Again(timedelta(seconds=pause))
        except Exception:
            pause = self._pause(key, faults.BACKOFF)
            log.exception("reconcile crashed", extra={"loop": self._name, "key": str(key)})
            OUTCOMES.labels(self._name, "bug").inc()
            return Again(timedelta(seconds=pause))
        self._failures.pop(key, None)
        OUTCOMES.labels(self._name, "done").inc()
        return outcome

    def _pause(self, key: K, retry: faults.Retry) -> float:
        """Pause in seconds: the fault's own, else doubling with jitter."""
        if retry.after is not None:
            return retry.after.total_seconds()
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        longest: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreading load, not a secret


def again(seconds: float) -> Again:
    """Come again after so many seconds."""
    return Again(timedelta(seconds=seconds))
