"""The routing daemons of one node, one per transit router.

Drivers: BIRD, memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Protocol

from futago.domain import faults, forwarding
from futago.plan import places


class DaemonNotRunning(faults.Unavailable):
    """The routing daemon that shall answer does not run."""

    code = "Routing.DaemonNotRunning"


class DaemonFailed(faults.Unavailable):
    """The routing daemon did not start, stop or answer as it should."""

    code = "Routing.DaemonFailed"


class ConfigurationRefused(faults.Internal):
    """The routing daemon refused a configuration; the earlier one stays in force."""

    code = "Routing.ConfigurationRefused"


class TableMissing(faults.NotFound):
    """The running configuration has no such route table."""

    code = "Routing.TableMissing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFacts:
    """One router's daemon."""

    is_running: bool
    config: str | None
    """Digest (`plan.intent.digest`) of the configuration that the daemon runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRoute:
    """A best route of a table. No devices: blackhole."""

    prefix: IPv4Network
    devices: tuple[str, ...]


class RoutingDaemons(Protocol):
    """Drives the routing daemons of a node."""

    async def observe(self, place: places.RouterPlace) -> RoutingFacts:
        """Say what is there."""

    async def start(self, place: places.RouterPlace) -> None:
        """Run the daemon, with an empty or its last configuration; no-op when it runs."""

    async def stop(self, place: places.RouterPlace) -> None:
        """End the daemon and remove its files; its kernel routes go too."""

    async def apply(self, place: places.RouterPlace, config: forwarding.RoutingConfig) -> None:
        """Make the daemon run this configuration; a refused one leaves the old one in force."""

    async def routes(self, place: places.RouterPlace, table: str) -> tuple[ActiveRoute, ...]:
        """Read the best routes of one of the daemon's tables, ordered by prefix."""

    async def wait_gone(self, place: places.RouterPlace) -> None:
        """Return when the running daemon's process ends, or at once when there is none."""
