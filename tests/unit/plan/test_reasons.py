"""Real lines of the IKE daemon and the reasons that they prove.

The corpus was recorded from strongSwan 5.9.8 on both ends of one tunnel, one setting wrong at a
time. The lines of one end are all that is given; what is expected follows from the settings.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from futago.plan import failures, findings, reasons, remedies
from futago.plan.failures import FailureCode as Code
from futago.plan.failures import Phase, Setting
from futago.testing import ike_worlds, mismatches

CORPUS: dict[str, list[str]] = json.loads(
    (Path(__file__).parent / "corpus" / "charon-5.9.8.json").read_text()
)
LEFT, RIGHT = (ike_worlds.new_side(index)[1] for index in (0, 1))
BEGIN = "initiating IKE_SA tun-a[1] to 198.51.100.2"
BEGIN_MAIN = "initiating Main Mode IKE_SA tun-a[1] to 198.51.100.2"
THEY_BEGIN = "198.51.100.2 is initiating an IKE_SA"
ESTABLISHED = "IKE_SA tun-a[1] established between 198.51.100.1[198.51.100.1]...198.51.100.2[b]"
CHILD = (
    "CHILD_SA tun-a-child{1} established with SPIs 08b1d52e_i d24b9a47_o and TS"
    " 0.0.0.0/0 === 0.0.0.0/0"
)
WEAKER = {
    Code.ENCRYPTION_ALGORITHM_MISMATCH: Code.PROPOSAL_MISMATCH,
    Code.AUTHENTICATION_ALGORITHM_MISMATCH: Code.PROPOSAL_MISMATCH,
    Code.DH_GROUP_MISMATCH: Code.PROPOSAL_MISMATCH,
    Code.IKE_VERSION_MISMATCH: Code.PROPOSAL_MISMATCH,
    Code.PFS_MISMATCH: Code.PROPOSAL_MISMATCH,
    Code.NEGOTIATION_MODE_MISMATCH: Code.PEER_ID_OR_MODE_MISMATCH,
    Code.PEER_ID_MISMATCH: Code.PEER_ID_OR_MODE_MISMATCH,
}
"""What an initiator can say at most from its own lines, where the peer only refuses."""


def recorded() -> list[mismatches.Case]:
    return [case for case in mismatches.all_cases() if str(case) in CORPUS]


def ends_of(case: mismatches.Case) -> mismatches.Ends:
    """The peer of the recorded end has the other address."""
    ours, theirs = (RIGHT, LEFT) if case.is_ours_wrong else (LEFT, RIGHT)
    return mismatches.ends(case, ours, theirs)


def test_the_corpus_covers_every_setting() -> None:
    assert len(recorded()) == len(CORPUS) == 170
    assert {case.name for case in recorded()} >= set(mismatches.CHANGES) - {"selectors", "dpd"}


@pytest.mark.parametrize("case", recorded(), ids=str)
def test_a_recorded_negotiation_gives_its_reason(case: mismatches.Case) -> None:
    both = ends_of(case)
    wanted = mismatches.expected(case, both)
    found = reasons.judge(CORPUS[str(case)], both.ours)
    if found is None:
        assert None in wanted.codes
        return
    if found.rank is findings.Rank.NOTIFY and found.code not in wanted.codes:
        assert case.we_begin
        assert {found.code} == {WEAKER[code] for code in wanted.codes if code}
        return
    assert found.code in wanted.codes
    assert found.setting is wanted.setting
    assert wanted.ours in (None, found.ours)
    if found.rank is not findings.Rank.NOTIFY:
        assert wanted.theirs in (None, found.theirs)


def test_a_responder_always_knows_the_values_of_algorithms() -> None:
    for case in recorded():
        if case.we_begin or not case.name.startswith(("ike-e", "ike-a", "ike-d", "ipsec-")):
            continue
        found = reasons.judge(CORPUS[str(case)], ends_of(case).ours)
        if found is not None:
            assert found.ours, case
            assert found.theirs, case


@pytest.mark.parametrize(
    ("lines", "code", "setting"),
    [
        (
            [BEGIN, "retransmit 2 of request with message ID 0"],
            Code.NO_RESPONSE,
            Setting.REACHABILITY,
        ),
        (
            [BEGIN, "retransmit 2 of request with message ID 1"],
            Code.NO_RESPONSE,
            Setting.UDP_4500,
        ),
        ([BEGIN, "giving up after 3 retransmits"], Code.NO_RESPONSE, Setting.REACHABILITY),
        (
            [BEGIN_MAIN, "sending retransmit 2 of request message ID 0, seq 3"],
            Code.NO_RESPONSE,
            Setting.UDP_4500,
        ),
        (
            [BEGIN_MAIN, "sending retransmit 2 of request message ID 0, seq 2"],
            Code.PHASE1_NEGOTIATION_TIMEOUT,
            Setting.REACHABILITY,
        ),
        (
            [
                BEGIN_MAIN,
                "could not decrypt payloads",
                "sending retransmit 2 of request message ID 0, seq 3",
            ],
            Code.PSK_MISMATCH,
            Setting.PSK,
        ),
        (
            [BEGIN_MAIN, ESTABLISHED, "sending retransmit 2 of request message ID 273, seq 4"],
            Code.PHASE2_NEGOTIATION_TIMEOUT,
            Setting.REACHABILITY,
        ),
        (
            [BEGIN, ESTABLISHED, CHILD, "giving up after 3 retransmits"],
            Code.DPD_TIMEOUT,
            Setting.DPD,
        ),
        (["giving up after 3 retransmits"], Code.DPD_TIMEOUT, Setting.DPD),
        (["DPD check timed out, enforcing DPD action"], Code.DPD_TIMEOUT, Setting.DPD),
        ([THEY_BEGIN, ESTABLISHED, CHILD, "received DELETE for IKE_SA tun-a[1]"],
         Code.RECEIVE_DELETE_NOTIFY, None),
        (
            [BEGIN, "unable to install IPsec policies (SPD) in kernel"],
            Code.LOCAL_FAULT,
            Setting.GATEWAY,
        ),
        (
            ["deleting half open IKE_SA with 198.51.100.2 after timeout"],
            Code.NO_RESPONSE,
            Setting.REACHABILITY,
        ),
        (
            ["no IKE config found for 198.51.100.1...198.51.100.9, sending NO_PROPOSAL_CHOSEN"],
            Code.PEER_MISMATCH,
            Setting.PEER_ADDRESS,
        ),
        (
            [BEGIN, "received INVALID_SYNTAX notify error"],
            Code.NEGOTIATION_FAILED,
            None,
        ),
    ],
)  # fmt: skip
def test_what_a_line_means_depends_on_where_it_stands(
    lines: list[str], code: Code, setting: Setting | None
) -> None:
    found = reasons.judge(lines, LEFT)
    assert found is not None
    assert (found.code, found.setting) == (code, setting)
    assert found.evidence


@pytest.mark.parametrize(
    "lines",
    [
        [BEGIN, "retransmit 1 of request with message ID 0"],
        [BEGIN, "DH group MODP_1024 unacceptable, requesting MODP_2048"],
        [BEGIN, ESTABLISHED, CHILD],
        [BEGIN, ESTABLISHED, CHILD, "retransmit 2 of request with message ID 5"],
        [BEGIN, "received AUTHENTICATION_FAILED notify error", ESTABLISHED, CHILD],
        ["deleting half open IKE_SA with 203.0.113.66 after timeout"],
        ["received NAT-T (RFC 3947) vendor ID", "remote host is behind NAT"],
    ],
)
def test_what_proves_nothing_or_is_over_gives_no_reason(lines: list[str]) -> None:
    assert reasons.judge(lines, LEFT) is None


def test_narrowed_selectors_are_a_warning_with_both_values() -> None:
    line = CHILD.replace("0.0.0.0/0 === 0.0.0.0/0", "10.1.0.0/16 === 10.2.0.0/16")
    found = reasons.judge([BEGIN, ESTABLISHED, line], LEFT)
    assert found is not None
    assert found.code is Code.TRAFFIC_SELECTOR_NARROWED
    assert found.severity is failures.Severity.WARNING
    assert found.ours == "0.0.0.0/0 === 0.0.0.0/0"
    assert found.theirs == "10.1.0.0/16 === 10.2.0.0/16"
    wanted = [end.supernet() for end in (mismatches.NEAR, mismatches.FAR)]
    fitting = replace(LEFT, local_ts=(wanted[0],), remote_ts=(wanted[1],))
    line = CHILD.replace("0.0.0.0/0 === 0.0.0.0/0", f"{wanted[0]} === {wanted[1]}")
    assert reasons.judge([BEGIN, ESTABLISHED, line], fitting) is None


def test_a_failed_renewal_is_a_warning_while_the_tunnel_is_up() -> None:
    lines = [BEGIN, ESTABLISHED, CHILD, "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"]
    found = reasons.judge(lines, LEFT)
    assert found is not None
    assert found.code is Code.PFS_MISMATCH
    assert found.phase is Phase.ESTABLISHED
    assert found.severity is failures.Severity.WARNING


def test_several_wrong_algorithms_are_named_together() -> None:
    lines = [
        THEY_BEGIN,
        "received proposals: IKE:AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048",
        "configured proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024",
    ]
    found = reasons.judge(lines, LEFT)
    assert found is not None
    assert found.code is Code.ALGORITHM_MISMATCH
    assert found.ours == "encryption aes128, group group2"
    assert found.theirs == "encryption aes256, group group14"


def test_every_reason_has_words() -> None:
    assert set(remedies.REMEDIES) == set(Code)
    for words in remedies.REMEDIES.values():
        assert words.meaning.endswith(".")
        assert words.remedy.endswith(".")


def test_no_line_of_the_corpus_holds_a_key() -> None:
    keys = (ike_worlds.PSK.reveal(), ike_worlds.OTHER_PSK.reveal())
    assert not any(key in line for lines in CORPUS.values() for line in lines for key in keys)
