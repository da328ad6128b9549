"""What is known of one tunnel's life: probes under way, their round trips, counters. No I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from futago.domain import ids
from futago.plan import liveness, observation, places

WINDOW: Final = 50
"""Probes that round trip and loss are computed over."""
NUMBERS: Final = 1 << 16
_NEVER: Final = float("inf")
_STILL_SECONDS: Final = 0.1
_RECENT_SECONDS: Final = 2.0


@dataclass(slots=True, kw_only=True)
class Track:
    """One tunnel. Times are monotonic seconds, except for what is shown."""

    place: places.TunnelPlace
    connection_id: ids.ConnectionId
    router_id: ids.RouterId
    path: liveness.ProbePath | None = None
    is_up: bool = False
    """A child SA is installed."""
    has_routes: bool = True
    """It has no BGP session, or one that is established."""
    state: liveness.Liveness = field(default_factory=liveness.Liveness)
    next_at: float = 0.0
    is_still: bool = False
    """Packets leave by the tunnel, and none come."""
    left_at: float = float("-inf")
    """When packets were last seen to leave."""
    came_at: float = float("-inf")
    answered_at: float = float("-inf")
    last_inbound_at: datetime | None = None
    last_answer_at: datetime | None = None
    _number: int = 0
    _pending: dict[int, float] = field(default_factory=dict)
    _results: deque[float | None] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _counters: observation.DeviceCounters | None = None
    _read_at: float = 0.0

    def forget(self) -> None:
        """Start anew: the path, or the SA under it, is another one."""
        self.state = liveness.Liveness()
        self.next_at = 0.0
        self.is_still = False
        self._pending.clear()
        self._results.clear()

    def is_moving(self, now: float) -> bool:
        """Tell whether packets left lately."""
        return now - self.left_at < _RECENT_SECONDS

    def next_number(self, now: float) -> int:
        """Number the next probe and note that it is under way."""
        self._number = (self._number + 1) % NUMBERS
        self._pending[self._number] = now
        return self._number

    def hear(self, number: int, at: float, shown_at: datetime) -> None:
        """Take an answer; one that is late still shows that the tunnel passes packets."""
        sent = self._pending.pop(number, None)
        if sent is not None:
            self._results.append(at - sent)
        self.last_answer_at, self.answered_at = shown_at, at
        self.state = liveness.answered(self.state, at)
        if self.state.verdict is not liveness.Verdict.DEAD:
            self._pace(at)

    def expire(self, now: float) -> None:
        """Give up probes that took too long."""
        limit = liveness.timeout(self.round_trip)
        for number in [each for each, sent in self._pending.items() if now - sent > limit]:
            del self._pending[number]
            self._results.append(None)
            self.state = liveness.unanswered(self.state, now)
            self._pace(now)

    def count(self, seen: observation.DeviceCounters, now: float, shown_at: datetime) -> None:
        """Take counters into account."""
        before, self._counters = self._counters, seen
        elapsed, self._read_at = now - self._read_at, now
        if before is None:
            return
        has_left = seen.sent_packets != before.sent_packets
        has_come = seen.received_packets != before.received_packets
        if has_left:
            self.left_at = now
        if has_come:
            self.came_at = now
            self.last_inbound_at = shown_at
        was_still = self.is_still
        self.is_still = has_left and not has_come and elapsed >= _STILL_SECONDS
        if self.is_still and not was_still:
            self.next_at = min(self.next_at, now)

    @property
    def due(self) -> float:
        """When the next probe has to be sent or an earlier one to be given up."""
        limit = liveness.timeout(self.round_trip)
        return min(self.next_at, *(sent + limit for sent in self._pending.values()), _NEVER)

    @property
    def round_trip(self) -> float | None:
        """Mean round trip of the last answered probes, in seconds."""
        times = [each for each in self._results if each is not None]
        return sum(times) / len(times) if times else None

    @property
    def loss(self) -> float | None:
        """Share of the last probes without an answer."""
        if not self._results:
            return None
        return sum(each is None for each in self._results) / len(self._results)

    def verdict(self, now: datetime) -> liveness.Verdict:
        """Say what is proven; without a target, by what came out of the tunnel lately."""
        if self.path is not None:
            return self.state.verdict
        proof = timedelta(seconds=liveness.PROOF_SECONDS)
        is_proven = self.last_inbound_at is not None and now - self.last_inbound_at <= proof
        return liveness.Verdict.ALIVE if is_proven else liveness.Verdict.UNKNOWN

    def shown(self, now: datetime) -> observation.ProbeObservation:
        """Give the facts as they are reported."""
        round_trip = self.round_trip
        return observation.ProbeObservation(
            verdict=self.verdict(now),
            target=None if self.path is None else self.path.target,
            at=self.last_answer_at,
            rtt_ms=None if round_trip is None else round(round_trip * 1000, 3),
            loss=self.loss,
            last_inbound_at=self.last_inbound_at,
        )

    def _pace(self, now: float) -> None:
        """Have the next probe sent as early as the new state asks for."""
        wanted = now + liveness.pause(self.state, now, is_still=self.is_still)
        self.next_at = min(self.next_at, wanted)
