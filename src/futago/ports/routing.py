"""The routing daemons of one node, one per transit router.

Drivers: BIRD, memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network
from typing import Protocol

from futago.domain import bgp, faults, forwarding
from futago.plan import observation, places


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


class SessionMissing(faults.NotFound):
    """The running configuration has no such BGP session."""

    code = "Routing.SessionMissing"


class KeyMissing(faults.Unavailable):
    """A session's key did not come with the configuration."""

    code = "Routing.KeyMissing"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """One BGP session at a moment."""

    name: str
    state: observation.BgpState
    bfd: observation.BfdState
    since: datetime | None
    last_error: str | None
    """What ended it or keeps it from coming up, in the daemon's words; None once established."""
    imported: int
    refused: int
    is_limit_hit: bool
    """Prefixes were refused for want of room since the peer last announced everything."""
    announced: int
    updates: int
    """Grows with every route that comes, goes or is announced; starts anew with the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCounts:
    """TCP segments that came to a router with a wrong signature (RFC 2385), since it exists."""

    wrong: int = 0
    """Signed with another key."""
    missing: int = 0
    """Not signed where a key is set."""
    unexpected: int = 0
    """Signed where no key is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRoute:
    """A prefix that a session carries."""

    prefix: IPv4Network
    as_path: tuple[int, ...] = ()
    """Learned: as received. Announced: before the router's own number is put in front."""
    communities: tuple[str, ...] = ()
    origin: str = ""
    """"IGP", "EGP" or "Incomplete"; empty where that is not told."""
    med: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRoutes:
    """All routes of one session, each group ordered by prefix."""

    learned: tuple[SessionRoute, ...] = ()
    refused: tuple[SessionRoute, ...] = ()
    announced: tuple[SessionRoute, ...] = ()


def require_keys(config: forwarding.RoutingConfig, session_keys: Mapping[str, str]) -> None:
    """Check that every key of a configuration is there and can be used.

    Raises:
        KeyMissing: A session names a key that is not there.
        BadSessionKey: A key has characters that no session can use.
    """
    for session in config.sessions:
        if session.key is None:
            continue
        if session.key.key_id not in session_keys:
            raise KeyMissing(
                f"The BGP key of {session.key.key_id} has not arrived; it is asked for again.",
                key_id=session.key.key_id,
            )
        bgp.check_session_key(session_keys[session.key.key_id])


class RoutingDaemons(Protocol):
    """Drives the routing daemons of a node."""

    async def observe(self, place: places.RouterPlace) -> RoutingFacts:
        """Say what is there."""

    async def start(self, place: places.RouterPlace) -> None:
        """Run the daemon, with an empty or its last configuration; no-op when it runs.

        A configuration whose sessions have keys is not started from: keys come with `apply`.
        """

    async def stop(self, place: places.RouterPlace) -> None:
        """End the daemon and remove its files; its kernel routes go too."""

    async def apply(
        self,
        place: places.RouterPlace,
        config: forwarding.RoutingConfig,
        session_keys: Mapping[str, str],
    ) -> None:
        """Make the daemon run this configuration; a refused one leaves the old one in force.

        The keys are TCP-MD5 keys in clear by key id, at least those that the sessions name.
        """

    async def routes(self, place: places.RouterPlace, table: str) -> tuple[ActiveRoute, ...]:
        """Read the best routes of one of the daemon's tables, ordered by prefix."""

    async def sessions(self, place: places.RouterPlace) -> tuple[SessionFacts, ...]:
        """Read the state of all BGP sessions, ordered by name."""

    async def session_routes(self, place: places.RouterPlace, name: str) -> SessionRoutes:
        """Read what a session learned, refused and announces."""

    async def key_counts(self, place: places.RouterPlace) -> KeyCounts:
        """Count wrongly signed segments: what else shows as silence."""

    async def ask_again(self, place: places.RouterPlace, name: str) -> None:
        """Have the peer of a session announce everything anew: room was made under its limit."""

    async def start_over(self, place: places.RouterPlace, name: str) -> None:
        """Close a session and open it again: what it learned counts anew against its limit."""

    async def wait_gone(self, place: places.RouterPlace) -> None:
        """Return when the running daemon's process ends, or at once when there is none."""
