"""What a peer that only refuses would accept, and what that says about our settings.

As initiator we hear "no proposal chosen" and nothing else. An offer of everything, made apart from
the daemon and never continued, tells what the peer is set to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from futago.domain import crypto
from futago.plan import findings, intent, observation
from futago.plan.failures import Failure, Phase, Setting
from futago.plan.failures import FailureCode as Code
from futago.protocols.charon import proposals

INTERVAL: Final = timedelta(seconds=60)
"""A peer is not asked more often about one tunnel."""


FRESH: Final = timedelta(seconds=30)
"""A child SA under an older IKE SA has been seen by an earlier agent."""


class Outcome(StrEnum):
    """How a peer reacts to an offer of everything."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reaction under one version of IKE."""

    version: crypto.IkeVersion
    outcome: Outcome
    chosen: proposals.Proposal | None = None
    """What the peer chose when it accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The child SA that a peer accepted in a rehearsal."""

    chosen: proposals.Proposal
    local_ts: str
    remote_ts: str
    """Prefixes, separated by blanks, in our view."""


class Question(StrEnum):
    """What can be found out about a peer that only refuses."""

    OFFER = "offer"
    """What it accepts in phase 1; asked without a key."""
    MODE = "mode"
    """Whether it takes part in the other exchange of version 1."""
    CHILD = "child"
    """Which algorithms it accepts in phase 2."""
    SELECTORS = "selectors"
    """To which selectors it narrows all addresses."""


def question(failure: Failure) -> Question | None:
    """Give the question whose answer makes a reason exact; None where there is none."""
    if failure.theirs:
        return None
    if failure.code is Code.PROPOSAL_MISMATCH:
        return Question.OFFER if failure.phase is Phase.IKE else Question.CHILD
    if failure.code is Code.PEER_ID_OR_MODE_MISMATCH:
        return Question.MODE
    if failure.code is Code.TRAFFIC_SELECTOR_MISMATCH:
        return Question.SELECTORS
    return None


def to_renew(tunnel: intent.TunnelIntent, sas: Sequence[observation.IkeSaFacts]) -> tuple[str, ...]:
    """Name the IKE SAs whose child SA has just come up and has to prove that it can be renewed.

    Under version 1 the group is part of the first negotiation already.
    """
    if tunnel.ike_profile.version is not crypto.IkeVersion.IKEV2:
        return ()
    return tuple(
        sa.unique_id
        for sa in sas
        if sa.children_installed
        and sa.established_seconds is not None
        and sa.established_seconds < FRESH.total_seconds()
    )


def needs_other_version(answer: Answer) -> bool:
    """Tell whether the other version has to be tried after this answer."""
    return answer.outcome is Outcome.REFUSED


def conclude(tunnel: intent.TunnelIntent, answers: Sequence[Answer]) -> findings.Finding | None:
    """Say what the answers prove; None when they prove nothing."""
    by_version = {answer.version: answer for answer in answers}
    own = tunnel.ike_profile.version
    first = by_version.get(own)
    if first is None or first.outcome is Outcome.SILENT:
        return None
    if first.chosen is not None:
        return _compare(tunnel, first.chosen)
    second = by_version.get(findings.other_version(own))
    if second is None or second.outcome is Outcome.SILENT:
        return None
    if second.outcome is Outcome.ACCEPTED:
        return findings.Finding(
            code=Code.IKE_VERSION_MISMATCH,
            rank=findings.Rank.VALUES,
            phase=Phase.IKE,
            evidence=f"the peer answers {second.version.value} and refuses {own.value}",
            setting=Setting.IKE_VERSION,
            ours=own.value,
            theirs=second.version.value,
        )
    return findings.Finding(
        code=Code.PEER_MISMATCH,
        rank=findings.Rank.VALUES,
        phase=Phase.IKE,
        evidence="the peer refuses every algorithm under both versions: it does not know us",
        setting=Setting.PEER_ADDRESS,
        ours=str(tunnel.gateway_address),
    )


def conclude_mode(tunnel: intent.TunnelIntent, *, takes_part: bool) -> findings.Finding:
    """Say what a rehearsal of the other exchange proves: the mode differs, or else an identity."""
    own = tunnel.ike_profile.mode
    other = findings.other_mode(own)
    if takes_part:
        return findings.Finding(
            code=Code.NEGOTIATION_MODE_MISMATCH,
            rank=findings.Rank.VALUES,
            phase=Phase.IKE,
            evidence=f"the peer completes {other.value} mode and refuses {own.value} mode",
            setting=Setting.IKE_MODE,
            ours=own.value,
            theirs=other.value,
        )
    return findings.Finding(
        code=Code.PEER_ID_MISMATCH,
        rank=findings.Rank.FINDING,
        phase=Phase.IKE,
        evidence="the peer refuses us in both modes",
        setting=Setting.LOCAL_ID,
        ours=tunnel.local_identity.text,
    )


def conclude_child(
    tunnel: intent.TunnelIntent, asked: Question, accepted: Accepted
) -> findings.Finding | None:
    """Say what a child SA that the peer accepted proves; None when it fits ours."""
    if asked is Question.SELECTORS:
        theirs = f"{accepted.local_ts} === {accepted.remote_ts}"
        return findings.Finding(
            code=Code.TRAFFIC_SELECTOR_MISMATCH,
            rank=findings.Rank.VALUES,
            phase=Phase.CHILD,
            evidence=f"the peer narrows all addresses to {theirs}",
            setting=Setting.TRAFFIC_SELECTORS,
            ours=findings.selectors(tunnel),
            theirs=theirs,
        )
    is_version_2 = tunnel.ike_profile.version is crypto.IkeVersion.IKEV2
    found = findings.mismatch(
        proposals.differences(
            (own_child_proposal(tunnel),), (accepted.chosen,), group_may_be_absent=is_version_2
        ),
        is_child=True,
    )
    if found is None or (is_version_2 and found.code is Code.PFS_MISMATCH):
        return None
    text = f"of every algorithm offered the peer chose {_text(accepted.chosen)}"
    return findings.with_evidence(found, text)


def own_child_proposal(tunnel: intent.TunnelIntent) -> proposals.Proposal:
    """Give what a tunnel offers in phase 2."""
    profile = tunnel.esp_profile
    is_aead = profile.encryption in crypto.AEADS
    return proposals.Proposal(
        protocol="ESP",
        encryption=(profile.encryption.value,),
        integrity=() if is_aead else (profile.integrity.value,),
        dh_group=() if profile.pfs is None else (profile.pfs.value,),
    )


def _compare(tunnel: intent.TunnelIntent, chosen: proposals.Proposal) -> findings.Finding | None:
    found = findings.mismatch(
        proposals.differences((own_proposal(tunnel),), (chosen,)), is_child=False
    )
    if found is None:
        return None
    text = f"of every algorithm offered the peer chose {_text(chosen)}"
    return findings.with_evidence(found, text)


def own_proposal(tunnel: intent.TunnelIntent) -> proposals.Proposal:
    """Give what a tunnel offers in phase 1."""
    profile = tunnel.ike_profile
    is_aead = profile.encryption in crypto.AEADS
    return proposals.Proposal(
        protocol="IKE",
        encryption=(profile.encryption.value,),
        integrity=() if is_aead else (profile.integrity.value,),
        prf=(profile.integrity.value,),
        dh_group=(profile.dh_group.value,),
    )


def _text(chosen: proposals.Proposal) -> str:
    return " ".join(
        value for transform in proposals.Transform for value in chosen.values(transform)
    )
