"""What a telling line means where it stands: one function for each thing that goes wrong."""

from __future__ import annotations

import re
from typing import Final

from futago.domain import crypto
from futago.plan import findings, traces
from futago.plan.failures import FailureCode as Code
from futago.plan.failures import Phase, Setting, Severity
from futago.plan.findings import Finding, Rank
from futago.protocols.charon import proposals

RETRANSMITS_TOLERATED: Final = 1
"""One lost packet is no failure; with a first timeout of 1.4 s the second comes after 3.9 s."""


def _phase(trace: traces.Trace) -> Phase:
    if trace.has_child:
        return Phase.ESTABLISHED
    return Phase.CHILD if trace.was_up else Phase.IKE


# Identities and keys


def unknown_identity(trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """The peer's identity, or the one that it expects of us, is none of ours."""
    own, wanted = trace.tunnel.local_identity.text, trace.tunnel.remote_identity.text
    asked, offered = trace.asked_local, trace.offered or ""
    is_ours_wrong = asked not in (None, "%any", own)
    return Finding(
        code=Code.PEER_ID_MISMATCH,
        rank=Rank.VALUES,
        phase=Phase.IKE,
        setting=Setting.LOCAL_ID if is_ours_wrong else Setting.REMOTE_ID,
        ours=own if is_ours_wrong else wanted,
        theirs=(asked or "") if is_ours_wrong else offered,
    )


def other_identity(trace: traces.Trace, found: re.Match[str]) -> Finding:
    """The peer proved another identity than the one we want, or wants another of us."""
    values = found.groupdict()
    is_local = "wanted_of_us" in values
    return Finding(
        code=Code.PEER_ID_MISMATCH,
        rank=Rank.FINDING,
        phase=Phase.IKE,
        setting=Setting.LOCAL_ID if is_local else Setting.REMOTE_ID,
        ours=values.get("wanted") or trace.tunnel.local_identity.text,
        theirs=values.get("got") or values.get("wanted_of_us") or trace.offered or "",
    )


def wrong_key(trace: traces.Trace, _found: re.Match[str]) -> Finding | None:
    """The pre-shared keys differ."""
    if trace.was_up:
        return None
    return Finding(code=Code.PSK_MISMATCH, rank=Rank.VALUES, phase=Phase.IKE, setting=Setting.PSK)


def undecryptable(trace: traces.Trace, found: re.Match[str]) -> Finding | None:
    """Under version 1 the key enters what protects the first encrypted message."""
    return wrong_key(trace, found) if trace.mode is not None else None


def rejected_quietly(trace: traces.Trace, _found: re.Match[str]) -> Finding | None:
    """In aggressive mode the initiator's refusal of what we sent cannot be read."""
    if trace.mode is not crypto.IkeMode.AGGRESSIVE or trace.is_ours or trace.is_established:
        return None
    return Finding(
        code=Code.PSK_OR_PEER_ID_MISMATCH,
        rank=Rank.NOTIFY,
        phase=Phase.IKE,
        setting=Setting.PSK_OR_IDENTITY,
        ours=trace.tunnel.local_identity.text,
    )


def authentication_failed(trace: traces.Trace, _found: re.Match[str]) -> Finding | None:
    """The peer refused who we are, or what we proved it with."""
    own = trace.tunnel.local_identity.text
    if trace.is_ours is None or trace.has_child:
        return None
    if not trace.is_ours:
        # We were satisfied with the peer's key, so it is not satisfied with who we are.
        return Finding(
            code=Code.PEER_ID_MISMATCH,
            rank=Rank.NOTIFY,
            phase=Phase.IKE,
            setting=Setting.LOCAL_ID,
            ours=own,
        )
    if trace.mode is None:
        return Finding(
            code=Code.PSK_OR_PEER_ID_MISMATCH,
            rank=Rank.NOTIFY,
            phase=Phase.IKE,
            setting=Setting.PSK_OR_IDENTITY,
            ours=own,
        )
    # A wrong key shows otherwise under version 1: main mode cannot decrypt, and in aggressive mode
    # the responder proves itself first.
    return Finding(
        code=Code.PEER_ID_OR_MODE_MISMATCH,
        rank=Rank.NOTIFY,
        phase=Phase.IKE,
        setting=Setting.IDENTITY_OR_MODE,
        ours=f"{own}, {trace.mode.value}",
    )


def wrong_mode(trace: traces.Trace, found: re.Match[str]) -> Finding:
    """The peer begins with the other exchange of version 1."""
    return Finding(
        code=Code.NEGOTIATION_MODE_MISMATCH,
        rank=Rank.VALUES,
        phase=Phase.IKE,
        setting=Setting.IKE_MODE,
        ours=trace.tunnel.ike_profile.mode.value,
        theirs=found["mode"].lower(),
    )


# Proposals


def own_list(trace: traces.Trace, found: re.Match[str]) -> Finding | None:
    """Compare the two lists that a responder prints one after the other."""
    ours = proposals.parse(found["list"])
    is_child = any(proposal.protocol != "IKE" for proposal in ours)
    found_differences = proposals.differences(
        ours, trace.received, group_may_be_absent=is_child and not trace.is_version_1
    )
    return findings.mismatch(found_differences, is_child=is_child, has_child=trace.has_child)


def no_proposal(trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """The peer has none of our algorithms, and does not say which it has."""
    if trace.has_child or trace.is_ours is None:
        # The child SA came up with the same algorithms; only the group enters a renewal anew.
        return Finding(
            code=Code.PFS_MISMATCH,
            rank=Rank.NOTIFY,
            phase=Phase.ESTABLISHED,
            setting=Setting.IPSEC_PFS,
            ours=findings.group(trace.tunnel),
            severity=Severity.WARNING,
        )
    is_child = trace.is_established
    write = findings.child_proposal if is_child else findings.ike_proposal
    return Finding(
        code=Code.PROPOSAL_MISMATCH,
        rank=Rank.NOTIFY,
        phase=Phase.CHILD if is_child else Phase.IKE,
        setting=findings.whole(is_child=is_child),
        ours=write(trace.tunnel),
    )


def unknown_peer(trace: traces.Trace, found: re.Match[str]) -> Finding:
    """Nothing is configured for whoever asks, or not under the version that it speaks."""
    wanted = str(trace.tunnel.peer_address)
    if found["peer"] == wanted:
        version = trace.tunnel.ike_profile.version
        return Finding(
            code=Code.IKE_VERSION_MISMATCH,
            rank=Rank.VALUES,
            phase=Phase.IKE,
            setting=Setting.IKE_VERSION,
            ours=version.value,
            theirs=findings.other_version(version).value,
        )
    return Finding(
        code=Code.PEER_MISMATCH,
        rank=Rank.NOTIFY,
        phase=Phase.IKE,
        setting=Setting.PEER_ADDRESS,
        ours=wanted,
        theirs=found["peer"],
    )


# Selectors and lifetimes


def wrong_selectors(trace: traces.Trace, found: re.Match[str]) -> Finding:
    """The protected networks differ; a bare notify does not say in what."""
    values = found.groupdict()
    theirs = f"{values['local']} === {values['remote']}" if "local" in values else ""
    return Finding(
        code=Code.TRAFFIC_SELECTOR_MISMATCH,
        rank=Rank.VALUES if theirs else Rank.FINDING,
        phase=Phase.CHILD,
        setting=Setting.TRAFFIC_SELECTORS,
        ours=findings.selectors(trace.tunnel),
        theirs=theirs,
    )


def narrowed(trace: traces.Trace, line: str) -> Finding | None:
    """Compare what the child SA carries with what it was to carry."""
    if trace.selectors is None:
        return None
    agreed = tuple(frozenset(side.split()) for side in trace.selectors)
    wanted = tuple(
        frozenset(map(str, side)) for side in (trace.tunnel.local_ts, trace.tunnel.remote_ts)
    )
    if agreed == wanted:
        return None
    return Finding(
        code=Code.TRAFFIC_SELECTOR_NARROWED,
        rank=Rank.VALUES,
        phase=Phase.ESTABLISHED,
        evidence=line,
        setting=Setting.TRAFFIC_SELECTORS,
        ours=findings.selectors(trace.tunnel),
        theirs=" === ".join(trace.selectors),
        severity=Severity.WARNING,
    )


def other_lifetime(_trace: traces.Trace, found: re.Match[str]) -> Finding | None:
    """The peer proposed another lifetime; the shorter one counts."""
    if found["ours"] == found["theirs"]:
        return None
    return Finding(
        code=Code.LIFETIME_MISMATCH,
        rank=Rank.END,
        phase=Phase.ESTABLISHED,
        setting=Setting.IPSEC_LIFETIME,
        ours=f"{found['ours']} s",
        theirs=f"{found['theirs']} s",
        severity=Severity.WARNING,
    )


# Silence and ends


def gave_up(trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """The last retransmission got no answer."""
    if trace.has_child or trace.is_ours is None:
        return dead_peer(trace, _found)
    if trace.is_established:
        return _silence(Code.PHASE2_NEGOTIATION_TIMEOUT, Phase.CHILD, Setting.REACHABILITY)
    return _silence(Code.NO_RESPONSE, Phase.IKE, Setting.REACHABILITY)


def unanswered(trace: traces.Trace, found: re.Match[str]) -> Finding | None:
    """Tell by the message that gets no answer what cannot be reached."""
    if int(found["count"]) <= RETRANSMITS_TOLERATED or trace.has_child or trace.is_ours is None:
        return None
    if trace.is_established:
        return _silence(Code.PHASE2_NEGOTIATION_TIMEOUT, Phase.CHILD, Setting.REACHABILITY)
    values = found.groupdict()
    is_first = values.get("id") == "0" if "id" in values else values["sequence"] == "1"
    if is_first:
        return _silence(Code.NO_RESPONSE, Phase.IKE, Setting.REACHABILITY)
    is_encrypted = values.get("id") == "1" or values.get("sequence") == "3"
    if is_encrypted and not trace.cannot_decrypt:
        # Everything before went by UDP 500.
        return _silence(Code.NO_RESPONSE, Phase.IKE, Setting.UDP_4500)
    return _silence(Code.PHASE1_NEGOTIATION_TIMEOUT, Phase.IKE, Setting.REACHABILITY)


def half_open(trace: traces.Trace, found: re.Match[str]) -> Finding | None:
    """The peer began, and our answers do not reach it."""
    if found["peer"] != str(trace.tunnel.peer_address):
        return None
    return _silence(Code.NO_RESPONSE, Phase.IKE, Setting.REACHABILITY)


def _silence(code: Code, phase: Phase, setting: Setting) -> Finding:
    return Finding(code=code, rank=Rank.SILENCE, phase=phase, setting=setting)


def dead_peer(_trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """What was up gets no answer any more."""
    return _silence(Code.DPD_TIMEOUT, Phase.ESTABLISHED, Setting.DPD)


def bad_dpd(_trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """The peer's dead peer detection counts in another way."""
    return Finding(
        code=Code.DPD_HASH_NOTIFY_COMPATIBILITY,
        rank=Rank.END,
        phase=Phase.ESTABLISHED,
        setting=Setting.DPD,
    )


def deleted(trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """The peer closed the IKE SA."""
    if trace.mode is crypto.IkeMode.MAIN and not trace.is_ours and not trace.has_child:
        # Our last message made the peer close what we took for established: it shows who we are.
        return Finding(
            code=Code.PEER_ID_MISMATCH,
            rank=Rank.NOTIFY,
            phase=Phase.IKE,
            setting=Setting.LOCAL_ID,
            ours=trace.tunnel.local_identity.text,
        )
    return Finding(code=Code.RECEIVE_DELETE_NOTIFY, rank=Rank.END, phase=_phase(trace))


# The rest


def local_fault(trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """This host could not do its part."""
    return Finding(
        code=Code.LOCAL_FAULT, rank=Rank.LOCAL, phase=_phase(trace), setting=Setting.GATEWAY
    )


def wrong_peer(trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """Something else than the configured peer answered."""
    return Finding(
        code=Code.PEER_MISMATCH,
        rank=Rank.NOTIFY,
        phase=Phase.IKE,
        setting=Setting.PEER_ADDRESS,
        ours=str(trace.tunnel.peer_address),
    )


def wrong_version(trace: traces.Trace, _found: re.Match[str]) -> Finding:
    """The peer speaks the other version only."""
    version = trace.tunnel.ike_profile.version
    return Finding(
        code=Code.IKE_VERSION_MISMATCH,
        rank=Rank.FINDING,
        phase=Phase.IKE,
        setting=Setting.IKE_VERSION,
        ours=version.value,
        theirs=findings.other_version(version).value,
    )


def refused(trace: traces.Trace, found: re.Match[str]) -> Finding | None:
    """A notify that none of the others explains; about one that is up it says nothing."""
    if trace.was_up or found["notify"] in _BENIGN:
        return None
    return Finding(
        code=Code.NEGOTIATION_FAILED, rank=Rank.NOTIFY, phase=Phase.IKE, theirs=found["notify"]
    )


_BENIGN: Final = frozenset({"INVALID_KE_PAYLOAD", "TEMPORARY_FAILURE", "CHILD_SA_NOT_FOUND"})
