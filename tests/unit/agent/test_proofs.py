"""Signs of life are gathered, told when they change, and their end is news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from futago.agent import proofs
from futago.domain import health, ids
from futago.plan import observation, places
from futago.testing import simulation

TUNNEL = ids.TunnelId("tun-1")
CONNECTION = ids.ConnectionId("vco-1")
PLACE = places.TunnelPlace.of("m", TUNNEL, ids.RouterId("tr-1"))
SA = observation.IkeSaFacts(
    unique_id="1", is_established=True, children_installed=1, established_seconds=100
)
UP = observation.DaemonFacts(is_running=True, is_device_placed=True, loaded="x", sas=(SA,))


class Surroundings:
    """What proofs are gathered from; one tunnel that is up."""

    def __init__(self) -> None:
        self.clock = simulation.StoppedClock()
        self.heard_at: Any = None
        self.seen: observation.PeerProof | None = None
        self.looks: list[str] = []
        self.asked = 0
        self.proofs = proofs.Proofs("m", self, self, self, self.clock, self.looks.append)  # type: ignore[arg-type]

    async def last_heard(self, _place: object) -> Any:
        self.asked += 1
        return self.heard_at

    def connections(self) -> list[Any]:
        return [self]

    connection_id, router_id = CONNECTION, PLACE.router_namespace

    @property
    def tunnels(self) -> list[Any]:
        return [self]

    tunnel_id = TUNNEL

    def is_up(self, _tunnel_id: str) -> bool:
        return True

    def proof(self, _tunnel_id: str) -> observation.PeerProof | None:
        return self.seen

    def pulse(self, connection_id: Any, tunnel_id: Any, proof: Any) -> observation.Pulse:
        return observation.Pulse(tunnel_id=tunnel_id, connection_id=connection_id, proof=proof)


async def test_an_sa_is_proven_by_its_negotiation_and_later_by_what_the_daemon_heard() -> None:
    around = Surroundings()
    found = await around.proofs.look(PLACE, UP)
    at = around.clock.now() - timedelta(seconds=100)
    assert found == observation.PeerProof(evidence=health.Evidence.NEGOTIATION, at=at)
    around.heard_at = around.clock.now() - timedelta(seconds=3)
    found = await around.proofs.look(PLACE, UP)
    assert found == observation.PeerProof(evidence=health.Evidence.DPD, at=around.heard_at)


async def test_without_an_ike_sa_there_is_no_proof() -> None:
    around = Surroundings()
    around.heard_at = around.clock.now()
    await around.proofs.look(PLACE, UP)
    assert await around.proofs.look(PLACE, observation.NO_DAEMON) is None


async def test_the_daemon_is_not_asked_while_the_tunnel_itself_gives_proof() -> None:
    around = Surroundings()
    now = around.clock.now()
    around.seen = observation.PeerProof(evidence=health.Evidence.BFD, at=now)
    (pulse,) = await around.proofs.pulses()
    assert (pulse.proof, around.asked) == (around.seen, 0)
    around.clock.advance(6)
    await around.proofs.pulses()
    assert around.asked == 1


async def test_values_are_told_when_they_change_and_again_when_they_may_be_lost() -> None:
    around = Surroundings()
    assert len(await around.proofs.pulses()) == 1
    assert await around.proofs.pulses() == ()
    around.proofs.forget_told()
    assert len(await around.proofs.pulses()) == 1


async def test_a_proof_that_runs_out_and_one_that_comes_back_are_news() -> None:
    around = Surroundings()
    around.heard_at = around.clock.now()
    await around.proofs.pulses()
    around.clock.advance(29)
    await around.proofs.pulses()
    assert around.looks == []
    around.clock.advance(2)
    await around.proofs.pulses()
    await around.proofs.pulses()
    assert around.looks == [TUNNEL]
    around.heard_at = around.clock.now()
    await around.proofs.pulses()
    assert around.looks == [TUNNEL, TUNNEL]
