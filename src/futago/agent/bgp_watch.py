"""Follows the BGP sessions of a node's routers.

Each router that has sessions is asked every 0.8 s for their state, by one look whatever their
number. Their routes are read again only when the daemon's counters have moved, and not more often
than a tenth of the time allows. Routers without sessions cost nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from futago.agent import desired, sessions
from futago.domain import faults, ids
from futago.plan import intent, observation, places, routing
from futago.ports import clock as clock_port
from futago.ports import routing as routing_port

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.8
PATIENCE_SECONDS: Final = 0.5
"""A daemon that takes longer is told to be mute; its answer is waited for all the same."""
ROUTES_SHARE: Final = 10
"""Reading routes may take one part of so many of the time."""
ROUTES_SECONDS: Final = 10.0
"""The longest pause between reads all the same; on a busy machine reading takes long."""
KEY_TROUBLE_SECONDS: Final = 10.0
"""How long wrongly signed segments are remembered; a peer tries again within that time."""
REPAIR_SECONDS: Final = 10.0
"""Between looks at a router some session of which finds no neighbor on its device."""
ASK_AGAIN_SECONDS: Final = 10.0

_NEIGHBOR_LOST: Final = "Neighbor lost"


@dataclass(slots=True, kw_only=True)
class _Router:
    """What was seen of one router; forgotten with the process."""

    sessions: tuple[observation.BgpObservation, ...] = ()
    counts: routing_port.KeyCounts | None = None
    troubles: dict[str, float] = field(default_factory=dict)
    """Kind of wrongly signed segments to when they came last, monotonic."""
    updates: dict[str, tuple[observation.BgpState, int]] = field(default_factory=dict)
    """Session to what its routes were read at."""
    routes: dict[str, routing_port.SessionRoutes] = field(default_factory=dict)
    routes_at: float = 0.0
    """When routes may be read next, monotonic."""
    repair_at: float = 0.0
    asked_at: dict[str, float] = field(default_factory=dict)
    started_over_at: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who is told."""

    look_again: Callable[[desired.Key], None]
    """A router needs a pass."""
    seen: Callable[[desired.Key], None]
    """The sessions of a router have changed; ask `of`."""
    routes: Callable[[observation.ConnectionRoutes], None]


