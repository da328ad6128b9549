"""BGP sessions and route selection in memory: what a daemon would make of its configuration.

Nothing happens by time. A session is established when its device has carrier and a peer with the
right number and key stands on the other side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from futago.domain import bgp, forwarding
from futago.plan import observation
from futago.ports import routing


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The other side of a session."""

    asn: int
    key: str | None = None
    routes: tuple[routing.SessionRoute, ...] = ()
    """AS paths start with the peer's own number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A route of a table."""

    prefix: IPv4Network
    preference: int
    path_length: int
    origin: forwarding.RouteOrigin
    devices: tuple[str, ...]
    """None of them: blackhole."""

    @property
    def rank(self) -> tuple[int, int]:
        """Lower is better."""
        return -self.preference, self.path_length


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """What one session took and refused."""

    taken: tuple[routing.SessionRoute, ...]
    refused: tuple[routing.SessionRoute, ...]


HasCarrier = Callable[[str], bool]


class Sessions:
    """All sessions of one daemon.

    Args:
        session_keys: Key id to key, as applied.
        peers: Session name to its peer.
    """

    def __init__(
        self,
        config: forwarding.RoutingConfig,
        session_keys: Mapping[str, str],
        peers: Mapping[str, Peer],
        has_carrier: HasCarrier,
    ) -> None:
        self._config = config
        self._keys = session_keys
        self._peers = peers
        self._has_carrier = has_carrier

    def facts(self) -> tuple[routing.SessionFacts, ...]:
        """State of all sessions, ordered by name; not since when."""
        return tuple(
            self._facts(session)
            for session in sorted(self._config.sessions, key=lambda session: session.name)
        )

    def routes(self, name: str) -> routing.SessionRoutes | None:
        """Routes of one session; None without such a session."""
        found = next((one for one in self._config.sessions if one.name == name), None)
        if found is None:
            return None
        if self._trouble(found) is not None:
            return routing.SessionRoutes()
        seen = self._received(found)
        return routing.SessionRoutes(
            learned=seen.taken, refused=seen.refused, announced=self._announced(found)
        )

    def add_key_trouble(self, counts: routing.KeyCounts) -> routing.KeyCounts:
        """Count one wrongly signed segment for each peer whose key is another one."""
        for session in self._config.sessions:
            peer = self._peers.get(session.name)
            key = None if session.key is None else self._keys[session.key.key_id]
            if peer is None or peer.key == key or not self._has_carrier(session.device):
                continue
            if key is None:
                counts = replace(counts, unexpected=counts.unexpected + 1)
            elif peer.key is None:
                counts = replace(counts, missing=counts.missing + 1)
            else:
                counts = replace(counts, wrong=counts.wrong + 1)
        return counts

    def best(self, table: str) -> dict[IPv4Network, tuple[Candidate, ...]]:
        """Give the equally best routes of a table by prefix."""
        found: dict[IPv4Network, list[Candidate]] = {}
        for candidate in self._candidates(table, frozenset()):
            found.setdefault(candidate.prefix, []).append(candidate)
        return {prefix: _equally_best(found[prefix]) for prefix in sorted(found)}

    def _candidates(self, table: str, passed: frozenset[str]) -> Iterator[Candidate]:
        yield from self._own(table)
        for pipe in self._config.pipes:
            if pipe.target == table and pipe.name not in passed:
                for candidate in self._candidates(pipe.source, passed | {pipe.name}):
                    if candidate.origin in pipe.origins:
                        yield candidate

    def _own(self, table: str) -> Iterator[Candidate]:
        for source in self._config.sources:
            if source.table == table:
                yield from self._static(source)
        for session in self._config.sessions:
            if session.table == table and self._trouble(session) is None:
                yield from _learned(session, self._received(session))

    def _static(self, source: forwarding.StaticSource) -> Iterator[Candidate]:
        for route in source.routes:
            devices = tuple(hop.device for hop in route.next_hops if self._has_carrier(hop.device))
            if devices or not route.next_hops:
                yield Candidate(
                    prefix=route.prefix,
                    preference=source.preference,
                    path_length=0,
                    origin=source.origin,
                    devices=devices,
                )

    def _received(self, session: forwarding.BgpSession) -> Routes:
        taken: list[routing.SessionRoute] = []
        refused: list[routing.SessionRoute] = []
        for route in self._peers[session.name].routes:
            is_taken = (
                bgp.refusal(route.prefix, route.as_path, session.local_asn) is None
                and len(taken) < session.import_limit
            )
            (taken if is_taken else refused).append(route)
        return Routes(taken=_ordered(taken), refused=_ordered(refused))

    def _announced(self, session: forwarding.BgpSession) -> tuple[routing.SessionRoute, ...]:
        return tuple(
            routing.SessionRoute(prefix=prefix)
            for prefix, (first, *_) in self.best(session.table).items()
            if first.origin in forwarding.ANNOUNCED_ORIGINS
        )

    def _trouble(self, session: forwarding.BgpSession) -> str | None:
        """Say why a session is not established; empty where nobody answers."""
        peer = self._peers.get(session.name)
        key = None if session.key is None else self._keys[session.key.key_id]
        if not self._has_carrier(session.device):
            return "Error: Link down"
        if peer is None or peer.key != key:
            return ""
        return None if peer.asn == session.peer_asn else "BGP Error: Bad peer AS"

    def _facts(self, session: forwarding.BgpSession) -> routing.SessionFacts:
        trouble = self._trouble(session)
        seen = self.routes(session.name) or routing.SessionRoutes()
        state = observation.BgpState
        return routing.SessionFacts(
            name=session.name,
            state=state.ESTABLISHED if trouble is None else state.CONNECT,
            bfd=observation.BfdState.ABSENT,
            since=None,
            last_error=trouble or None,
            imported=len(seen.learned),
            refused=len(seen.refused),
            is_limit_hit=any(
                bgp.refusal(route.prefix, route.as_path, session.local_asn) is None
                for route in seen.refused
            ),
            announced=len(seen.announced),
            updates=hash(seen) & 0x7FFFFFFF,
        )


def _learned(session: forwarding.BgpSession, seen: Routes) -> Iterator[Candidate]:
    for route in seen.taken:
        yield Candidate(
            prefix=route.prefix,
            preference=forwarding.LEARNED_PREFERENCE,
            path_length=len(route.as_path),
            origin=forwarding.RouteOrigin.VPN,
            devices=(session.device,),
        )


def _equally_best(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    rank = min(candidate.rank for candidate in candidates)
    return tuple(candidate for candidate in candidates if candidate.rank == rank)


def _ordered(routes: list[routing.SessionRoute]) -> tuple[routing.SessionRoute, ...]:
    return tuple(sorted(routes, key=lambda route: route.prefix))
