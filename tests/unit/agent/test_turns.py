"""Which tunnel has to wait for its partner."""

from dataclasses import replace

import pytest

from futago.agent import turns
from futago.domain import ids
from futago.testing import ike_worlds

FIRST, SECOND = (
    ike_worlds.tunnel_intent(number, ids.TunnelId(f"tun-{letter * 17}"))
    for number, letter in enumerate("ab")
)


@pytest.fixture
def now(monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: moment[0])
    return moment


def test_a_tunnel_whose_wish_changed_is_waited_for_and_not_for_ever(now):
    known = turns.Turns()
    known.expect((FIRST, SECOND))
    assert not known.is_recent(FIRST.tunnel_id)
    known.expect((replace(FIRST, psk_version=7), SECOND))
    assert known.is_recent(FIRST.tunnel_id)
    assert not known.is_recent(SECOND.tunnel_id)
    now[0] += turns.TURN_SECONDS
    assert not known.is_recent(FIRST.tunnel_id)


def test_the_wait_counts_from_the_change_itself(now):
    known = turns.Turns()
    known.expect((replace(FIRST, psk_version=7), SECOND))
    now[0] += turns.TURN_SECONDS
    known.changed(FIRST.tunnel_id)
    assert known.is_recent(FIRST.tunnel_id)
    known.forget(FIRST.tunnel_id)
    assert not known.is_recent(FIRST.tunnel_id)
