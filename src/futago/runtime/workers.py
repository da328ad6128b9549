"""Several processes that do the same work, on sockets that were opened before.

The first process opens what all share, makes the others by fork, and then only keeps their number.
They share its memory of modules and tables, and the queues of its sockets: a caller whom a killed
worker had not accepted yet is accepted by another one. Before the fork there are neither threads
nor connections to the database.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from futago.runtime import logfields, parent, supervise

log = logging.getLogger(__name__)

STOP_SECONDS: Final = supervise.STOP_SECONDS - 2
"""After this long a worker is killed, before the supervisor loses its patience with the role."""
_STOPPING: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_HEARD: Final = _STOPPING | {signal.SIGCHLD}


@dataclass(slots=True)
class _Place:
    """What one worker after the other fills."""

    number: int
    pid: int = 0
    """Zero while nobody is there."""
    changed_at: float = 0.0
    """When the worker was started, or when the next one may be."""
    pause: float = supervise.FIRST_PAUSE_SECONDS


class Workers:
    """Keeps a number of workers running until told to stop."""

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        """Take what to run.

        Args:
            count: How many at a time.
            work: What a worker of a number does until SIGTERM, in a process of its own.
        """
        self._work = work
        self._places = tuple(_Place(number) for number in range(count))

    def run(self) -> None:
        """Return when all workers have ended after SIGTERM or SIGINT.

        A worker leaves by SystemExit, or by what its work raised.

        Raises:
            SystemExit: With a worker's exit code, when it failed soon after its start.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        while True:
            for place in self._places:
                if not place.pid and place.changed_at <= time.monotonic():
                    self._fill(place, before)
            heard = signal.sigtimedwait(_HEARD, self._longest_sleep())
            if heard is not None and heard.si_signo in _STOPPING:
                self._end_all()
                return
            for place, code in self._reap():
                self._vacate(place, code)

    def _fill(self, place: _Place, heard: set[int]) -> None:
        own = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_worker(place.number, own, heard)
        place.pid, place.changed_at = pid, time.monotonic()
        log.info("worker started", extra={"worker": place.number, "pid": pid})

    def _become_worker(self, number: int, first: int, heard: set[int]) -> NoReturn:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        # Killed, not asked: its successors need the sockets that it would keep open.
        parent.end_with(first, signal.SIGKILL)
        logfields.CONTEXT[logfields.WORKER].set(str(number))
        self._work(number)
        sys.exit(0)

    def _longest_sleep(self) -> float:
        """Give the time to the next start; a long one while all places are filled."""
        now = time.monotonic()
        waits = [place.changed_at - now for place in self._places if not place.pid]
        return max(0.0, min(waits, default=3600.0))

    def _reap(self) -> list[tuple[_Place, int]]:
        """Take note of workers that have ended, with their exit codes; negative: a signal."""
        found = []
        for place in self._places:
            pid, status = os.waitpid(place.pid, os.WNOHANG) if place.pid else (0, 0)
            if pid:
                place.pid = 0
                found.append((place, os.waitstatus_to_exitcode(status)))
        return found

    def _vacate(self, place: _Place, code: int) -> None:
        now = time.monotonic()
        is_stable = now - place.changed_at > supervise.STABLE_SECONDS
        if code > 0 and not is_stable:
            # The reason is in its settings or around it, so the others have it too.
            self._end_all()
            sys.exit(code)
        pause = supervise.FIRST_PAUSE_SECONDS if is_stable else place.pause
        extra = {"worker": place.number, "exit_code": code, "pause_seconds": pause}
        log.warning("worker ended", extra=extra)
        place.changed_at = now + pause
        place.pause = min(pause * 2, supervise.LONGEST_PAUSE_SECONDS)

    def _end_all(self) -> None:
        """End all workers: politely, then not."""
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(place.pid for place in self._places):
            left = deadline - time.monotonic()
            if left <= 0 or signal.sigtimedwait({signal.SIGCHLD}, left) is None:
                self._signal_all(signal.SIGKILL)
                return
            self._reap()

    def _signal_all(self, number: signal.Signals) -> None:
        for place in self._places:
            if place.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(place.pid, number)
