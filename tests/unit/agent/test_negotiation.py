"""Reasons and pauses of negotiations."""

from datetime import UTC, datetime, timedelta

from futago.agent import negotiation
from futago.domain import ids
from futago.plan import observation

TUNNEL = ids.TunnelId("tun-" + "a" * 17)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MISMATCH = "tried 1 shared key for '1.1.1.1' - '2.2.2.2', but MAC mismatched"
SILENCE = "giving up after 3 retransmits"
Code = observation.FailureCode


def test_the_first_attempt_may_start_at_once_and_later_ones_wait_longer():
    negotiations = negotiation.Negotiations()
    assert negotiations.pause(TUNNEL) == 0
    pauses = []
    for _ in range(6):
        negotiations.started(TUNNEL)
        pauses.append(negotiations.pause(TUNNEL))
    assert pauses == sorted(pauses)
    assert 4 < pauses[-1] <= 5


def test_success_clears_reason_and_pause():
    negotiations = negotiation.Negotiations()
    negotiations.started(TUNNEL)
    assert negotiations.heard(TUNNEL, MISMATCH, NOON)
    negotiations.succeeded(TUNNEL)
    assert negotiations.failure(TUNNEL) is None
    assert negotiations.pause(TUNNEL) == 0


def test_silence_does_not_hide_a_mismatch_that_was_just_found():
    negotiations = negotiation.Negotiations()
    negotiations.heard(TUNNEL, MISMATCH, NOON)
    assert not negotiations.heard(TUNNEL, SILENCE, NOON + timedelta(seconds=5))
    assert negotiations.failure(TUNNEL).code is Code.PSK_MISMATCH
    assert negotiations.heard(TUNNEL, SILENCE, NOON + timedelta(seconds=60))
    assert negotiations.failure(TUNNEL).code is Code.NO_RESPONSE


def test_silence_after_success_is_a_dead_peer():
    negotiations = negotiation.Negotiations()
    negotiations.succeeded(TUNNEL)
    assert negotiations.heard(TUNNEL, SILENCE, NOON)
    assert negotiations.failure(TUNNEL).code is Code.DPD_TIMEOUT


def test_silence_before_any_success_is_no_response():
    negotiations = negotiation.Negotiations()
    assert negotiations.heard(TUNNEL, SILENCE, NOON)
    assert negotiations.failure(TUNNEL).code is Code.NO_RESPONSE


def test_lines_that_prove_nothing_leave_the_reason_alone():
    negotiations = negotiation.Negotiations()
    assert not negotiations.heard(TUNNEL, "sending packet: from 1.1.1.1", NOON)
    assert negotiations.failure(TUNNEL) is None
