"""Events: what changed, found by comparing what was told before with what is true now. Pure.

Every fact belongs to an aspect of a resource and has a value: phase 1 of a tunnel is `success`. An
event is the step from the value that was told last to the present one. Nothing depends on having
seen the moment of the change: whoever looks later finds the same difference, and whoever looks
twice finds none. The first value of a resource is nobody's news.

An aspect that changes again and again is damped: after some changes it gets one event that says so
and is counted from then on, until it has been quiet for a while and its value is told again.

Names of negotiation and health check are the vendor's, with its severities; the others are ours.
Source: vendor guide "System events of IPsec-VPN".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

CHANGES_TOLD: Final = 8
"""Changes of one aspect within `WINDOW` that are told one by one."""
WINDOW: Final = timedelta(minutes=10)
QUIET: Final = timedelta(minutes=2)
"""A damped aspect that has kept its value for this long is told again."""


class Severity(StrEnum):
    """How much an event matters, the weightiest first."""

    CRITICAL = "critical"
    WARN = "warn"
    INFO = "info"


class Aspect(StrEnum):
    """What of a resource a fact is about."""

    PHASE1 = "phase1"
    PHASE2 = "phase2"
    HEALTH_CHECK = "health-check"
    TUNNEL = "tunnel"
    REASON = "reason"
    BGP = "bgp"
    PREFIXES = "prefixes"
    KEY = "key"
    CONNECTION = "connection"
    ATTACHMENT = "attachment"
    NODE = "node"


class EventName(StrEnum):
    """What happened."""

    PHASE1_SUCCESS = "ipsec_phase1_nego_success"
    PHASE1_FAILED = "ipsec_phase1_nego_failed"
    PHASE2_SUCCESS = "ipsec_phase2_nego_success"
    PHASE2_FAILED = "ipsec_phase2_nego_failed"
    HEALTH_CHECK_SUCCESS = "ipsec_health_check_success"
    HEALTH_CHECK_FAILED = "ipsec_health_check_failed"
    TUNNEL_UP = "tunnel_up"
    TUNNEL_DOWN = "tunnel_down"
    TUNNEL_UNKNOWN = "tunnel_unknown"
    NEGOTIATION_FAILED = "tunnel_negotiation_failed"
    REASON_CLEARED = "tunnel_reason_cleared"
    BGP_UP = "bgp_session_up"
    BGP_DOWN = "bgp_session_down"
    PREFIX_LIMIT_EXCEEDED = "bgp_prefix_limit_exceeded"
    PREFIX_LIMIT_KEPT = "bgp_prefix_limit_kept"
    KEY_CHANGED = "tunnel_key_changed"
    CONNECTION_UP = "connection_up"
    CONNECTION_DEGRADED = "connection_degraded"
    CONNECTION_DOWN = "connection_down"
    CONNECTION_UNKNOWN = "connection_unknown"
    EDIT_APPLIED = "connection_edit_applied"
    ATTACHING = "attachment_attaching"
    ATTACHED = "attachment_attached"
    DETACHING = "attachment_detaching"
    DETACHED = "attachment_detached"
    NODE_SILENT = "node_silent"
    NODE_BACK = "node_back"
    FLAPPING = "state_flapping"
    WEBHOOK_TEST = "webhook_test"


IDLE: Final = "idle"
"""Not up, for no known reason: a loss for what was up, and nothing for what never was."""
NEVER: Final = "never"
UP: Final = "up"
DOWN: Final = "down"
UNKNOWN: Final = "unknown"
SUCCESS: Final = "success"
FAILED: Final = "failed"
INIT: Final = "init"
UPDATING: Final = "updating"

_Meaning = tuple[EventName, Severity, str]
_MEANINGS: Final[Mapping[tuple[Aspect, str], _Meaning]] = {
    (Aspect.PHASE1, SUCCESS): (EventName.PHASE1_SUCCESS, Severity.INFO, "phase 1 is negotiated"),
    (Aspect.PHASE1, FAILED): (EventName.PHASE1_FAILED, Severity.WARN, "phase 1 is not up"),
    (Aspect.PHASE2, SUCCESS): (EventName.PHASE2_SUCCESS, Severity.INFO, "phase 2 is negotiated"),
    (Aspect.PHASE2, FAILED): (EventName.PHASE2_FAILED, Severity.WARN, "phase 2 is not up"),
    (Aspect.HEALTH_CHECK, SUCCESS): (
        EventName.HEALTH_CHECK_SUCCESS,
        Severity.INFO,
        "probes are answered",
    ),
    (Aspect.HEALTH_CHECK, FAILED): (
        EventName.HEALTH_CHECK_FAILED,
        Severity.WARN,
        "probes are not answered",
    ),
    (Aspect.TUNNEL, UP): (EventName.TUNNEL_UP, Severity.INFO, "the tunnel is up"),
    (Aspect.TUNNEL, DOWN): (EventName.TUNNEL_DOWN, Severity.WARN, "the tunnel is down"),
    (Aspect.REASON, ""): (EventName.REASON_CLEARED, Severity.INFO, "the reason is gone"),
    (Aspect.BGP, UP): (EventName.BGP_UP, Severity.INFO, "the BGP session is established"),
    (Aspect.BGP, DOWN): (EventName.BGP_DOWN, Severity.WARN, "the BGP session is down"),
    (Aspect.PREFIXES, "exceeded"): (
        EventName.PREFIX_LIMIT_EXCEEDED,
        Severity.WARN,
        "the peer sends more prefixes than are taken",
    ),
    (Aspect.PREFIXES, "kept"): (
        EventName.PREFIX_LIMIT_KEPT,
        Severity.INFO,
        "the peer keeps to the limit of prefixes again",
    ),
    (Aspect.CONNECTION, UP): (EventName.CONNECTION_UP, Severity.INFO, "both tunnels carry traffic"),
    (Aspect.CONNECTION, "degraded"): (
        EventName.CONNECTION_DEGRADED,
        Severity.WARN,
        "it carries traffic with less than it should have",
    ),
    (Aspect.CONNECTION, DOWN): (
        EventName.CONNECTION_DOWN,
        Severity.CRITICAL,
        "no tunnel carries traffic",
    ),
    (Aspect.TUNNEL, UNKNOWN): (
        EventName.TUNNEL_UNKNOWN,
        Severity.WARN,
        "nothing proves that the peer is there",
    ),
    (Aspect.CONNECTION, UNKNOWN): (
        EventName.CONNECTION_UNKNOWN,
        Severity.WARN,
        "nothing proves how the tunnels are",
    ),
    (Aspect.ATTACHMENT, "attaching"): (EventName.ATTACHING, Severity.INFO, "is being attached"),
    (Aspect.ATTACHMENT, "attached"): (EventName.ATTACHED, Severity.INFO, "is attached"),
    (Aspect.ATTACHMENT, "detaching"): (EventName.DETACHING, Severity.INFO, "is being detached"),
    (Aspect.ATTACHMENT, INIT): (EventName.DETACHED, Severity.INFO, "is detached"),
    (Aspect.NODE, "silent"): (EventName.NODE_SILENT, Severity.CRITICAL, "is not heard of"),
    (Aspect.NODE, "heard"): (EventName.NODE_BACK, Severity.INFO, "is heard of again"),
}
"""What reaching a value is; those that are not here are reached in silence."""

BASELINES: Final[Mapping[Aspect, str]] = {
    Aspect.PHASE1: NEVER,
    Aspect.PHASE2: NEVER,
    Aspect.TUNNEL: NEVER,
    Aspect.BGP: NEVER,
    Aspect.HEALTH_CHECK: SUCCESS,
    Aspect.REASON: "",
    Aspect.PREFIXES: "kept",
    Aspect.ATTACHMENT: INIT,
    Aspect.NODE: "heard",
}
"""Values of what was never looked at; of other aspects the first value is nobody's news."""
_LOSS: Final = {
    Aspect.PHASE1: FAILED,
    Aspect.PHASE2: FAILED,
    Aspect.TUNNEL: DOWN,
    Aspect.BGP: DOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The present value of an aspect."""

    resource_id: str
    aspect: Aspect
    value: str
    label: str
    """The resource in words: "Tunnel 1 of vco-...", "vco-...", "Node node-1"."""
    reason: str = ""
    """A code that says why, where one is known."""
    detail: str = ""
    """A sentence that says more."""
    severity: Severity = Severity.WARN
    """Of a reason."""

    @property
    def key(self) -> str:
        """Name the aspect of the resource."""
        return f"{self.aspect.value}/{self.resource_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told last of an aspect, and how restless it is."""

    value: str
    changes: int = 0
    """Changes since `since`."""
    since: datetime | None = None
    last: datetime | None = None
    """When it changed last."""
    damped_as: int | None = None
    """Number of the event that counts the changes; None while they are told one by one."""

    @property
    def calm_at(self) -> datetime | None:
        """Say when a damped aspect may be told again; None for others."""
        return None if self.damped_as is None or self.last is None else self.last + QUIET


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change that is told."""

    name: EventName
    severity: Severity
    key: str
    resource_id: str
    before: str
    after: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A change that is counted by an earlier event."""

    number: int
    """Of that event."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of a look."""

    events: tuple[Event, ...]
    counted: tuple[Counted, ...]
    told: Mapping[str, Told]
    """By key, the present."""

    @property
    def calm_at(self) -> datetime | None:
        """Say when somebody has to look again, because an aspect may have become quiet."""
        return min((each.calm_at for each in self.told.values() if each.calm_at), default=None)


def compare(told: Mapping[str, Told], facts: Iterable[Fact], now: datetime) -> Comparison:
    """Find what there is to tell.

    Args:
        told: What was told so far, by key; keys without a fact stay as they are.
        facts: What is true; what nobody knows is left out.
        now: The present.
    """
    present = dict(told)
    events: list[Event] = []
    counted: list[Counted] = []
    for fact in facts:
        earlier = present.get(fact.key)
        before = earlier.value if earlier else BASELINES.get(fact.aspect)
        after = _resolved(fact, before)
        if before is None or (earlier is None and after == before):
            present[fact.key] = Told(value=after)
            continue
        known = earlier or Told(value=before)
        step = _step(known, replace(fact, value=after), now)
        present[fact.key] = step.told
        events += step.events
        counted += step.counted
    return Comparison(events=tuple(events), counted=tuple(counted), told=present)


def silently(facts: Iterable[Fact]) -> dict[str, Told]:
    """Take facts as told, of something that was there before anybody told events."""
    return {fact.key: Told(value=_resolved(fact, BASELINES.get(fact.aspect))) for fact in facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    told: Told
    events: tuple[Event, ...] = ()
    counted: tuple[Counted, ...] = ()


def _resolved(fact: Fact, before: str | None) -> str:
    """Say what idleness means: a loss of what was up, nothing new otherwise."""
    if fact.value != IDLE:
        return fact.value
    return NEVER if before in {None, NEVER} else _LOSS[fact.aspect]


def _step(known: Told, fact: Fact, now: datetime) -> _Step:
    is_quiet = known.calm_at is not None and now >= known.calm_at
    if fact.value == known.value:
        if not is_quiet:
            return _Step(told=known)
        settled = _event(fact, known.value, f" It changed {known.changes} times before.")
        return _Step(told=Told(value=fact.value), events=_some(settled))
    if is_quiet:
        known = Told(value=known.value)
    restless = _counting(known, fact.value, now)
    if restless.damped_as is not None:
        counted = Counted(number=restless.damped_as, after=fact.value)
        return _Step(told=restless, counted=(counted,))
    told_alone = _event(fact, known.value)
    if told_alone is None or restless.changes <= CHANGES_TOLD:
        return _Step(told=restless, events=_some(told_alone))
    return _Step(told=replace(restless, damped_as=0), events=(_flapping(fact, known.value),))


def _counting(known: Told, value: str, now: datetime) -> Told:
    is_new = known.damped_as is None and (known.since is None or now - known.since > WINDOW)
    return replace(
        known,
        value=value,
        changes=1 if is_new else known.changes + 1,
        since=now if is_new else known.since,
        last=now,
    )


def _some(event: Event | None) -> tuple[Event, ...]:
    return () if event is None else (event,)


def _event(fact: Fact, before: str, more: str = "") -> Event | None:
    meaning = _meaning(fact, before)
    if meaning is None:
        return None
    name, severity, words = meaning
    detail = f" {fact.detail}" if fact.detail else ""
    return Event(
        name=name,
        severity=severity,
        key=fact.key,
        resource_id=fact.resource_id,
        before=before,
        after=fact.value,
        text=f"{fact.label}: {words}.{detail}{more}",
        reason=fact.reason,
    )


def _meaning(fact: Fact, before: str) -> _Meaning | None:
    if fact.aspect is Aspect.REASON and fact.value:
        return EventName.NEGOTIATION_FAILED, fact.severity, f"{fact.value}"
    if fact.aspect is Aspect.KEY:
        return EventName.KEY_CHANGED, Severity.INFO, "the pre-shared key was changed"
    if fact.aspect is Aspect.ATTACHMENT and (before, fact.value) == (UPDATING, "attached"):
        return EventName.EDIT_APPLIED, Severity.INFO, "the last change is in force"
    return _MEANINGS.get((fact.aspect, fact.value))


def _flapping(fact: Fact, before: str) -> Event:
    return Event(
        name=EventName.FLAPPING,
        severity=Severity.WARN,
        key=fact.key,
        resource_id=fact.resource_id,
        before=before,
        after=fact.value,
        text=f"{fact.label}: {fact.aspect.value} changes again and again; further changes are"
        f" counted here until it keeps its value for {QUIET.total_seconds():.0f} seconds.",
        reason=fact.aspect.value,
    )
