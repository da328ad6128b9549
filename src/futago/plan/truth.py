"""Turns what a node said, and how long ago, into the four facts of a tunnel. Pure.

A list of SAs is one end's memory. It counts as up while the peer has shown within
`health.PROOF_LASTS` that it lives, and while nothing speaks against it that came later: packets
that leave and are not answered, or probes that are lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from futago.domain import health, status
from futago.plan import liveness, observation

Value = health.Value
Evidence = health.Evidence
Cause = health.CauseCode
_NOBODY: Final = "No node has reported on it yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a tunnel."""

    now: datetime
    heard_at: datetime | None = None
    """When its node was last heard of."""
    tunnel: observation.TunnelObservation | None = None
    pulse: observation.Pulse | None = None
    has_bgp: bool = False
    session: observation.BgpObservation | None = None

    @property
    def is_node_silent(self) -> bool:
        """Tell whether what the node said describes the past only."""
        return not status.is_fresh(self.heard_at, self.now)

    @property
    def proof(self) -> observation.PeerProof | None:
        """Give the last sign of life of the peer."""
        told = (
            self.tunnel.proof if self.tunnel else None,
            self.pulse.proof if self.pulse else None,
        )
        return latest(told)


def latest(proofs: Iterable[observation.PeerProof | None]) -> observation.PeerProof | None:
    """Give the last of several signs of life."""
    found = [each for each in proofs if each is not None]
    return max(found, key=lambda each: each.at, default=None)


def is_fresh(proof: observation.PeerProof | None, now: datetime) -> bool:
    """Tell whether a sign of life still counts."""
    return proof is not None and now - proof.at <= health.PROOF_LASTS


def facts(known: Known) -> health.TunnelFacts:
    """Derive the four facts."""
    return health.TunnelFacts(
        ike=_ike(known), child=_child(known), bgp=_bgp(known), probe=_probe(known)
    )


def _ike(known: Known) -> health.Fact:
    name = health.FactName.IKE
    said = known.tunnel
    if said is None or known.is_node_silent:
        return _unsaid(known, name)
    if said.is_ike_established is None:
        return _mute(known, name)
    if not said.is_ike_established:
        return _daemon_says(known, name, said.ike_since, Cause.NO_IKE_SA)
    return _proven(known, name, said.ike_since)


def _child(known: Known) -> health.Fact:
    name = health.FactName.CHILD
    said = known.tunnel
    if said is None or known.is_node_silent:
        return _unsaid(known, name)
    if said.children_installed is None:
        return _mute(known, name)
    if not said.children_installed:
        return _daemon_says(known, name, said.child_since, Cause.NO_CHILD_SA)
    silent = said.probe.silent_since if said.probe else None
    if silent is not None and (known.proof is None or known.proof.at <= silent):
        return health.Fact(
            name=name,
            value=Value.UNKNOWN,
            evidence=_doubt(said.probe),
            since=silent,
            at=known.heard_at,
            detail="The SA is installed; packets leave by it and none come back.",
            cause=Cause.UNANSWERED,
        )
    return _proven(known, name, said.child_since)


def _doubt(probe: observation.ProbeObservation | None) -> Evidence:
    is_probed = probe is not None and probe.verdict is liveness.Verdict.DEAD
    return Evidence.PROBE if is_probed else Evidence.TRAFFIC


def _proven(known: Known, name: health.FactName, since: datetime | None) -> health.Fact:
    """Give a fact of an SA that this end has, by the last sign of life of the other."""
    proof = known.proof
    if proof is None:
        return health.Fact(
            name=name,
            value=Value.UNKNOWN,
            since=since,
            detail="The SA is listed; nothing has been heard of the peer since the node started.",
            cause=Cause.NO_PROOF,
        )
    is_proven = is_fresh(proof, known.now)
    return health.Fact(
        name=name,
        value=Value.UP if is_proven else Value.UNKNOWN,
        evidence=proof.evidence,
        since=since if is_proven else proof.at + health.PROOF_LASTS,
        at=proof.at,
        detail=_PROOFS[proof.evidence],
        cause=None if is_proven else Cause.NO_PROOF,
    )


_PROOFS: Final = {
    Evidence.NOTHING: "",
    Evidence.DAEMON: "",
    Evidence.NEGOTIATION: "The peer has negotiated the SA.",
    Evidence.DPD: "The peer has sent a protected IKE message, such as an answer to DPD.",
    Evidence.TRAFFIC: "Packets have come out of the tunnel.",
    Evidence.PROBE: "A probe through the tunnel was answered.",
    Evidence.BFD: "BFD through the tunnel is up.",
}


