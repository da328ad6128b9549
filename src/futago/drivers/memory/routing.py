"""The routing port in memory: routes and sessions computed when somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from futago.domain import forwarding
from futago.drivers.memory import bgp
from futago.drivers.memory import network as memory_network
from futago.plan import intent, observation, places
from futago.ports import clock as clock_port
from futago.ports import network, routing

_EMPTY = forwarding.RoutingConfig(router_address=places.LINK_ROUTER_SIDE)


@dataclass(slots=True, kw_only=True)
class _Daemon:
    config: forwarding.RoutingConfig = _EMPTY
    keys: Mapping[str, str] = field(default_factory=dict)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    is_running: bool = True


class MemoryRouting:
    """Routing daemons without processes; carrier is what the memory network says.

    Args:
        nodes_network: Where namespaces and devices are.
    """

    def __init__(
        self,
        nodes_network: memory_network.MemoryNetwork,
        clock: clock_port.Clock | None = None,
    ) -> None:
        self._network = nodes_network
        self._clock: clock_port.Clock = clock or clock_port.SystemClock()
        self._peers: dict[str, dict[str, bgp.Peer]] = {}
        self._key_counts: dict[str, routing.KeyCounts] = {}
        self._seen: dict[tuple[str, str], tuple[observation.BgpState | None, datetime]] = {}
        self._daemons: dict[str, _Daemon] = {}

    async def observe(self, place: places.RouterPlace) -> routing.RoutingFacts:
        """Say what is there."""
        daemon = self._daemons.get(place.router_id)
        if daemon is None or not daemon.is_running:
            return routing.RoutingFacts(is_running=False, config=None)
        return routing.RoutingFacts(is_running=True, config=intent.digest(daemon.config))

    async def start(self, place: places.RouterPlace) -> None:
        """Run the daemon with its last configuration, else an empty one; no-op when it runs."""
        daemon = self._daemons.get(place.router_id)
        if daemon is not None and daemon.is_running:
            return
        if not self._network.has_namespace(place.namespace):
            raise network.NamespaceMissing(
                f"Namespace {place.namespace} does not exist; create it before its routing daemon.",
                namespace=place.namespace,
            )
        last = _EMPTY if daemon is None else daemon.config
        if any(session.key is not None for session in last.sessions):
            last = _EMPTY  # keys died with the last daemon
        self._daemons[place.router_id] = _Daemon(config=last)

    async def stop(self, place: places.RouterPlace) -> None:
        """End the daemon and forget its configuration."""
        self.kill(place)
        self._daemons.pop(place.router_id, None)

    async def apply(
        self,
        place: places.RouterPlace,
        config: forwarding.RoutingConfig,
        session_keys: Mapping[str, str],
    ) -> None:
        """Make the daemon run this configuration; a refused one leaves the old one in force."""
        routing.require_keys(config, session_keys)
        daemon = self._running(place)
        known = {table.name for table in config.tables}
        used = {source.table for source in config.sources}
        used |= {session.table for session in config.sessions}
        used |= {name for pipe in config.pipes for name in (pipe.source, pipe.target)}
        if used - known:
            raise routing.ConfigurationRefused(
                f"The configuration of {place.router_id} uses tables that it does not have: "
                f"{', '.join(sorted(used - known))}. The earlier one stays in force.",
                router_id=place.router_id,
            )
        daemon.config = config
        daemon.keys = dict(session_keys)

    async def routes(
        self, place: places.RouterPlace, table: str
    ) -> tuple[routing.ActiveRoute, ...]:
        """Compute the best routes of a table, ordered by prefix."""
        config = self._running(place).config
        if table not in {known.name for known in config.tables}:
            raise routing.TableMissing(
                f"The routing daemon of {place.router_id} has no table {table!r}.", table=table
            )
        return tuple(
            routing.ActiveRoute(
                prefix=prefix,
                devices=tuple(dict.fromkeys(device for one in equal for device in one.devices)),
            )
            for prefix, equal in self._sessions(place).best(table).items()
        )

    async def sessions(self, place: places.RouterPlace) -> tuple[routing.SessionFacts, ...]:
        """Compute the state of all BGP sessions, ordered by name."""
        return tuple(
            replace(facts, since=self._since(place, facts))
            for facts in self._sessions(place).facts()
        )

    async def session_routes(self, place: places.RouterPlace, name: str) -> routing.SessionRoutes:
        """Compute what a session learned, refused and announces."""
        found = self._sessions(place).routes(name)
        if found is None:
            raise routing.SessionMissing(
                f"The routing daemon of {place.router_id} has no session {name!r}.", session=name
            )
        return found

    async def key_counts(self, place: places.RouterPlace) -> routing.KeyCounts:
        """Count each look at a session whose peer has another key as one segment."""
        self._running(place)
        earlier = self._key_counts.get(place.router_id, routing.KeyCounts())
        counted = self._sessions(place).add_key_trouble(earlier)
        self._key_counts[place.router_id] = counted
        return counted

    async def ask_again(self, place: places.RouterPlace, name: str) -> None:
        """Nothing to do: routes are computed when somebody asks."""

    async def start_over(self, place: places.RouterPlace, name: str) -> None:
        """Nothing to do: limits are applied when somebody asks."""

    async def wait_gone(self, place: places.RouterPlace) -> None:
        """Return when the daemon ends, or at once when there is none."""
        daemon = self._daemons.get(place.router_id)
        if daemon is not None and daemon.is_running:
            await daemon.gone.wait()

    def kill(self, place: places.RouterPlace) -> None:
        """End the daemon as a crash would: its configuration stays."""
        daemon = self._daemons.get(place.router_id)
        if daemon is not None:
            daemon.is_running = False
            daemon.gone.set()

    def _running(self, place: places.RouterPlace) -> _Daemon:
        daemon = self._daemons.get(place.router_id)
        if daemon is None or not daemon.is_running:
            raise routing.DaemonNotRunning(
                f"The routing daemon of {place.router_id} does not run; start it first.",
                router_id=place.router_id,
            )
        return daemon

    def set_peer(self, place: places.RouterPlace, session: str, peer: bgp.Peer | None) -> None:
        """Put somebody at the other end of a session, or take him away."""
        peers = self._peers.setdefault(place.router_id, {})
        peers.pop(session, None)
        if peer is not None:
            peers[session] = peer

    def _since(self, place: places.RouterPlace, facts: routing.SessionFacts) -> datetime:
        """Note when a session was first seen in its state."""
        state, at = self._seen.get((place.router_id, facts.name), (None, self._clock.now()))
        if state is not facts.state:
            at = self._clock.now()
            self._seen[place.router_id, facts.name] = (facts.state, at)
        return at

    def _sessions(self, place: places.RouterPlace) -> bgp.Sessions:
        daemon = self._running(place)
        return bgp.Sessions(
            daemon.config,
            daemon.keys,
            self._peers.get(place.router_id, {}),
            partial(self._network.has_carrier, place.namespace),
        )
