"""What a peer's answers prove."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from futago.domain import crypto, ike
from futago.plan import inquiry, observation
from futago.plan.failures import Failure, Phase, Setting
from futago.plan.failures import FailureCode as Code
from futago.testing import ike_worlds

TUNNEL = ike_worlds.new_side(0)[1]
V1, V2 = crypto.IkeVersion.IKEV1, crypto.IkeVersion.IKEV2
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def accepted(**values: object) -> inquiry.Answer:
    profile = replace(TUNNEL.ike_profile, **values)  # type: ignore[arg-type]
    other = replace(TUNNEL, ike_profile=profile)
    return inquiry.Answer(
        version=profile.version,
        outcome=inquiry.Outcome.ACCEPTED,
        chosen=inquiry.own_proposal(other),
    )


def answered(version: crypto.IkeVersion, outcome: inquiry.Outcome) -> inquiry.Answer:
    return inquiry.Answer(version=version, outcome=outcome)


def test_another_group_is_named_with_both_values() -> None:
    found = inquiry.conclude(TUNNEL, [accepted(dh_group=crypto.DhGroup.GROUP14)])
    assert found is not None
    assert found.code is Code.DH_GROUP_MISMATCH
    assert (found.ours, found.theirs) == ("group2", "group14")
    assert "aes128 sha1 group14" in found.evidence


def test_a_peer_that_accepts_what_we_have_proves_nothing() -> None:
    assert inquiry.conclude(TUNNEL, [accepted()]) is None


def test_a_peer_of_the_other_version_is_named() -> None:
    answers = [answered(V2, inquiry.Outcome.REFUSED), accepted(version=V1)]
    found = inquiry.conclude(TUNNEL, answers)
    assert found is not None
    assert found.code is Code.IKE_VERSION_MISMATCH
    assert (found.ours, found.theirs) == ("ikev2", "ikev1")


def test_a_peer_that_refuses_everything_does_not_know_us() -> None:
    answers = [answered(version, inquiry.Outcome.REFUSED) for version in (V2, V1)]
    found = inquiry.conclude(TUNNEL, answers)
    assert found is not None
    assert found.code is Code.PEER_MISMATCH


def test_silence_proves_nothing() -> None:
    silent = answered(V2, inquiry.Outcome.SILENT)
    assert inquiry.conclude(TUNNEL, [silent]) is None
    refused = answered(V2, inquiry.Outcome.REFUSED)
    assert inquiry.conclude(TUNNEL, [refused, answered(V1, inquiry.Outcome.SILENT)]) is None
    assert inquiry.conclude(TUNNEL, []) is None


def test_reasons_that_are_exact_raise_no_question() -> None:
    failure = Failure(code=Code.PROPOSAL_MISMATCH, at=NOON, evidence="")
    assert inquiry.question(failure) is inquiry.Question.OFFER
    assert inquiry.question(replace(failure, phase=Phase.CHILD)) is inquiry.Question.CHILD
    assert inquiry.question(replace(failure, code=Code.PSK_MISMATCH)) is None
    assert inquiry.question(replace(failure, code=Code.PSK_OR_PEER_ID_MISMATCH)) is None
    selectors = replace(failure, code=Code.TRAFFIC_SELECTOR_MISMATCH)
    assert inquiry.question(selectors) is inquiry.Question.SELECTORS
    assert inquiry.question(replace(selectors, theirs="10.0.0.0/8 === 0.0.0.0/0")) is None


def test_a_mode_that_the_peer_completes_is_the_reason_and_else_an_identity() -> None:
    version_1 = replace(TUNNEL, ike_profile=ike.IkeProfile(version=V1))
    found = inquiry.conclude_mode(version_1, takes_part=True)
    assert (found.code, found.ours, found.theirs) == (
        Code.NEGOTIATION_MODE_MISMATCH,
        "main",
        "aggressive",
    )
    found = inquiry.conclude_mode(version_1, takes_part=False)
    assert (found.code, found.setting) == (Code.PEER_ID_MISMATCH, Setting.LOCAL_ID)


def test_only_a_fresh_child_of_version_2_is_renewed() -> None:
    fresh = observation.IkeSaFacts(
        unique_id="7", is_established=True, children_installed=1, established_seconds=2
    )
    assert inquiry.to_renew(TUNNEL, [fresh]) == ("7",)
    assert inquiry.to_renew(TUNNEL, [replace(fresh, established_seconds=3600)]) == ()
    assert inquiry.to_renew(TUNNEL, [replace(fresh, children_installed=0)]) == ()
    version_1 = replace(TUNNEL, ike_profile=ike.IkeProfile(version=V1))
    assert inquiry.to_renew(version_1, [fresh]) == ()
