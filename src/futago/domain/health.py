"""How tunnels and connections are, derived from facts that each say how they are known. Pure.

A fact is up only while something proves it: a list of SAs says what this end remembers, not that
the other end is still there. What nothing has proven for `PROOF_LASTS` is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

PROOF_LASTS: Final = timedelta(seconds=30)
"""How long a sign of life of the peer counts."""


class FactName(StrEnum):
    """The four facts of a tunnel."""

    IKE = "ike"
    CHILD = "child"
    BGP = "bgp"
    PROBE = "probe"


class Value(StrEnum):
    """What is known of a fact."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    """There is nothing to know: BGP is off, or no probe target is set."""


class Evidence(StrEnum):
    """What a fact is known by."""

    NOTHING = "nothing"
    """Nobody has said anything yet, or not lately."""
    DAEMON = "daemon"
    """The daemon's own account of what it has."""
    NEGOTIATION = "negotiation"
    """The peer has just negotiated."""
    DPD = "dpd"
    """A protected IKE message of the peer, such as its answer to dead peer detection."""
    TRAFFIC = "traffic"
    """Packets came out of the tunnel."""
    PROBE = "probe"
    """Answers to probes through the tunnel, or their lack."""
    BFD = "bfd"
    """BFD through the tunnel."""


class CauseCode(StrEnum):
    """Why a fact, a tunnel or a connection is not up."""

    NOT_ATTACHED = "NotAttached"
    NODE_SILENT = "NodeSilent"
    NOT_REPORTED = "NotReported"
    DAEMON_SILENT = "DaemonSilent"
    NO_IKE_SA = "NoIkeSa"
    NO_CHILD_SA = "NoChildSa"
    NO_PROOF = "NoProof"
    UNANSWERED = "Unanswered"
    PROBES_LOST = "ProbesLost"
    BGP_DOWN = "BgpDown"
    BGP_UNKNOWN = "BgpUnknown"


class Health(StrEnum):
    """How a tunnel or a connection is, all in all."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of a tunnel. Times are UTC."""

    name: FactName
    value: Value
    evidence: Evidence = Evidence.NOTHING
    since: datetime | None = None
    """When it got this value; None: not known."""
    at: datetime | None = None
    """When the evidence was seen; None: there is none."""
    detail: str = ""
    """The evidence in words."""
    cause: CauseCode | None = None
    """Why it is down or unknown; None otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelFacts:
    """The four facts of a tunnel."""

    ike: Fact
    child: Fact
    bgp: Fact
    probe: Fact

    @property
    def each(self) -> tuple[Fact, Fact, Fact, Fact]:
        """Give them in the order of the layers."""
        return self.ike, self.child, self.bgp, self.probe


class SaStatus(IntEnum):
    """How far a negotiation is proven to have come: the vendor's status, from worst to best."""

    NO_IKE_SA = 0
    NO_CHILD_SA = 1
    CHILD_SA = 2


def sa_status(facts: TunnelFacts) -> SaStatus:
    """Derive the vendor's status of a tunnel; the unknown counts as nothing."""
    if facts.child.value is Value.UP:
        return SaStatus.CHILD_SA
    return SaStatus.NO_CHILD_SA if facts.ike.value is Value.UP else SaStatus.NO_IKE_SA


def best_status(tunnels: Sequence[TunnelFacts]) -> SaStatus:
    """Derive the vendor's status of a connection: that of its best tunnel."""
    return max(map(sa_status, tunnels), default=SaStatus.NO_IKE_SA)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How something is, since when, and which facts are to blame."""

    health: Health
    since: datetime | None = None
    blamed: tuple[Fact, ...] = ()


def of_tunnel(facts: TunnelFacts) -> State:
    """Derive how a tunnel is.

    What is down counts more than what is unknown: probes that are lost say more than an SA that is
    still listed. A tunnel that passes packets without its BGP session is degraded.
    """
    carrying = (facts.ike, facts.child, facts.probe)
    down = tuple(fact for fact in carrying if fact.value is Value.DOWN)
    if down:
        return State(health=Health.DOWN, since=_earliest(down), blamed=down[:1])
    if facts.child.value is not Value.UP:
        blamed = (facts.child,)
        return State(health=Health.UNKNOWN, since=facts.child.since, blamed=blamed)
    if facts.bgp.value in {Value.DOWN, Value.UNKNOWN}:
        return State(health=Health.DEGRADED, since=facts.bgp.since, blamed=(facts.bgp,))
    return State(health=Health.UP, since=_latest(facts.each))


def of_connection(tunnels: Sequence[State]) -> State:
    """Derive how a connection is: up when all its tunnels are, degraded when one can be used."""
    found = [each.health for each in tunnels]
    if all(each is Health.UP for each in found):
        return State(health=Health.UP, since=_last(tunnels))
    blamed = tuple(fact for each in tunnels for fact in each.blamed)
    if Health.UP in found or Health.DEGRADED in found:
        ill = [each for each in tunnels if each.health is not Health.UP]
        return State(health=Health.DEGRADED, since=_last(ill), blamed=blamed)
    is_known = all(each is Health.DOWN for each in found)
    health = Health.DOWN if is_known else Health.UNKNOWN
    return State(health=health, since=_last(tunnels), blamed=blamed)


def _earliest(facts: Sequence[Fact]) -> datetime | None:
    return min((fact.since for fact in facts if fact.since is not None), default=None)


def _latest(facts: Sequence[Fact]) -> datetime | None:
    times = [fact.since for fact in facts if fact.since and fact.value is Value.UP]
    return max(times, default=None)


def _last(states: Sequence[State]) -> datetime | None:
    return max((each.since for each in states if each.since is not None), default=None)
