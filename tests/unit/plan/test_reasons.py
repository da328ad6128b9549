"""Real lines of the IKE daemon and the reasons they prove."""

from __future__ import annotations

import pytest

from futago.plan import observation, reasons

Code = observation.FailureCode
SILENCE, NOTIFY, FINDING = reasons.Rank.SILENCE, reasons.Rank.NOTIFY, reasons.Rank.FINDING


@pytest.mark.parametrize(
    ("line", "code", "rank"),
    [
        pytest.param(line, code, rank, id=f"{code}: {line[:40]}")
        for code, rank, lines in (
            (
                Code.PSK_MISMATCH,
                FINDING,
                (
                    "tried 1 shared key for '198.51.100.1' - '203.0.113.1', but MAC mismatched",
                    "tried 2 shared keys for 'a.example' - 'b.example', but MAC mismatched",
                    "no shared key found for '198.51.100.1' - '203.0.113.1'",
                    "invalid HASH_V1 payload length, decryption failed?",
                    "invalid ID_V1 payload length, decryption failed?",
                    "could not decrypt payloads",
                    "calculated HASH does not match HASH payload",
                ),
            ),
            (
                Code.PSK_MISMATCH,
                NOTIFY,
                (
                    "received AUTHENTICATION_FAILED notify error",
                    "received AUTHENTICATION_FAILED error notify",
                ),
            ),
            (
                Code.PEER_ID_MISMATCH,
                FINDING,
                (
                    "no matching peer config found",
                    "no peer config found",
                    "constraint check failed: identity 'y.example' required ",
                    "received IDr x.example, but require y.example",
                    "IDir 'x.example' does not match to 'y.example'",
                ),
            ),
            (
                Code.PROPOSAL_MISMATCH,
                FINDING,
                (
                    "received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024",
                    "configured proposals: ESP:AES_CBC_256/HMAC_SHA1_96/NO_EXT_SEQ",
                    "received proposals unacceptable",
                    "no proposal found",
                    "no acceptable proposal found",
                    "no matching proposal found, sending NO_PROPOSAL_CHOSEN",
                ),
            ),
            (
                Code.PROPOSAL_MISMATCH,
                NOTIFY,
                (
                    "received NO_PROPOSAL_CHOSEN notify error",
                    "received NO_PROPOSAL_CHOSEN error notify",
                    "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built",
                ),
            ),
            (
                Code.TRAFFIC_SELECTOR_MISMATCH,
                FINDING,
                (
                    "received TS_UNACCEPTABLE notify, no CHILD_SA built",
                    "traffic selectors 10.0.0.0/24 === 10.1.0.0/24 unacceptable",
                    "received INVALID_ID_INFORMATION error notify",
                    "no matching CHILD_SA config found for 10.0.0.0/24 === 10.1.0.0/24",
                ),
            ),
            (
                Code.NO_RESPONSE,
                SILENCE,
                (
                    "retransmit 2 of request with message ID 0",
                    "sending retransmit 2 of request message ID 0, seq 1",
                    "giving up after 3 retransmits",
                    "establishing IKE_SA failed, peer not responding",
                    "peer not responding, trying again (2/0)",
                ),
            ),
            (Code.DPD_TIMEOUT, FINDING, ("DPD check timed out, enforcing DPD action",)),
            (Code.RECEIVE_DELETE_NOTIFY, FINDING, ("received DELETE for IKE_SA tun-a[1]",)),
        )
        for line in lines
    ],
)
def test_a_line_proves_a_reason(
    line: str, code: observation.FailureCode, rank: reasons.Rank
) -> None:
    assert reasons.assess(line) == reasons.Verdict(code=code, rank=rank)
    assert reasons.classify(line) is code


@pytest.mark.parametrize(
    "line",
    [
        "initiating IKE_SA tun-a[1] to 203.0.113.1",
        "retransmit 1 of request with message ID 0",
        "sending retransmit 1 of request message ID 0, seq 1",
        "message parsing failed",
        "peer didn't accept DH group MODP_1024, it requested MODP_2048",
        "received DELETE for ESP CHILD_SA with SPI c0ffee00",
        "sending DPD request",
        "looking for peer configs matching 198.51.100.1[%any]...203.0.113.1[203.0.113.1]",
        "IKE_SA tun-a[1] established between 198.51.100.1[a]...203.0.113.1[b]",
        "",
    ],
)
def test_a_line_that_proves_nothing_has_no_verdict(line: str) -> None:
    assert reasons.classify(line) is None


def test_silence_of_an_established_peer_is_a_dead_peer() -> None:
    line = "giving up after 3 retransmits"
    assert reasons.classify(line, is_established=True) is Code.DPD_TIMEOUT


def test_retransmits_to_an_established_peer_prove_nothing_until_the_end() -> None:
    line = "retransmit 3 of request with message ID 0"
    assert reasons.classify(line, is_established=True) is None


def test_what_was_found_here_outranks_a_notify_and_a_notify_outranks_silence() -> None:
    assert FINDING > NOTIFY > SILENCE
