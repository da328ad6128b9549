"""Which of two keys is loaded, by what a daemon says."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from futago.agent import keys
from futago.domain import ids
from futago.plan import edits, intent, observation, places, steps
from futago.ports import ike
from futago.testing import ike_worlds, simulation

TUNNEL_ID = ids.TunnelId("tun-" + "a" * 17)
OLD = ike_worlds.tunnel_intent(0, TUNNEL_ID)
HOUR = timedelta(hours=1)
PLACE = places.TunnelPlace.of("fg", TUNNEL_ID, ids.RouterId("tr-" + "r" * 17))
WRONG_KEY = (
    "192.0.2.1 is initiating an IKE_SA",
    "tried 1 shared key for 'a' - 'b', but MAC mismatched",
)
REFUSED = ("initiating IKE_SA tun[2] to 192.0.2.1", "received AUTHENTICATION_FAILED notify error")


class World:
    """One tunnel with two keys, and a daemon that does what it is told."""

    def __init__(self, *, is_up=True):
        self.clock = simulation.StoppedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
        self.keys = keys.Keys(self.clock)
        overlap = intent.KeyOverlap(previous_version=1, until=self.clock.now() + HOUR)
        self.wanted = replace(OLD, psk_version=2, key_overlap=overlap)
        self.loaded = OLD.digest
        self.is_up = is_up
        self.number = 0

    @property
    def daemon(self):
        sa = observation.IkeSaFacts(unique_id="1", is_established=True, children_installed=1)
        return observation.DaemonFacts(
            is_running=True,
            is_device_placed=True,
            loaded=self.loaded,
            sas=(sa,) if self.is_up else (),
        )

    def look(self):
        """Make a pass; give the version that is loaded after it."""
        chosen = self.keys.choose(self.wanted, self.daemon)
        if chosen.digest != self.loaded:
            self.loaded = chosen.digest
            self.keys.loaded(chosen)
        return chosen.psk_version

    def says(self, *lines, kind=ike.IkeEventKind.LOG, after=1.0):
        self.clock.advance(after)
        self.number += 1
        found = [
            self.keys.heard(
                ike.IkeEvent(
                    tunnel_id=TUNNEL_ID,
                    kind=kind,
                    at=self.clock.now(),
                    message=line,
                    sa=str(self.number),
                )
            )
            for line in lines or [""]
        ]
        return any(found)


def test_what_is_up_keeps_the_key_before():
    world = World()
    assert [world.look(), world.look()] == [1, 1]


def test_what_is_down_tries_the_new_key_first():
    assert World(is_up=False).look() == 2


@pytest.mark.parametrize("lines", [WRONG_KEY, REFUSED])
def test_a_failed_attempt_has_the_other_key_loaded(lines):
    world = World()
    world.look()
    assert world.says(*lines)
    assert world.look() == 2
    assert world.says(*lines)
    assert world.look() == 1


def test_one_attempt_counts_once_and_what_was_begun_before_not_at_all():
    world = World()
    world.look()
    assert world.says(*WRONG_KEY)
    world.number -= 1
    assert world.look() == 2
    assert not world.says(*WRONG_KEY)
    assert world.look() == 2


def test_a_peer_that_has_neither_key_is_followed_at_most_every_five_seconds():
    world = World()
    world.look()
    chosen = []
    for _ in range(20):
        world.says(*WRONG_KEY)
        chosen.append(world.look())
    swaps = sum(one != other for one, other in itertools.pairwise(chosen))
    assert 3 <= swaps <= 5


def test_other_lines_change_nothing():
    world = World()
    world.look()
    assert not world.says("received NO_PROPOSAL_CHOSEN notify error")
    assert world.look() == 1


def test_a_key_is_proven_by_the_peer_that_authenticates_with_it():
    world = World()
    world.look()
    assert world.keys.proven(TUNNEL_ID) is None
    world.says(*WRONG_KEY)
    world.look()
    assert world.says(kind=ike.IkeEventKind.AUTHENTICATED)
    assert world.keys.proven(TUNNEL_ID) == 2


def test_the_end_asks_for_the_new_key_beside_the_old_sa():
    world = World()
    world.look()
    assert world.keys.ends_in(world.wanted) == HOUR.total_seconds()
    world.clock.advance(HOUR.total_seconds())
    assert world.keys.ends_in(world.wanted) is None
    chosen = world.keys.choose(world.wanted, world.daemon)
    assert chosen.psk_version == 2
    assert edits.impact(world.loaded, chosen) is edits.Impact.RENEW_IKE
    assert world.keys.proof_steps(PLACE, chosen, world.daemon) == ()


def test_what_was_established_with_the_old_key_is_asked_again_though_the_new_one_is_loaded():
    world = World()
    world.look()
    world.says(*WRONG_KEY)
    world.look()
    world.clock.advance(HOUR.total_seconds())
    chosen = world.keys.choose(world.wanted, world.daemon)
    renewal = (steps.RenewSas(place=PLACE, tunnel=chosen, keeps_ike=False),)
    assert world.keys.proof_steps(PLACE, chosen, world.daemon) == renewal
    world.keys.renewed(chosen, world.daemon)
    assert world.keys.proof_steps(PLACE, chosen, world.daemon) == ()


def test_without_an_overlap_nothing_is_held():
    world = World()
    world.look()
    world.wanted = replace(world.wanted, key_overlap=None)
    assert world.look() == 2
    assert not world.says(*WRONG_KEY)
    assert world.keys.proven(TUNNEL_ID) is None
