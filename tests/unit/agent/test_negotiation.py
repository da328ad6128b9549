"""Reasons and pauses of negotiations."""

from datetime import UTC, datetime

from futago.agent import negotiation
from futago.plan import failures
from futago.testing import ike_worlds

TUNNEL_INTENT = ike_worlds.new_side(0)[1]
TUNNEL = TUNNEL_INTENT.tunnel_id
BEGIN = "1.1.1.1 is initiating an IKE_SA"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MISMATCH = "tried 1 shared key for '1.1.1.1' - '2.2.2.2', but MAC mismatched"
Code = failures.FailureCode


def test_the_first_attempt_may_start_at_once_and_later_ones_wait_longer():
    negotiations = negotiation.Negotiations()
    assert negotiations.pause(TUNNEL) == 0
    pauses = []
    for _ in range(6):
        negotiations.started(TUNNEL)
        pauses.append(negotiations.pause(TUNNEL))
    rounded = [round(pause, 3) for pause in pauses]
    assert rounded == sorted(rounded)
    assert 4 < pauses[-1] <= 5


def test_success_clears_reason_and_pause():
    negotiations = negotiation.Negotiations()
    negotiations.expect(TUNNEL_INTENT)
    negotiations.started(TUNNEL)
    assert negotiations.heard(TUNNEL, BEGIN, NOON, "1") is False
    assert negotiations.heard(TUNNEL, MISMATCH, NOON, "1")
    negotiations.looked_at(TUNNEL)
    negotiations.succeeded(TUNNEL)
    assert negotiations.failure(TUNNEL) is None
    assert negotiations.pause(TUNNEL) == 0


def test_success_clears_no_reason_that_came_after_it_was_seen():
    negotiations = negotiation.Negotiations()
    negotiations.expect(TUNNEL_INTENT)
    negotiations.looked_at(TUNNEL)
    negotiations.heard(TUNNEL, BEGIN, NOON, "1")
    negotiations.heard(TUNNEL, MISMATCH, NOON, "1")
    negotiations.succeeded(TUNNEL)
    assert negotiations.failure(TUNNEL) is not None


def test_an_edit_clears_reason_and_pause():
    negotiations = negotiation.Negotiations()
    negotiations.started(TUNNEL)
    negotiations.expect(TUNNEL_INTENT)
    negotiations.heard(TUNNEL, BEGIN, NOON, "1")
    negotiations.heard(TUNNEL, MISMATCH, NOON, "1")
    assert negotiations.failure(TUNNEL).code is Code.PSK_MISMATCH
    negotiations.edited(TUNNEL_INTENT)
    assert negotiations.failure(TUNNEL) is None
    assert negotiations.pause(TUNNEL) == 0


def test_lines_of_tunnels_that_nobody_expects_are_ignored():
    negotiations = negotiation.Negotiations()
    assert not negotiations.heard(TUNNEL, MISMATCH, NOON, "1")
    assert negotiations.failure(TUNNEL) is None
