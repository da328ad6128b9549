"""What is known of one tunnel's life: probes under way, their round trips, counters. No I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from futago.agent import meters
from futago.domain import connection, health, ids
from futago.plan import liveness, observation, places

WINDOW: Final = 50
"""Probes that round trip and loss are computed over."""
NUMBERS: Final = 1 << 16
_NEVER: Final = float("inf")
_STILL_SECONDS: Final = 0.1
_RECENT_SECONDS: Final = 2.0
_SILENT_SECONDS: Final = 0.8
"""Packets leave for so long and none come: the tunnel is in doubt."""
_TALKING_SECONDS: Final = 5.0
"""What came out of a tunnel so shortly before the silence was an exchange; one-way traffic, which
is never answered, casts no doubt."""
_FRESH: Final = timedelta(seconds=2)


@dataclass(slots=True, kw_only=True)
class Track:
    """One tunnel. Times are monotonic seconds, except for what is shown."""

    place: places.TunnelPlace
    connection_id: ids.ConnectionId
    router_id: ids.RouterId
    bandwidth: connection.TunnelBandwidth = connection.TunnelBandwidth.STANDARD
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
    has_bfd: bool = False
    """BFD runs in it and is up."""
    silent_since: datetime | None = None
    """Since when it is in doubt: packets leave and none come, or its probes are lost."""
    meter: meters.Meter = field(default_factory=meters.Meter)
    _verdict: liveness.Verdict = liveness.Verdict.UNKNOWN
    _verdict_at: datetime | None = None
    _still_from: float | None = None
    _number: int = 0
    _sent_at: float = 0.0
    _pending: dict[int, float] = field(default_factory=dict)
    _results: deque[float | None] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _counters: observation.DeviceCounters | None = None
    _read_at: float = 0.0

    def forget(self) -> None:
        """Start anew: the path, or the SA under it, is another one."""
        self.state = liveness.Liveness(has_answered=self.state.has_answered)
        self.next_at = 0.0
        self.is_still = False
        self.silent_since = self._still_from = None
        self._pending.clear()
        self._results.clear()

    def follow(self, path: liveness.ProbePath | None) -> None:
        """Probe another target, or none."""
        self.path = path
        self.state = liveness.Liveness()
        self.forget()

    def recall(self, before: liveness.Remembered, now: float) -> None:
        """Go on from what an earlier agent knew of the path."""
        if before.path != self.path:
            return
        self.state = liveness.Liveness(has_answered=True)
        if before.verdict is liveness.Verdict.DEAD:
            self.state = replace(self.state, verdict=before.verdict, changed_at=now, has_died=True)
            self._verdict, self._verdict_at = before.verdict, before.since
            self.silent_since = before.since

    @property
    def remembered(self) -> liveness.Remembered | None:
        """What a later agent should know; None where nothing was proven."""
        if self.path is None or not self.state.has_answered:
            return None
        is_dead = self.state.verdict is liveness.Verdict.DEAD
        return liveness.Remembered(
            path=self.path,
            verdict=liveness.Verdict.DEAD if is_dead else liveness.Verdict.ALIVE,
            since=self._verdict_at if is_dead else None,
        )

    def is_moving(self, now: float) -> bool:
        """Tell whether packets left lately."""
        return now - self.left_at < _RECENT_SECONDS

    @property
    def sent_packets(self) -> int:
        """Count the packets that entered the device since it exists."""
        return 0 if self._counters is None else self._counters.sent_packets

    def next_number(self, now: float) -> int:
        """Number the next probe, note that it is under way, and when the one after it is due."""
        self._number = (self._number + 1) % NUMBERS
        self._pending[self._number] = self._sent_at = now
        pause = self.pause(now)
        if self.state.verdict is liveness.Verdict.ALIVE:
            # An answer in time puts it off.
            pause = min(pause, liveness.patience(self.round_trip))
        self.next_at = now + pause
        return self._number

    def hear(self, number: int, at: float, shown_at: datetime) -> None:
        """Take an answer; one that is late still shows that the tunnel passes packets."""
        sent = self._pending.pop(number, None)
        if sent is not None:
            self._results.append(at - sent)
        self.last_answer_at, self.answered_at = shown_at, at
        self.state = liveness.answered(self.state, at)
        if self.state.verdict is liveness.Verdict.ALIVE and not self._pending:
            self.next_at = self._sent_at + self.pause(at)
        elif self.state.verdict is not liveness.Verdict.DEAD:
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
        began, self._read_at = self._read_at, now
        elapsed = now - began
        self.meter.add(seen, now)
        if before is None:
            return
        # Fewer than before are those of another device.
        has_left = seen.sent_packets > before.sent_packets
        has_come = seen.received_packets > before.received_packets
        self._doubt(began, now, shown_at, has_left=has_left, has_come=has_come)
        if has_left:
            self.left_at = now
        if has_come:
            self.came_at = now
            self.last_inbound_at = shown_at
        was_still = self.is_still
        self.is_still = has_left and not has_come and elapsed >= _STILL_SECONDS
        if self.is_still and not was_still:
            self.next_at = min(self.next_at, now)

    def _doubt(
        self, began: float, now: float, shown_at: datetime, *, has_left: bool, has_come: bool
    ) -> None:
        """Notice that packets leave and none come any more.

        Args:
            began: When the counters were read before.
            now: When they were read now.
            shown_at: The same as a time of day.
            has_left: Packets have left between.
            has_come: Packets have come.
        """
        if has_come:
            self._still_from = None
            if self.state.verdict is not liveness.Verdict.DEAD:
                self.silent_since = None
            return
        was_talking = began - self.came_at <= _TALKING_SECONDS
        if has_left and self._still_from is None and was_talking:
            self._still_from = began
        is_probed = self.path is not None and self.state.verdict is not liveness.Verdict.UNKNOWN
        if self._still_from is None or self.silent_since is not None or is_probed:
            return  # probes tell better
        if has_left and now - self._still_from >= _SILENT_SECONDS:
            self.silent_since = shown_at

    def settle(self, now: datetime) -> None:
        """Note when the verdict changes."""
        verdict = self.verdict(now)
        if verdict is self._verdict:
            return
        self._verdict, self._verdict_at = verdict, now
        if verdict is liveness.Verdict.DEAD:
            self.silent_since = now
        elif verdict is liveness.Verdict.ALIVE:
            self.silent_since = None

    @property
    def proof(self) -> observation.PeerProof | None:
        """Name what came out of the tunnel last, by the most telling kind that it can have been.

        Counters do not say what a packet was: with BFD up it was BFD, right after an answer to a
        probe it was that.
        """
        answered, inbound = self.last_answer_at, self.last_inbound_at
        last = max((each for each in (answered, inbound) if each is not None), default=None)
        if last is None:
            return None
        if answered is not None and last - answered <= _FRESH:
            evidence = health.Evidence.PROBE
        else:
            evidence = health.Evidence.BFD if self.has_bfd else health.Evidence.TRAFFIC
        return observation.PeerProof(evidence=evidence, at=last)

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
        self.settle(now)
        round_trip = self.round_trip
        return observation.ProbeObservation(
            verdict=self.verdict(now),
            target=None if self.path is None else self.path.target,
            at=self.last_answer_at,
            rtt_ms=None if round_trip is None else round(round_trip * 1000, 3),
            loss=self.loss,
            last_inbound_at=self.last_inbound_at,
            since=self._verdict_at,
            silent_since=self.silent_since,
        )

    def pause(self, now: float) -> float:
        """Give the seconds until the next probe."""
        state, is_still = self.state, self.is_still
        return liveness.pause(state, now, is_still=is_still, has_bfd=self.has_bfd)

    def _pace(self, now: float) -> None:
        """Have the next probe sent as early as the new state asks for."""
        wanted = now + self.pause(now)
        self.next_at = min(self.next_at, wanted)