class BgpWatch:
    """Knows the BGP sessions of a node."""

    def __init__(
        self,
        mark: str,
        daemons: routing_port.RoutingDaemons,
        wanted: desired.Desired,
        clock: clock_port.Clock,
    ) -> None:
        self._mark = mark
        self._daemons = daemons
        self._desired = wanted
        self._clock = clock
        self._routers: dict[ids.RouterId, _Router] = {}
        self._busy: set[ids.RouterId] = set()
        self._told: dict[ids.ConnectionId, observation.ConnectionRoutes] = {}

    def of(self, router_id: ids.RouterId) -> tuple[observation.BgpObservation, ...]:
        """Give the sessions of a router as they were last seen."""
        known = self._routers.get(router_id)
        return () if known is None else known.sessions

    async def run(self, listeners: Listeners) -> None:
        """Look until cancelled; a router whose daemon hangs does not hold up the others."""
        async with asyncio.TaskGroup() as looks:
            while True:
                for router in self._due(listeners):
                    looks.create_task(self._look_alone(router, listeners))
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self, listeners: Listeners) -> None:
        """Look once at every router that has sessions."""
        await asyncio.gather(*(self._look_alone(one, listeners) for one in self._due(listeners)))

    def _due(self, listeners: Listeners) -> list[intent.RouterIntent]:
        routers = {router.router_id: router for router in self._with_sessions()}
        self._forget(routers, listeners)
        return [router for router in routers.values() if router.router_id not in self._busy]

    async def _look_alone(self, router: intent.RouterIntent, to: Listeners) -> None:
        self._busy.add(router.router_id)
        try:
            await self._look(router, to)
        finally:
            self._busy.discard(router.router_id)

    def _with_sessions(self) -> Iterator[intent.RouterIntent]:
        for router in self._desired.routers():
            if any(plug.bgp for plug in router.vpns):
                yield router

    def _forget(self, routers: dict[ids.RouterId, intent.RouterIntent], to: Listeners) -> None:
        """Drop what has no session any more, and say so of routes that were told."""
        for router_id in self._routers.keys() - routers.keys():
            del self._routers[router_id]
            to.seen(desired.Key(intent.IntentKind.ROUTER, router_id))
        speaking = {
            plug.connection_id for router in routers.values() for plug in router.vpns if plug.bgp
        }
        for connection_id in self._told.keys() - speaking:
            told = self._told.pop(connection_id)
            to.routes(replace(told, observed_at=self._clock.now(), routes=()))

    async def _look(self, router: intent.RouterIntent, to: Listeners) -> None:
        known = self._routers.setdefault(router.router_id, _Router())
        place = places.RouterPlace.of(self._mark, router.router_id)
        try:
            facts = await self._asked(router, known, place, to)
            counts = await self._daemons.key_counts(place)
        except faults.Fault as fault:
            log.debug("sessions unknown", extra={"code": fault.code})
            self._note(router, known, sessions.observations(router, None, sessions.NO_TROUBLE), to)
            return
        trouble = _trouble(known, counts, time.monotonic())
        self._note(router, known, sessions.observations(router, facts, trouble), to)
        self._repair(router, known, facts, to)
        try:
            await self._ask_again(router, known, place, facts)
            await self._enforce_limits(router, known, place, facts)
            await self._read_routes(router, known, place, facts, to)
        except faults.Fault as fault:
            log.info("routes not read", extra={"code": fault.code, "fault": fault.message})

    async def _asked(
        self,
        router: intent.RouterIntent,
        known: _Router,
        place: places.RouterPlace,
        to: Listeners,
    ) -> tuple[routing_port.SessionFacts, ...]:
        """Ask for the sessions; while the answer is overdue, they are not known."""
        asked = asyncio.ensure_future(self._daemons.sessions(place))
        try:
            done, _ = await asyncio.wait({asked}, timeout=PATIENCE_SECONDS)
            if not done:
                unknown = sessions.observations(router, None, sessions.NO_TROUBLE)
                self._note(router, known, unknown, to)
            return await asked
        finally:
            asked.cancel()

    def _note(
        self,
        router: intent.RouterIntent,
        known: _Router,
        seen: tuple[observation.BgpObservation, ...],
        to: Listeners,
    ) -> None:
        told = sessions.steady(seen, known.sessions)
        if told != known.sessions:
            known.sessions = told
            to.seen(desired.Key(intent.IntentKind.ROUTER, router.router_id))

    def _repair(
        self,
        router: intent.RouterIntent,
        known: _Router,
        facts: tuple[routing_port.SessionFacts, ...],
        to: Listeners,
    ) -> None:
        """Have the router looked at where an address is missing: somebody may have removed it."""
        now = time.monotonic()
        is_lost = any(_NEIGHBOR_LOST in (one.last_error or "") for one in facts)
        if is_lost and now >= known.repair_at:
            known.repair_at = now + REPAIR_SECONDS
            to.look_again(desired.Key(intent.IntentKind.ROUTER, router.router_id))

    async def _read_routes(
        self,
        router: intent.RouterIntent,
        known: _Router,
        place: places.RouterPlace,
        facts: tuple[routing_port.SessionFacts, ...],
        to: Listeners,
    ) -> None:
        started = time.monotonic()
        if started < known.routes_at:
            return
        by_name = {one.name: one for one in facts}
        for gone in known.routes.keys() - by_name.keys():
            del known.routes[gone], known.updates[gone]
        for name, one in by_name.items():
            if known.updates.get(name) != (one.state, one.updates):
                known.routes[name] = await self._daemons.session_routes(place, name)
                known.updates[name] = (one.state, one.updates)
        took = time.monotonic() - started
        pause = min(took * ROUTES_SHARE - LOOK_SECONDS, ROUTES_SECONDS)
        known.routes_at = started + took + max(0.0, pause)
        for plug in router.vpns:
            if plug.bgp:
                self._tell_routes(router, plug, known, to)

    def _tell_routes(
        self, router: intent.RouterIntent, plug: intent.VpnPlug, known: _Router, to: Listeners
    ) -> None:
        by_tunnel = {
            one.tunnel_id: known.routes.get(
                routing.session_name(one.tunnel_id), routing_port.SessionRoutes()
            )
            for one in plug.bgp
        }
        found = observation.ConnectionRoutes(
            connection_id=plug.connection_id,
            router_id=router.router_id,
            observed_at=self._clock.now(),
            routes=sessions.routes(plug, by_tunnel),
        )
        told = self._told.get(plug.connection_id)
        if told is None or (told.router_id, told.routes) != (found.router_id, found.routes):
            self._told[plug.connection_id] = found
            to.routes(found)

    async def _ask_again(
        self,
        router: intent.RouterIntent,
        known: _Router,
        place: places.RouterPlace,
        facts: tuple[routing_port.SessionFacts, ...],
    ) -> None:
        """Have prefixes sent again that were refused for want of room where there is room now."""
        now = time.monotonic()
        sessions_wanted = {
            routing.session_name(wanted.tunnel_id): wanted
            for plug in router.vpns
            for wanted in plug.bgp
        }
        for one in facts:
            wanted = sessions_wanted.get(one.name)
            if wanted is None or one.imported >= wanted.import_limit:
                continue
            # BIRD forgets that a limit was hit when the limit changes; the routes still tell.
            lacked = one.is_limit_hit or sessions.lacked_room(
                known.routes.get(one.name), wanted.local_asn
            )
            if lacked and now >= known.asked_at.get(one.name, 0.0) + ASK_AGAIN_SECONDS:
                known.asked_at[one.name] = now
                await self._daemons.ask_again(place, one.name)

    async def _enforce_limits(
        self,
        router: intent.RouterIntent,
        known: _Router,
        place: places.RouterPlace,
        facts: tuple[routing_port.SessionFacts, ...],
    ) -> None:
        """Start sessions over that learned more than a limit that was lowered since.

        BIRD compares with the limit when a prefix comes, and not those that are there. One session
        of a connection at a time, so that the other one carries its traffic.
        """
        now = time.monotonic()
        by_name = {one.name: one for one in facts}
        for plug in router.vpns:
            names = [routing.session_name(wanted.tunnel_id) for wanted in plug.bgp]
            limits = {routing.session_name(each.tunnel_id): each.import_limit for each in plug.bgp}
            over = [
                name for name in names if name in by_name and by_name[name].imported > limits[name]
            ]
            last = max((known.started_over_at.get(name, 0.0) for name in names), default=0.0)
            if over and now >= last + ASK_AGAIN_SECONDS:
                known.started_over_at[over[0]] = now
                log.info("prefix limit lowered", extra={"session": over[0]})
                await self._daemons.start_over(place, over[0])


def _trouble(known: _Router, counts: routing_port.KeyCounts, now: float) -> sessions.KeyTrouble:
    """Compare the kernel's counters with those of the last look."""
    before = known.counts or counts
    known.counts = counts
    for kind in ("wrong", "missing", "unexpected"):
        if getattr(counts, kind) > getattr(before, kind):
            known.troubles[kind] = now
    lately = {kind for kind, at in known.troubles.items() if now - at < KEY_TROUBLE_SECONDS}
    return sessions.KeyTrouble(
        is_wrong="wrong" in lately,
        is_missing="missing" in lately,
        is_unexpected="unexpected" in lately,
    )
