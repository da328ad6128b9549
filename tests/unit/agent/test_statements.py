"""What was noticed is told at once, and a pass that began earlier does not take it back."""

from __future__ import annotations

import time
from typing import Any

from futago.agent import desired, reconcile, reporting, statements
from futago.domain import ids
from futago.plan import intent, liveness, observation
from futago.testing import simulation

FIRST, SECOND = ids.TunnelId("tun-1"), ids.TunnelId("tun-2")
KEY = desired.Key(intent.IntentKind.CONNECTION, "vco-1")
ALIVE = observation.ProbeObservation(verdict=liveness.Verdict.ALIVE)
DEAD = observation.ProbeObservation(verdict=liveness.Verdict.DEAD)


def up(tunnel_id: ids.TunnelId, probe: observation.ProbeObservation | None) -> Any:
    return observation.TunnelObservation(
        tunnel_id=tunnel_id,
        is_daemon_running=True,
        is_ike_established=True,
        children_installed=1,
        probe=probe,
    )


class Surroundings:
    """A watch that says what the test wants, and both tunnels of a connection up."""

    def __init__(self) -> None:
        self.probe: observation.ProbeObservation | None = ALIVE
        self.lost: list[ids.TunnelId] = []
        self.outbox = reporting.Outbox()
        watch: Any = self
        self.said = statements.Statements(self.outbox, watch, watch, simulation.StoppedClock())
        self.end_pass()

    def shown(self, _tunnel_id: ids.TunnelId) -> observation.ProbeObservation | None:
        return self.probe

    def note(self, tunnel_id: ids.TunnelId, *, is_up: bool) -> None:
        assert not is_up
        self.lost.append(tunnel_id)

    def end_pass(self) -> None:
        """A pass ends that has seen answered probes."""
        found = reconcile.Pass(is_present=True, tunnels=(up(FIRST, ALIVE), up(SECOND, ALIVE)))
        self.said.found(KEY, found, 1)

    def told(self) -> tuple[observation.TunnelObservation, ...]:
        news = self.outbox.take()
        return news[KEY].tunnels if KEY in news else ()


def test_a_verdict_is_told_without_a_pass_and_outlives_one_that_began_before() -> None:
    around = Surroundings()
    assert len(around.told()) == 2
    around.probe = DEAD
    around.said.noticed(KEY)
    assert [each.probe for each in around.told()] == [DEAD, DEAD]
    around.end_pass()
    assert around.told() == ()
    around.said.noticed(KEY)
    assert around.told() == ()


def test_a_daemon_that_ended_takes_its_sas_along_and_leaves_the_other_tunnel_alone() -> None:
    around = Surroundings()
    around.told()
    around.said.lost_daemon(KEY, FIRST)
    first, second = around.told()
    assert around.lost == [FIRST]
    assert (first.is_daemon_running, first.is_ike_established) == (False, False)
    assert (first.children_installed, first.probe) == (0, None)
    assert second == up(SECOND, ALIVE)


def test_a_pass_that_saw_a_daemon_before_it_ended_does_not_bring_it_back() -> None:
    around = Surroundings()
    around.told()
    began = time.monotonic()
    around.said.lost_daemon(KEY, FIRST)
    around.told()
    stale = reconcile.Pass(is_present=True, tunnels=(up(FIRST, ALIVE), up(SECOND, ALIVE)))
    around.said.found(KEY, stale, 1, began)
    assert around.told() == ()
    around.said.found(KEY, stale, 1, time.monotonic() + 1)
    first, _ = around.told()
    assert first.children_installed == 1


def test_nothing_is_told_of_what_was_never_looked_at() -> None:
    around = Surroundings()
    around.told()
    around.said.noticed(desired.Key(intent.IntentKind.CONNECTION, "vco-2"))
    assert not around.outbox.take()
