"""Watches whether the tunnels of a node pass packets, and says which ones to leave out.

One task for all tunnels. It reads the counters of a router once and sends probes that are due;
what it finds acts through the router's next pass, without the control plane.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Final

from futago.agent import desired, draining, shaping, tracks
from futago.domain import faults, ids
from futago.plan import intent, liveness, observation, places
from futago.ports import clock as clock_port
from futago.ports import network, verdicts
from futago.ports import probes as probes_port

log = logging.getLogger(__name__)

MOVING_SECONDS: Final = 0.2
"""Between reads of a router's counters while packets leave by a probed tunnel of it."""
BUSY_SECONDS: Final = 0.3
"""The same while they leave by others, where the counters are the only sign."""
READ_SECONDS: Final = 1.0
_SHORTEST_SLEEP: Final = 0.02

Tell = Callable[[desired.Key], None]


class TunnelWatch:
    """Knows which tunnels pass packets; forgets everything with its process."""

    def __init__(
        self,
        mark: str,
        probes: probes_port.Probes,
        kernel: network.Network,
        wanted: desired.Desired,
        clock: clock_port.Clock,
        memory: verdicts.VerdictMemory,
    ) -> None:
        self._mark = mark
        self._probes = probes
        self._kernel = kernel
        self._shapers = shaping.Shapers(kernel)
        self._woken = asyncio.Event()
        self._applied: dict[ids.RouterId, frozenset[str]] = {}
        self._desired = wanted
        self._clock = clock
        self._tell: Tell = _nobody
        self._tracks: dict[ids.TunnelId, tracks.Track] = {}
        self._drains = draining.Drains()
        self._revision = -1
        self._with_sessions: set[ids.TunnelId] = set()
        self._reads: dict[ids.RouterId, float] = {}
        self._left_out: dict[ids.ConnectionId, frozenset[ids.TunnelId]] = {}
        self._memory = memory
        self._earlier = dict(memory.known())
        """Of an earlier agent, until it is taken over."""
        self._kept: dict[ids.TunnelId, liveness.Remembered] = {}
        self._shown: dict[ids.TunnelId, tuple[liveness.Verdict, bool]] = {}
        """Verdict and whether in doubt, as told last."""

    async def run(self, tell: Tell) -> None:
        """Watch until cancelled; tell of resources that need a look."""
        self._tell = tell
        self._probes.listen(self._hear)
        try:
            while True:
                self._sync()
                await self._read(time.monotonic())
                await self._probe()
                self._review()
                await self._sleep()
        finally:
            await self._probes.close()

    def follow(self) -> None:
        """Take over other intents at once: a target that is new is probed without delay."""
        self._sync()
        self._woken.set()

    def note(self, tunnel_id: ids.TunnelId, *, is_up: bool) -> None:
        """Take over whether a tunnel has a child SA."""
        self._sync()
        track = self._tracks.get(tunnel_id)
        if track is None or track.is_up is is_up:
            return
        track.is_up = is_up
        track.forget()
        if is_up:
            before = self._earlier.pop(tunnel_id, None)
            if before is not None:
                track.recall(before, time.monotonic())
            self._shapers.renew(tunnel_id, track.bandwidth.bits_per_second)
            self._reads.pop(track.router_id, None)
            self._woken.set()
        self._review()

    def note_sessions(self, sessions: Iterable[observation.BgpObservation]) -> None:
        """Take over which BGP sessions stand: without its session a tunnel takes nothing over."""
        for session in sessions:
            track = self._tracks.get(session.tunnel_id)
            if track is not None and session.state is not observation.BgpState.UNKNOWN:
                track.has_routes = session.state is observation.BgpState.ESTABLISHED
                track.has_bfd = session.bfd is observation.BfdState.UP
        self._review()

    def is_ready_for_change(self, tunnel_id: ids.TunnelId) -> bool:
        """Take a tunnel out of service for a change; tell whether the change may be made now.

        It may when nothing enters the tunnel any more, when its partner cannot take the traffic
        over, or when that took too long.
        """
        track = self._tracks.get(tunnel_id)
        if track is None or not track.is_up:
            return True
        partners = [
            each.place.tunnel_id
            for each in self._tracks.values()
            if each.connection_id == track.connection_id and each is not track
        ]
        now = time.monotonic()
        if not self._drains.begin(tunnel_id, partners, now):
            return False
        self._review()
        self._reads.pop(track.router_id, None)
        self._woken.set()
        if not self.is_left_out(tunnel_id):
            return True  # its partner cannot take the traffic over
        is_withdrawn = track.place.device in self._applied.get(track.router_id, frozenset())
        return self._drains.is_empty(tunnel_id, track, now, is_withdrawn=is_withdrawn)

    def changed(self, tunnel_id: ids.TunnelId) -> None:
        """Note that the change is made: the tunnel is used again once it is proven to work."""
        track = self._tracks.get(tunnel_id)
        self._drains.changed(tunnel_id, time.monotonic())
        if track is not None:
            track.next_at = 0.0
        self._woken.set()

    def applied(self, router_id: ids.RouterId, devices: frozenset[str]) -> None:
        """Note which devices a router's daemon leaves out."""
        self._applied[router_id] = devices

    def left_out(self, router_id: ids.RouterId) -> frozenset[str]:
        """Give the devices of a router that shall not be next hops now."""
        out: Collection[ids.TunnelId] = frozenset().union(*self._left_out.values())
        return frozenset(
            track.place.device
            for tunnel_id in out
            if (track := self._tracks.get(tunnel_id)) is not None and track.router_id == router_id
        )

    def is_left_out(self, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether a tunnel is out of service."""
        return any(tunnel_id in out for out in self._left_out.values())

    def entered(self, tunnel_id: ids.TunnelId) -> int:
        """Count the packets that entered a tunnel's device since it exists."""
        track = self._tracks.get(tunnel_id)
        return 0 if track is None else track.sent_packets

    def is_moving(self, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether packets left by a tunnel lately."""
        track = self._tracks.get(tunnel_id)
        return track is not None and track.is_up and track.is_moving(time.monotonic())

    def carries(self, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether a tunnel is able to take traffic: up, with routes, and not proven dead."""
        track = self._tracks.get(tunnel_id)
        if track is None:
            return False
        service = self._service(track)
        return service.is_up and not service.is_dead

    def shown(self, tunnel_id: ids.TunnelId) -> observation.ProbeObservation | None:
        """Give what is reported of a tunnel; None while it has no child SA."""
        track = self._tracks.get(tunnel_id)
        return track.shown(self._clock.now()) if track is not None and track.is_up else None

    def is_up(self, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether a tunnel has a child SA."""
        track = self._tracks.get(tunnel_id)
        return track is not None and track.is_up

    def proof(self, tunnel_id: ids.TunnelId) -> observation.PeerProof | None:
        """Say when something last came out of a tunnel, and what."""
        track = self._tracks.get(tunnel_id)
        return None if track is None else track.proof

    def pulse(
        self,
        connection_id: ids.ConnectionId,
        tunnel_id: ids.TunnelId,
        proof: observation.PeerProof | None,
    ) -> observation.Pulse:
        """Give what is measured of a tunnel, together with its last sign of life."""
        track, shape = self._tracks.get(tunnel_id), self._shapers.shape(tunnel_id)
        load = track.meter.load if track else None
        round_trip = track.round_trip if track else None
        return observation.Pulse(
            tunnel_id=tunnel_id,
            connection_id=connection_id,
            proof=proof,
            answered_at=track.last_answer_at if track else None,
            rtt_ms=None if round_trip is None else round(round_trip * 1000, 3),
            loss=track.loss if track else None,
            received_bps=load.received_bps if load else None,
            sent_bps=load.sent_bps if load else None,
            rate_bps=shape.rate if shape else None,
            capacity_bps=int(shape.capacity) if shape and shape.capacity else None,
        )

    def _sync(self) -> None:
        """Follow the intents."""
        if self._revision == self._desired.revision:
            return
        self._revision = self._desired.revision
        self._reads.clear()
        sessions = self._sessions()
        self._with_sessions = {each.tunnel_id for several in sessions.values() for each in several}
        found: dict[ids.TunnelId, tracks.Track] = {}
        for connection in self._desired.connections():
            probed = {
                path.tunnel_id: path
                for path in liveness.paths(connection, sessions[connection.connection_id])
            }
            for tunnel in connection.tunnels:
                track = self._track(connection, tunnel.tunnel_id, probed)
                track.bandwidth = tunnel.bandwidth
                found[tunnel.tunnel_id] = track
        for tunnel_id in self._tracks.keys() - found.keys():
            self._shapers.forget(tunnel_id)
        self._tracks = found
        self._drains.keep(found.keys())
        self._shown = {each: told for each, told in self._shown.items() if each in found}

    def _track(
        self,
        connection: intent.ConnectionIntent,
        tunnel_id: ids.TunnelId,
        probed: dict[ids.TunnelId, liveness.ProbePath],
    ) -> tracks.Track:
        track = self._tracks.get(tunnel_id)
        if track is None or track.router_id != connection.router_id:
            track = tracks.Track(
                place=places.TunnelPlace.of(self._mark, tunnel_id, connection.router_id),
                connection_id=connection.connection_id,
                router_id=connection.router_id,
            )
        if tunnel_id not in self._with_sessions:
            track.has_routes = True
        path = probed.get(tunnel_id)
        if track.path != path:
            track.follow(path)
        return track

    def _sessions(self) -> dict[ids.ConnectionId, list[intent.BgpIntent]]:
        found: dict[ids.ConnectionId, list[intent.BgpIntent]] = defaultdict(list)
        for key in self._desired.known():
            wanted = self._desired.get(key)
            if wanted is not None and isinstance(wanted.value, intent.RouterIntent):
                for plug in wanted.value.vpns:
                    found[plug.connection_id].extend(plug.bgp)
        return found

    async def _read(self, now: float) -> None:
        for router_id, together in self._by_router().items():
            if now < self._reads.get(router_id, 0.0):
                continue
            self._reads[router_id] = now + self._read_pause(together, now)
            try:
                counters = await self._kernel.counters(places.RouterPlace.of(self._mark, router_id))
            except faults.Fault:
                continue  # not set up yet, or on its way out
            for track in together:
                seen = counters.get(track.place.device)
                if seen is not None:
                    track.count(seen, time.monotonic(), self._clock.now())
                    await self._shapers.look(track.place, seen)

    async def _probe(self) -> None:
        for track in tuple(self._tracks.values()):
            now = time.monotonic()
            track.expire(now)
            if track.path is None or not track.is_up or now < track.next_at:
                continue
            number = track.next_number(now)
            await self._probes.send(
                probes_port.Probe(place=track.place, path=track.path, number=number)
            )

    def _hear(self, place: places.TunnelPlace, number: int, at: float) -> None:
        track = self._tracks.get(place.tunnel_id)
        if track is not None and track.is_up:
            track.hear(number, at, self._clock.now())

    def _review(self) -> None:
        """Say what has changed: verdicts to report, next hops to leave out or to take back."""
        for tunnel_id, track in self._tracks.items():
            self._drains.end_if_proven(tunnel_id, track, time.monotonic())
        together: dict[ids.ConnectionId, list[tracks.Track]] = defaultdict(list)
        now, is_news = self._clock.now(), False
        for tunnel_id, track in self._tracks.items():
            together[track.connection_id].append(track)
            track.settle(now)
            found = (track.verdict(now), track.silent_since is not None)
            if track.is_up and self._shown.get(tunnel_id) != found:
                self._shown[tunnel_id] = found
                is_news = True
                self._tell(desired.Key(intent.IntentKind.CONNECTION, track.connection_id))
        if is_news:
            self._remember()
        for connection_id, several in together.items():
            self._review_service(connection_id, several)
        for connection_id in self._left_out.keys() - together.keys():
            del self._left_out[connection_id]

    def _remember(self) -> None:
        """Keep for a later agent what has changed; it is little, and seldom."""
        found = {
            tunnel_id: before
            for tunnel_id, track in self._tracks.items()
            if (before := track.remembered or self._earlier.get(tunnel_id)) is not None
        }
        if found != self._kept:
            self._memory.keep(found)
            self._kept = found

    def _review_service(self, connection_id: ids.ConnectionId, several: list[tracks.Track]) -> None:
        out = liveness.out_of_service(self._service(track) for track in several)
        if out == self._left_out.get(connection_id, frozenset()):
            return
        log.info(
            "tunnels out of service",
            extra={"connection_id": connection_id, "tunnels": ",".join(sorted(out))},
        )
        self._left_out[connection_id] = out
        self._tell(desired.Key(intent.IntentKind.ROUTER, several[0].router_id))

    def _service(self, track: tracks.Track) -> liveness.Service:
        tunnel_id = track.place.tunnel_id
        return liveness.Service(
            tunnel_id=tunnel_id,
            is_up=track.is_up and track.has_routes,
            is_dead=track.is_up and track.state.verdict is liveness.Verdict.DEAD,
            is_draining=self._drains.is_draining(tunnel_id),
        )

    def _by_router(self) -> dict[ids.RouterId, list[tracks.Track]]:
        found: dict[ids.RouterId, list[tracks.Track]] = defaultdict(list)
        for track in self._tracks.values():
            if track.is_up:
                found[track.router_id].append(track)
        return found

    def _pause(self, now: float) -> float:
        """Give the seconds until something is due."""
        up = [track for track in self._tracks.values() if track.is_up]
        probed = [track for track in up if track.path]
        longest = self._read_pause(up, now)
        due = min((track.due for track in probed), default=now + longest) - now
        return max(_SHORTEST_SLEEP, min(longest, due))

    def _read_pause(self, together: list[tracks.Track], now: float) -> float:
        if self._drains.is_any:
            return draining.LOOK_SECONDS
        if self._shapers.is_loaded:
            return shaping.LOADED_SECONDS
        moving = [track for track in together if track.is_moving(now)]
        if any(track.path is not None for track in moving):
            return MOVING_SECONDS
        return BUSY_SECONDS if moving else READ_SECONDS

    async def _sleep(self) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout(self._pause(time.monotonic())):
                await self._woken.wait()
        except TimeoutError:
            return


def _nobody(_key: desired.Key) -> None:
    """Before the watch runs, everything is looked at anyway."""