def _bgp(known: Known) -> health.Fact:
    name = health.FactName.BGP
    if not known.has_bgp:
        return health.Fact(name=name, value=Value.ABSENT, detail="BGP is off.")
    said = known.session
    if said is None or known.is_node_silent:
        return _unsaid(known, name)
    if said.state is observation.BgpState.UNKNOWN:
        return health.Fact(
            name=name,
            value=Value.UNKNOWN,
            at=known.heard_at,
            detail="The routing daemon does not answer.",
            cause=Cause.BGP_UNKNOWN,
        )
    is_up = said.state is observation.BgpState.ESTABLISHED
    is_bfd = said.bfd is observation.BfdState.UP
    words = f"The session is {said.state.value}; BFD is {said.bfd.value}."
    return health.Fact(
        name=name,
        value=Value.UP if is_up else Value.DOWN,
        evidence=Evidence.BFD if is_up and is_bfd else Evidence.DAEMON,
        since=said.since,
        at=known.heard_at,
        detail=f"{words} {said.last_error}" if said.last_error and not is_up else words,
        cause=None if is_up else Cause.BGP_DOWN,
    )


def _probe(known: Known) -> health.Fact:
    name = health.FactName.PROBE
    said = known.tunnel
    if said is None or known.is_node_silent:
        return _unsaid(known, name)
    probe = said.probe
    if probe is None or probe.target is None:
        reason = "No child SA is installed." if probe is None else "No probe target is set."
        return health.Fact(name=name, value=Value.ABSENT, detail=reason)
    answered = _later(probe.at, known.pulse.answered_at if known.pulse else None)
    value, detail, cause = _VERDICTS[probe.verdict]
    return health.Fact(
        name=name,
        value=value,
        evidence=Evidence.PROBE,
        since=probe.since,
        at=answered if value is Value.UP else known.heard_at,
        detail=f"{detail} Target {probe.target}.",
        cause=cause,
    )


_VERDICTS: Final[dict[liveness.Verdict, tuple[Value, str, Cause | None]]] = {
    liveness.Verdict.ALIVE: (Value.UP, "Probes are answered.", None),
    liveness.Verdict.DEAD: (Value.DOWN, "Probes are lost.", Cause.PROBES_LOST),
    liveness.Verdict.UNKNOWN: (Value.UNKNOWN, "No probe was answered yet.", Cause.NO_PROOF),
}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _unsaid(known: Known, name: health.FactName) -> health.Fact:
    heard = known.heard_at
    if heard is None or not known.is_node_silent:
        return health.Fact(name=name, value=Value.UNKNOWN, detail=_NOBODY, cause=Cause.NOT_REPORTED)
    return health.Fact(
        name=name,
        value=Value.UNKNOWN,
        since=heard + status.NODE_SILENCE,
        at=heard,
        detail="The node is silent.",
        cause=Cause.NODE_SILENT,
    )


def _mute(known: Known, name: health.FactName) -> health.Fact:
    return health.Fact(
        name=name,
        value=Value.UNKNOWN,
        since=_mute_since(known.tunnel, name),
        at=known.heard_at,
        detail="The IKE daemon does not answer.",
        cause=Cause.DAEMON_SILENT,
    )


def _mute_since(
    said: observation.TunnelObservation | None, name: health.FactName
) -> datetime | None:
    if said is None:
        return None
    return said.ike_since if name is health.FactName.IKE else said.child_since


def _daemon_says(
    known: Known, name: health.FactName, since: datetime | None, cause: Cause
) -> health.Fact:
    return health.Fact(
        name=name,
        value=Value.DOWN,
        evidence=Evidence.DAEMON,
        since=since,
        at=known.heard_at,
        detail="The IKE daemon has none." if known.tunnel else "",
        cause=cause,
    )


def continued(
    before: observation.ResourceObservation | None, said: observation.ResourceObservation
) -> observation.ResourceObservation:
    """Say since when each tunnel has had what it has, going on from the last report.

    An agent that has just started does not know; the report before it was killed does.
    """
    earlier = {each.tunnel_id: each for each in before.tunnels} if before else {}
    at = said.observed_at
    return replace(
        said,
        tunnels=tuple(_continued(earlier.get(each.tunnel_id), each, at) for each in said.tunnels),
    )


def _continued(
    before: observation.TunnelObservation | None,
    now: observation.TunnelObservation,
    at: datetime,
) -> observation.TunnelObservation:
    if before is None:
        return replace(now, ike_since=at, child_since=at)
    is_same_ike = before.is_ike_established is now.is_ike_established
    is_same_child = _has_child(before) is _has_child(now)
    return replace(
        now,
        ike_since=before.ike_since if is_same_ike else at,
        child_since=before.child_since if is_same_child else at,
    )


def _has_child(said: observation.TunnelObservation) -> bool | None:
    return None if said.children_installed is None else said.children_installed > 0
