"""What shows that the peers of tunnels live, and what is measured of tunnels all the time.

Packets that come out of a tunnel, answers to probes and BFD are seen by whoever watches the tunnel.
Where none of them has come lately, the IKE daemon is asked when it last heard of the peer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from futago.agent import desired, watching
from futago.domain import faults, health, ids
from futago.plan import observation, places, truth
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port

FRESH: Final = timedelta(seconds=5)
"""As long as the last sign of life is so young, the IKE daemon is not asked for another."""


class Proofs:
    """The last sign of life of each peer; forgets everything with its process."""

    def __init__(
        self,
        mark: str,
        daemons: ike_port.IkeDaemons,
        wanted: desired.Desired,
        watch: watching.TunnelWatch,
        clock: clock_port.Clock,
        look: Callable[[ids.TunnelId], None],
    ) -> None:
        self._mark = mark
        self._daemons = daemons
        self._desired = wanted
        self.watch = watch
        self._clock = clock
        self._look = look
        self._by_ike: dict[ids.TunnelId, observation.PeerProof] = {}
        self._told: dict[ids.TunnelId, observation.Pulse] = {}
        self._proven: dict[ids.TunnelId, bool] = {}

    async def look(
        self, place: places.TunnelPlace, daemon: observation.DaemonFacts
    ) -> observation.PeerProof | None:
        """Give the last sign of life of a tunnel's peer, after its daemon was looked at."""
        if not daemon.is_ike_established:
            self._by_ike.pop(place.tunnel_id, None)
            return None
        ages = [sa.established_seconds for sa in daemon.sas or () if sa.is_established]
        youngest = min((age for age in ages if age is not None), default=None)
        if youngest is not None:
            # The daemon counts whole seconds.
            at = self._clock.now() - timedelta(seconds=youngest)
            made = observation.PeerProof(evidence=health.Evidence.NEGOTIATION, at=at)
            self._keep(place.tunnel_id, made)
        await self._ask(place)
        return self._last(place.tunnel_id)

    async def pulses(self) -> tuple[observation.Pulse, ...]:
        """Measure every tunnel that is up; give those whose values have changed."""
        found = await self._measure()
        changed = tuple(each for each in found if self._told.get(each.tunnel_id) != each)
        self._told = {each.tunnel_id: each for each in found}
        self._review(found)
        return changed

    def _review(self, found: Sequence[observation.Pulse]) -> None:
        """Have tunnels looked at whose proof ran out, or came back: that is news."""
        before, self._proven = self._proven, {}
        for each in found:
            is_proven = truth.is_fresh(each.proof, self._clock.now())
            self._proven[each.tunnel_id] = is_proven
            if before.get(each.tunnel_id, is_proven) is not is_proven:
                self._look(each.tunnel_id)

    def forget_told(self) -> None:
        """Have all values told again."""
        self._told.clear()

    async def _measure(self) -> Sequence[observation.Pulse]:
        up = [
            (connection, tunnel.tunnel_id)
            for connection in self._desired.connections()
            for tunnel in connection.tunnels
            if self.watch.is_up(tunnel.tunnel_id)
        ]
        places_up = [
            places.TunnelPlace.of(self._mark, tunnel_id, connection.router_id)
            for connection, tunnel_id in up
        ]
        # One after the other: nothing of this waits, and a task for each would cost more.
        for place in places_up:
            await self._ask(place)
        return [
            self.watch.pulse(connection.connection_id, tunnel_id, self._last(tunnel_id))
            for connection, tunnel_id in up
        ]

    async def _ask(self, place: places.TunnelPlace) -> None:
        """Ask the IKE daemon, unless there was a sign of life lately."""
        seen = self._last(place.tunnel_id)
        if seen is not None and self._clock.now() - seen.at <= FRESH:
            return
        try:
            at = await self._daemons.last_heard(place)
        except faults.Fault:
            return  # gone meanwhile; its connection is looked at anyway
        if at is not None:
            heard = observation.PeerProof(evidence=health.Evidence.DPD, at=at)
            self._keep(place.tunnel_id, heard)

    def _keep(self, tunnel_id: ids.TunnelId, proof: observation.PeerProof) -> None:
        last = self._by_ike.get(tunnel_id)
        # An age in whole seconds makes the same moment look different each time.
        if last is None or proof.at - last.at > timedelta(seconds=1):
            self._by_ike[tunnel_id] = proof

    def _last(self, tunnel_id: ids.TunnelId) -> observation.PeerProof | None:
        return truth.latest((self._by_ike.get(tunnel_id), self.watch.proof(tunnel_id)))
