"""Whether a tunnel passes packets, by probes through it, and what follows for next hops. Pure.

Probes go out slowly while nothing is wrong. When packets leave and none come, or an answer is
overdue, they go out every 200 ms, and three in a row without an answer are a dead tunnel. It is
taken into service again after answers in a row; more of them after each relapse, so that a flapping
path does not flap the routes.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Final

from futago.domain import ids
from futago.plan import intent

IDLE_SECONDS: Final = 10.0
"""Between probes where BFD tells sooner, and of a target that has never answered."""
STEADY_SECONDS: Final = 0.75
"""Between probes that are answered: the third that is lost is missed within 1.4 s."""
URGENT_SECONDS: Final = 0.2
PATIENT_SECONDS: Final = 1.0
"""Between probes of a target that has never answered, or that has been silent for long."""
PROOF_SECONDS: Final = 30.0
"""Without a target, a tunnel that nothing came out of for longer is unknown."""
UNANSWERED_MAX: Final = 3
ANSWERS_MIN: Final = 5
ANSWERS_MAX: Final = 80
RELAPSE_SECONDS: Final = 60.0
_TIMEOUT_FLOOR: Final = 0.25
_OVERDUE: Final = 2.0
"""Round trips after which an answer is overdue."""
_TIMEOUT_CEILING: Final = 1.0
_LONG_DEAD_SECONDS: Final = 60.0


class Verdict(StrEnum):
    """What the probes of a tunnel prove."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"
    """No target, or one that has not answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePath:
    """From where to where a tunnel is probed."""

    tunnel_id: ids.TunnelId
    source: IPv4Address
    target: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What outlives the process that probes."""

    path: ProbePath
    verdict: Verdict
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """What is known of one tunnel; `answered` and `unanswered` give the next state."""

    verdict: Verdict = Verdict.UNKNOWN
    misses: int = 0
    """Probes without an answer since the last answer."""
    answers: int = 0
    """Answers in a row, counted while dead."""
    needed: int = ANSWERS_MIN
    """Answers in a row that end a death."""
    changed_at: float = 0.0
    """When the verdict was reached."""
    has_died: bool = False
    """It was dead since it has last been steady."""
    has_answered: bool = False
    """The target answers probes, or did so through an SA before this one."""


def answered(before: Liveness, now: float) -> Liveness:
    """Take an answer into account."""
    if before.verdict is Verdict.DEAD:
        answers = before.answers + 1
        if answers < before.needed:
            return replace(before, answers=answers, misses=0)
    if before.verdict is not Verdict.ALIVE:
        return replace(
            before,
            verdict=Verdict.ALIVE,
            misses=0,
            answers=0,
            changed_at=now,
            has_answered=True,
        )
    is_steady = now - before.changed_at > RELAPSE_SECONDS
    if is_steady:
        return replace(before, misses=0, needed=ANSWERS_MIN, has_died=False)
    return replace(before, misses=0)


def unanswered(before: Liveness, now: float) -> Liveness:
    """Take a probe without an answer into account."""
    misses = before.misses + 1
    proves_nothing = before.verdict is Verdict.UNKNOWN and not before.has_answered
    if before.verdict is Verdict.DEAD or misses < UNANSWERED_MAX or proves_nothing:
        # A target that has never answered proves nothing: it may not answer probes at all.
        return replace(before, misses=misses, answers=0)
    is_relapse = before.has_died and now - before.changed_at <= RELAPSE_SECONDS
    needed = min(ANSWERS_MAX, before.needed * 2) if is_relapse else ANSWERS_MIN
    return Liveness(
        verdict=Verdict.DEAD,
        misses=misses,
        needed=needed,
        changed_at=now,
        has_died=True,
        has_answered=True,
    )


def pause(state: Liveness, now: float, *, is_still: bool, has_bfd: bool = False) -> float:
    """Give the seconds until the next probe.

    Args:
        state: What is known.
        now: The present time.
        is_still: Packets leave by the tunnel, and none come.
        has_bfd: BFD is up in the tunnel.
    """
    match state.verdict:
        case Verdict.ALIVE:
            if is_still or state.misses:
                return URGENT_SECONDS
            return IDLE_SECONDS if has_bfd else STEADY_SECONDS
        case Verdict.DEAD:
            is_old = now - state.changed_at > _LONG_DEAD_SECONDS and not state.answers
            return PATIENT_SECONDS if is_old else URGENT_SECONDS
        case Verdict.UNKNOWN if state.has_answered:
            return URGENT_SECONDS
        case Verdict.UNKNOWN:
            return PATIENT_SECONDS if state.misses < UNANSWERED_MAX else IDLE_SECONDS


def patience(round_trip: float | None) -> float:
    """Give the seconds after which the next probe goes out unless there is an answer before."""
    if round_trip is None:
        return _TIMEOUT_CEILING
    return min(_TIMEOUT_CEILING, max(URGENT_SECONDS, _OVERDUE * round_trip))


def timeout(round_trip: float | None) -> float:
    """Give how long an answer may take, by the round trips so far (seconds; None: not known)."""
    if round_trip is None:
        return _TIMEOUT_CEILING
    return min(_TIMEOUT_CEILING, max(_TIMEOUT_FLOOR, 3 * round_trip))


def paths(
    connection: intent.ConnectionIntent, sessions: Iterable[intent.BgpIntent]
) -> tuple[ProbePath, ...]:
    """Give the paths to probe: the configured target, else the BGP peer, else none."""
    found = {
        session.tunnel_id: ProbePath(
            tunnel_id=session.tunnel_id,
            source=session.local_address,
            target=session.peer_address,
        )
        for session in sessions
    }
    for probe in connection.probes:
        found[probe.tunnel_id] = ProbePath(
            tunnel_id=probe.tunnel_id, source=probe.source, target=probe.target
        )
    ours = {tunnel.tunnel_id for tunnel in connection.tunnels}
    return tuple(found[each] for each in sorted(found) if each in ours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What speaks for and against a tunnel as a next hop."""

    tunnel_id: ids.TunnelId
    is_up: bool
    """A child SA is installed."""
    is_dead: bool = False
    """By its probes."""
    is_draining: bool = False
    """About to be changed."""

    @property
    def is_good(self) -> bool:
        """Tell whether it can take all traffic."""
        return self.is_up and not (self.is_dead or self.is_draining)


def out_of_service(tunnels: Iterable[Service]) -> frozenset[ids.TunnelId]:
    """Give the tunnels of one connection to leave out as next hops.

    Never all of them: a next hop that may be dead is better than none, and what both tunnels have
    in common is more likely the target than the path.
    """
    together = tuple(tunnels)
    if not any(tunnel.is_good for tunnel in together):
        return frozenset()
    return frozenset(
        tunnel.tunnel_id for tunnel in together if tunnel.is_dead or tunnel.is_draining
    )
