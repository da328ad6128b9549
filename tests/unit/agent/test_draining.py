"""When a tunnel counts as empty, whose turn it is, and when it is used again."""

from ipaddress import IPv4Address

import pytest

from futago.agent import draining, tracks
from futago.domain import ids
from futago.plan import liveness, places

FIRST, SECOND = ids.TunnelId("tun-" + "a" * 17), ids.TunnelId("tun-" + "b" * 17)
ROUTER = ids.RouterId("tr-" + "r" * 17)
NOW = 100.0


@pytest.fixture
def track():
    return tracks.Track(
        place=places.TunnelPlace.of("fg", FIRST, ROUTER),
        connection_id=ids.ConnectionId("vco-" + "c" * 17),
        router_id=ROUTER,
        is_up=True,
    )


def test_a_tunnel_is_empty_when_it_is_withdrawn_and_nothing_goes_through(track):
    drains = draining.Drains()
    assert drains.begin(FIRST, (SECOND,), NOW)
    assert not drains.is_empty(FIRST, track, NOW + 1, is_withdrawn=False)
    assert not drains.is_empty(FIRST, track, NOW + 1, is_withdrawn=True)
    track.left_at = NOW + 1.1
    assert not drains.is_empty(FIRST, track, NOW + 1.2, is_withdrawn=True)
    assert drains.is_empty(FIRST, track, NOW + 1.3, is_withdrawn=True)


def test_a_peer_that_goes_on_sending_is_waited_for_and_not_for_ever(track):
    drains = draining.Drains()
    drains.begin(FIRST, (), NOW)
    drains.is_empty(FIRST, track, NOW, is_withdrawn=True)
    track.came_at = NOW + 0.85
    assert not drains.is_empty(FIRST, track, NOW + 0.9, is_withdrawn=True)
    track.came_at = NOW + 1.05
    assert drains.is_empty(FIRST, track, NOW + 1.1, is_withdrawn=True)


def test_a_change_is_made_at_last_though_packets_still_enter(track):
    drains = draining.Drains()
    drains.begin(FIRST, (), NOW)
    track.left_at = NOW + draining.DRAIN_SECONDS
    assert drains.is_empty(FIRST, track, NOW + draining.DRAIN_SECONDS + 0.1, is_withdrawn=False)


def test_partners_take_turns_and_one_does_not_wait_for_ever(track):
    drains = draining.Drains()
    assert drains.begin(FIRST, (SECOND,), NOW)
    assert not drains.begin(SECOND, (FIRST,), NOW)
    drains.changed(FIRST, NOW + 1)
    drains.end_if_proven(FIRST, track, NOW + 1)
    assert drains.begin(SECOND, (FIRST,), NOW + 1)
    stuck = draining.Drains()
    stuck.begin(FIRST, (SECOND,), NOW)
    stuck.begin(SECOND, (FIRST,), NOW)
    assert stuck.begin(SECOND, (FIRST,), NOW + draining.TURN_SECONDS + 1)


def test_a_changed_tunnel_is_used_when_it_is_up_and_answers(track):
    drains = draining.Drains()
    track.path = liveness.ProbePath(
        tunnel_id=FIRST, source=IPv4Address("10.0.0.1"), target=IPv4Address("10.0.0.2")
    )
    drains.begin(FIRST, (), NOW)
    drains.changed(FIRST, NOW)
    track.is_up = False
    drains.end_if_proven(FIRST, track, NOW + 60)
    assert drains.is_draining(FIRST)
    track.is_up = True
    drains.end_if_proven(FIRST, track, NOW + 1)
    assert drains.is_draining(FIRST)
    track.answered_at = NOW + 1
    drains.end_if_proven(FIRST, track, NOW + 1)
    assert not drains.is_draining(FIRST)


def test_a_change_that_was_taken_back_ends_the_drain(track):
    drains = draining.Drains()
    drains.begin(FIRST, (), NOW)
    drains.end_if_proven(FIRST, track, NOW + 1)
    assert drains.is_draining(FIRST)
    drains.end_if_proven(FIRST, track, NOW + draining.DRAIN_SECONDS + 1)
    assert not drains.is_draining(FIRST)
