"""The routing port in memory: static routes and pipes computed when somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from futago.domain import forwarding
from futago.drivers.memory import network as memory_network
from futago.plan import intent, places
from futago.ports import network, routing

_EMPTY = forwarding.RoutingConfig(router_address=places.LINK_ROUTER_SIDE)


@dataclass(slots=True, kw_only=True)
class _Daemon:
    config: forwarding.RoutingConfig = _EMPTY
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    is_running: bool = True


class MemoryRouting:
    """Routing daemons without processes; carrier is what the memory network says.

    Args:
        nodes_network: Where namespaces and devices are.
    """

    def __init__(self, nodes_network: memory_network.MemoryNetwork) -> None:
        self._network = nodes_network
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
        self._daemons[place.router_id] = _Daemon(config=last)

    async def stop(self, place: places.RouterPlace) -> None:
        """End the daemon and forget its configuration."""
        self.kill(place)
        self._daemons.pop(place.router_id, None)

    async def apply(self, place: places.RouterPlace, config: forwarding.RoutingConfig) -> None:
        """Make the daemon run this configuration; a refused one leaves the old one in force."""
        daemon = self._running(place)
        known = {table.name for table in config.tables}
        used = {source.table for source in config.sources}
        used |= {name for pipe in config.pipes for name in (pipe.source, pipe.target)}
        if used - known:
            raise routing.ConfigurationRefused(
                f"The configuration of {place.router_id} uses tables that it does not have: "
                f"{', '.join(sorted(used - known))}. The earlier one stays in force.",
                router_id=place.router_id,
            )
        daemon.config = config

    async def routes(
        self, place: places.RouterPlace, table: str
    ) -> tuple[routing.ActiveRoute, ...]:
        """Compute the best routes of a table, ordered by prefix."""
        config = self._running(place).config
        if table not in {known.name for known in config.tables}:
            raise routing.TableMissing(
                f"The routing daemon of {place.router_id} has no table {table!r}.", table=table
            )
        best: dict[IPv4Network, tuple[int, tuple[str, ...]]] = {}
        for source in _feeding(config, table):
            for route, devices in self._usable(place, source):
                if route.prefix not in best or best[route.prefix][0] < source.preference:
                    best[route.prefix] = (source.preference, devices)
        return tuple(
            routing.ActiveRoute(prefix=prefix, devices=best[prefix][1]) for prefix in sorted(best)
        )

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

    def _usable(
        self, place: places.RouterPlace, source: forwarding.StaticSource
    ) -> Iterator[tuple[forwarding.StaticRoute, tuple[str, ...]]]:
        for route in source.routes:
            devices = tuple(
                hop.device
                for hop in route.next_hops
                if self._network.has_carrier(place.namespace, hop.device)
            )
            if devices or not route.next_hops:
                yield route, devices


def _feeding(config: forwarding.RoutingConfig, table: str) -> tuple[forwarding.StaticSource, ...]:
    """Sources whose routes reach a table, directly or by pipes."""
    reached = {table}
    while more := {p.source for p in config.pipes if p.target in reached} - reached:
        reached |= more
    return tuple(source for source in config.sources if source.table in reached)
