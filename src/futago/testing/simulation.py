"""The control plane without a network: a clock that stands still and a gateway host made up.

`ObedientNode` does what controller and agent do together, in one thread and at once: it writes the
intents of whatever is marked and reports them as applied, with the facts a test wants to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from futago.domain import health, ids
from futago.messages import codec
from futago.plan import failures, intent, observation
from futago.services import bgp_routes, node_link, nodes, settling
from futago.store import shared_memory, unit_of_work, work

NODE: Final = ids.NodeId("node-1")
ZONES: Final = (
    codec.ZoneOffer(zone_id="zone-a", public_pools=("198.51.100.0/25",)),
    codec.ZoneOffer(zone_id="zone-b", public_pools=("198.51.100.128/25",)),
)
_ROUNDS: Final = 10
_BATCH: Final = 100


def memory(directory: Path) -> shared_memory.SharedMemory:
    """Make the memory that processes of the API share, in a directory of a test."""
    file = directory / "shared-memory.db"
    shared_memory.SharedMemory.prepare(file)
    return shared_memory.SharedMemory(file)


class ClearSealer:
    """Seals nothing: tests look at no file."""

    def seal(self, clear: bytes, context: bytes) -> bytes:
        """Give the secret back."""
        del context
        return clear

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Give the secret back."""
        del context
        return sealed


@dataclass
class StoppedClock:
    """A clock that moves when it is told to."""

    moment: datetime = datetime(2026, 11, 23, 6, 56, 38, tzinfo=UTC)

    def now(self) -> datetime:
        """Give the present."""
        return self.moment

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)


@dataclass
class ObedientNode:
    """A gateway host that does at once what it is told."""

    database: unit_of_work.Database
    zones: Sequence[codec.ZoneOffer] = ZONES
    seen: dict[str, observation.TunnelObservation] = field(default_factory=dict)
    sessions: dict[str, observation.BgpObservation] = field(default_factory=dict)
    """Tunnel id to what shall be seen of its BGP session."""
    routers: dict[str, intent.RouterIntent] = field(default_factory=dict)
    """Router id to what it shall be, as the node has it."""
    bgp_keys: dict[str, str] = field(default_factory=dict)
    """Customer gateway id to key, as the node has them."""

    def register(self) -> None:
        """Offer the zones to the control plane."""
        registration = codec.NodeRegistration(
            node_id=NODE, zones=tuple(self.zones), driver="memory"
        )
        with self.database.begin() as unit:
            nodes.register_node(unit, registration, unit.now)

    def see(
        self,
        tunnel_id: str,
        *,
        ike: bool = False,
        children: int = 0,
        failure: failures.Failure | None = None,
        probe: observation.ProbeObservation | None = None,
    ) -> None:
        """Say what the daemon of a tunnel shall be seen to do from now on."""
        self.seen[tunnel_id] = observation.TunnelObservation(
            tunnel_id=ids.TunnelId(tunnel_id),
            is_daemon_running=True,
            is_ike_established=ike,
            children_installed=children,
            failure=failure,
            probe=probe,
        )

    def hear(self, said: observation.BgpObservation) -> None:
        """Say how the BGP session of a tunnel shall be seen from now on."""
        self.sessions[said.tunnel_id] = said

    def tell_routes(
        self, router_id: str, connection_id: str, *routes: observation.BgpRoute
    ) -> None:
        """Report all BGP routes of a connection."""
        with self.database.begin() as unit:
            snapshot = observation.ConnectionRoutes(
                connection_id=ids.ConnectionId(connection_id),
                router_id=ids.RouterId(router_id),
                observed_at=unit.now,
                routes=routes,
            )
            bgp_routes.store(unit, (snapshot,))

    def settle(self) -> None:
        """Let controller and node take turns until nothing is left to do.

        Raises:
            AssertionError: Resources are marked for ever.
        """
        for _ in range(_ROUNDS):
            has_worked = self._control()
            self._apply()
            if not has_worked:
                return
        raise AssertionError("the control plane does not come to rest")

    def _control(self) -> bool:
        with self.database.read() as unit:
            items = work.claim_due(unit.session, unit.now, _BATCH)
        for item in items:
            kind = intent.IntentKind(item.kind)
            with self.database.begin() as unit:
                settling.settle(unit, kind, item.key, item.generation)
        return bool(items)

    def _apply(self) -> None:
        with self.database.begin() as unit:
            batch = node_link.intents_since(unit, NODE, 0)
            nodes.heartbeat(unit, NODE, unit.now)
            self.bgp_keys = dict(batch.bgp_keys)
            seen = [self._observe(entry, unit.now) for entry in batch.entries]
            node_link.store_observations(unit, NODE, seen)

    def _observe(self, entry: codec.IntentEntry, at: datetime) -> observation.ResourceObservation:
        seen: tuple[observation.TunnelObservation, ...] = ()
        heard: tuple[observation.BgpObservation, ...] = ()
        if entry.intent_json is not None:
            wanted = codec.decode_intent(entry.kind, entry.intent_json)
            if isinstance(wanted, intent.ConnectionIntent):
                seen = tuple(self._tunnel(tunnel.tunnel_id, at) for tunnel in wanted.tunnels)
            if isinstance(wanted, intent.RouterIntent):
                self.routers[wanted.router_id] = wanted
                heard = self._heard(wanted)
        return observation.ResourceObservation(
            kind=entry.kind.value,
            resource_id=entry.resource_id,
            generation=entry.generation,
            is_present=entry.intent_json is not None,
            observed_at=at,
            tunnels=seen,
            sessions=heard,
        )

    def _heard(self, wanted: intent.RouterIntent) -> tuple[observation.BgpObservation, ...]:
        tunnel_ids = sorted(each.tunnel_id for vpn in wanted.vpns for each in vpn.bgp)
        return tuple(
            self.sessions.get(
                each,
                observation.BgpObservation(tunnel_id=each, state=observation.BgpState.CONNECT),
            )
            for each in tunnel_ids
        )

    def _tunnel(self, tunnel_id: str, at: datetime) -> observation.TunnelObservation:
        if tunnel_id not in self.seen:
            self.see(tunnel_id)
        seen = self.seen[tunnel_id]
        if seen.proof is None and seen.is_ike_established:
            proof = observation.PeerProof(evidence=health.Evidence.NEGOTIATION, at=at)
            return replace(seen, proof=proof)
        return seen
