"""IKE daemons in memory: two tunnels come up when both sides have loaded what matches.

A `MemoryWire` is the Internet between them and holds what outlives an agent, as processes do.
Lines are the ones that the real daemon writes, so that reasons are found in the same way. Nothing
happens by time: a killed daemon's peer keeps its SA until the test lets it expire.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from futago.domain import faults, ids, ike
from futago.drivers.memory import negotiation
from futago.plan import inquiry, intent, observation, places
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port


class NotRunning(faults.Unavailable):
    """A daemon in memory that was not started, or was killed."""

    code = "Ike.NoAnswer"


@dataclass(slots=True)
class _Sa:
    unique_id: str
    has_child: bool
    since: datetime
    is_ours: bool
    child: int


@dataclass(slots=True)
class _Daemon:
    host: str
    place: places.TunnelPlace
    side: negotiation.Side | None = None
    sas: dict[str, _Sa] = field(default_factory=dict)
    is_stuck: bool = False
    heard_at: datetime | None = None

    @property
    def has_carrier(self) -> bool:
        return any(sa.has_child for sa in self.sas.values())


Listener = Callable[[ids.TunnelId, ike_port.IkeEventKind, str, str], None]


class MemoryWire:
    """Daemons of all hosts and the way between them."""

    def __init__(self, clock: clock_port.Clock | None = None) -> None:
        self.clock: clock_port.Clock = clock or clock_port.SystemClock()
        self.daemons: dict[tuple[str, ids.TunnelId], _Daemon] = {}
        self.was_up: set[tuple[str, ids.TunnelId]] = set()
        self.listeners: dict[str, Listener] = {}
        self._is_cut: set[frozenset[str]] = set()
        self._serial = 0
        self._held: list[_Daemon] | None = None

    @contextlib.contextmanager
    def simultaneously(self) -> Iterator[None]:
        """Have all negotiations that begin in a block cross each other."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for one in held:
                self.negotiate(one)

    def cut(self, one: str, other: str) -> None:
        """Lose everything between two hosts."""
        self._is_cut.add(frozenset({one, other}))

    def mend(self, one: str, other: str) -> None:
        """Carry packets between two hosts again."""
        self._is_cut.discard(frozenset({one, other}))

    def kill(self, host: str, tunnel_id: ids.TunnelId) -> None:
        """End a daemon as `kill -9` does: its peer is not told."""
        if self.daemons.pop((host, tunnel_id)).has_carrier:
            self.was_up.add((host, tunnel_id))
        self._tell(host, tunnel_id, ike_port.IkeEventKind.DAEMON_GONE)

    def stick(self, host: str, tunnel_id: ids.TunnelId, *, is_stuck: bool) -> None:
        """Make a daemon stop answering its agent, or answer again."""
        self.daemons[host, tunnel_id].is_stuck = is_stuck

    def expire(self, host: str, tunnel_id: ids.TunnelId) -> None:
        """Let dead peer detection find the peer dead."""
        self.daemons[host, tunnel_id].sas.clear()
        self._tell(
            host, tunnel_id, ike_port.IkeEventKind.LOG, "DPD check timed out, enforcing DPD action"
        )
        self._tell(host, tunnel_id, ike_port.IkeEventKind.SA_CHANGED)

    def has_carrier(self, host: str, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether a tunnel's device has carrier."""
        found = self.daemons.get((host, tunnel_id))
        return found is not None and found.has_carrier

    def last_heard(self, key: tuple[str, ids.TunnelId]) -> datetime | None:
        """Say when the peer of a daemon last answered on IKE; None while there is no IKE SA."""
        own = self.daemons.get(key)
        if own is None or own.side is None or not own.sas:
            return None
        if self._peer_of(own, own.side) is not None:
            own.heard_at = self.clock.now()
        return own.heard_at

    def negotiate(self, own: _Daemon) -> None:
        """Do a whole negotiation at once, logs included."""
        if own.side is None:
            raise NotRunning(f"Nothing is loaded for {own.place.tunnel_id}; load it first.")
        if self._held is not None:
            self._held.append(own)
            return
        peer = self._peer_of(own, own.side)
        self._serial += 1
        sa = str(self._serial)
        if peer is None or peer.side is None:
            for line in negotiation.unanswered(own.side):
                self._log(own, line, sa)
            return
        outcome = negotiation.negotiate(own.side, peer.side)
        self._log_all((own, peer), (outcome.initiator_lines, outcome.responder_lines), sa)
        if not outcome.is_established:
            return
        for one in (own, peer):
            one.sas[sa] = _Sa(sa, outcome.has_child, self.clock.now(), one is own, self._serial)
            self._tell(one.host, one.place.tunnel_id, ike_port.IkeEventKind.AUTHENTICATED)
            self._tell(one.host, one.place.tunnel_id, ike_port.IkeEventKind.SA_CHANGED)

    def inquire(self, own: _Daemon, tunnel: intent.TunnelIntent) -> tuple[inquiry.Answer, ...]:
        """Tell what the peer of a tunnel accepts."""
        peer = self._peer_of(own, negotiation.Side(tunnel=tunnel, psk=negotiation.NO_KEY))
        version = tunnel.ike_profile.version
        if peer is None or peer.side is None:
            return (inquiry.Answer(version=version, outcome=inquiry.Outcome.SILENT),)
        accepted = inquiry.Answer(
            version=peer.side.tunnel.ike_profile.version,
            outcome=inquiry.Outcome.ACCEPTED,
            chosen=inquiry.own_proposal(peer.side.tunnel),
        )
        if accepted.version is version:
            return (accepted,)
        return (inquiry.Answer(version=version, outcome=inquiry.Outcome.REFUSED), accepted)

    def peer(self, own: _Daemon) -> intent.TunnelIntent | None:
        """Give what is loaded at the other end."""
        found = None if own.side is None else self._peer_of(own, own.side)
        return None if found is None or found.side is None else found.side.tunnel

    def renew(self, own: _Daemon, only: str | None = None) -> bool:
        """Renew the child SA of a daemon that has one, of the newest IKE SA or of one of them.

        Returns:
            Whether the peer agreed.
        """
        peer = None if own.side is None else self._peer_of(own, own.side)
        if own.side is None or peer is None or peer.side is None or not own.has_carrier:
            return False
        lines = negotiation.renew(own.side, peer.side)
        sa = only or max(own.sas, key=int)
        self._serial += 1
        agrees = own.side.tunnel.esp_profile.pfs is peer.side.tunnel.esp_profile.pfs
        if agrees:
            for one in (own, peer):
                one.sas[sa].child = self._serial
        self._log_all((own, peer), lines, sa)
        return agrees

    def close_sas(self, own: _Daemon, only: Collection[str] | None = None) -> None:
        """Close SAs (all, or only some) and tell the peer, unless the way to it is cut."""
        peer = None if own.side is None else self._peer_of(own, own.side)
        chosen = own.sas.keys() if only is None else set(only)
        closed = {each: sa for each, sa in own.sas.items() if each in chosen}
        own.sas = {each: sa for each, sa in own.sas.items() if each not in chosen}
        if closed:
            self._tell(own.host, own.place.tunnel_id, ike_port.IkeEventKind.SA_CHANGED)
        if peer is None or not closed.keys() & peer.sas.keys():
            return
        for unique_id in closed:
            peer.sas.pop(unique_id, None)
            line = f"received DELETE for IKE_SA {peer.place.tunnel_id}[{unique_id}]"
            self._log(peer, line, unique_id)
        self._tell(peer.host, peer.place.tunnel_id, ike_port.IkeEventKind.SA_CHANGED)

    def _peer_of(self, own: _Daemon, side: negotiation.Side) -> _Daemon | None:
        for one in self.daemons.values():
            if (
                one.side is not None
                and one.side.tunnel.gateway_address == side.tunnel.peer_address
                and one.side.tunnel.peer_address == side.tunnel.gateway_address
                and frozenset({one.host, own.host}) not in self._is_cut
            ):
                return one
        return None

    def _log_all(self, both: Iterable[_Daemon], lines: Iterable[Sequence[str]], sa: str) -> None:
        for one, told in zip(both, lines, strict=True):
            for line in told:
                self._log(one, line, sa)

    def _log(self, one: _Daemon, line: str, sa: str) -> None:
        self._tell(one.host, one.place.tunnel_id, ike_port.IkeEventKind.LOG, line, sa)

    def _tell(
        self,
        host: str,
        tunnel_id: ids.TunnelId,
        kind: ike_port.IkeEventKind,
        text: str = "",
        sa: str = "",
    ) -> None:
        listener = self.listeners.get(host)
        if listener is not None:
            listener(tunnel_id, kind, text, sa)


class MemoryIkeDaemons:
    """Implements `ports.ike.IkeDaemons` on a wire."""

    def __init__(self, wire: MemoryWire, host: str = "host") -> None:
        self._wire = wire
        self._host = host
        self._pending: deque[ike_port.IkeEvent] = deque()
        self._arrived = asyncio.Event()
        self._is_closed = False
        wire.listeners[host] = self._report

    async def observe(self, place: places.TunnelPlace) -> observation.DaemonFacts:
        """Say what is there; a stuck daemon has `sas=None`."""
        key = (self._host, place.tunnel_id)
        found = self._wire.daemons.get(key)
        if found is None:
            return replace(observation.NO_DAEMON, was_up=key in self._wire.was_up)
        if found.has_carrier:
            self._wire.was_up.discard(key)
        now = self._wire.clock.now()
        sas = tuple(
            observation.IkeSaFacts(
                unique_id=sa.unique_id,
                is_established=True,
                children_installed=int(sa.has_child),
                established_seconds=int((now - sa.since).total_seconds()),
                is_ours=sa.is_ours,
                spi=f"{int(sa.unique_id):016x}",
                children=(str(sa.child),) if sa.has_child else (),
            )
            for sa in found.sas.values()
        )
        return observation.DaemonFacts(
            is_running=True,
            is_device_placed=found.place.router_namespace == place.router_namespace,
            loaded=None if found.side is None else found.side.tunnel.digest,
            sas=None if found.is_stuck else sas,
            was_up=key in self._wire.was_up,
        )

    async def last_heard(self, place: places.TunnelPlace) -> datetime | None:
        """Say when the peer last answered: now, while it lives and can be reached."""
        return self._wire.last_heard((self._host, place.tunnel_id))

    async def start(self, place: places.TunnelPlace) -> None:
        """Run the daemon; no-op when it runs at this place."""
        key = (self._host, place.tunnel_id)
        found = self._wire.daemons.get(key)
        if found is None or found.place.router_namespace != place.router_namespace:
            self._wire.daemons[key] = _Daemon(self._host, place)

    async def stop(self, place: places.TunnelPlace) -> None:
        """End the daemon; its SAs are closed towards the peer."""
        self._wire.was_up.discard((self._host, place.tunnel_id))
        found = self._wire.daemons.get((self._host, place.tunnel_id))
        if found is not None:
            self._wire.close_sas(found)
            del self._wire.daemons[self._host, place.tunnel_id]

    async def load(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, psk: ike.PresharedKey
    ) -> None:
        """Load key and configuration; SAs stay."""
        self._running(place).side = negotiation.Side(tunnel=tunnel, psk=psk)

    async def initiate(self, place: places.TunnelPlace) -> None:
        """Negotiate, unless a child SA is there."""
        found = self._running(place)
        if not found.has_carrier:
            self._wire.negotiate(found)

    async def terminate(self, place: places.TunnelPlace) -> None:
        """Close all SAs."""
        self._wire.close_sas(self._running(place))

    async def inquire(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent
    ) -> tuple[inquiry.Answer, ...]:
        """Read the peer's settings."""
        return self._wire.inquire(self._running(place), tunnel)

    async def rehearse_mode(self, place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> bool:
        """Tell whether the peer has the other mode."""
        peer = self._wire.peer(self._running(place))
        return peer is not None and peer.ike_profile.mode is not tunnel.ike_profile.mode

    async def rehearse_child(
        self,
        place: places.TunnelPlace,
        tunnel: intent.TunnelIntent,  # noqa: ARG002 - the port's
        asked: inquiry.Question,  # noqa: ARG002
    ) -> inquiry.Accepted | None:
        """Read the peer's settings of phase 2."""
        peer = self._wire.peer(self._running(place))
        if peer is None:
            return None
        return inquiry.Accepted(
            chosen=inquiry.own_child_proposal(peer),
            local_ts=" ".join(map(str, peer.remote_ts)),
            remote_ts=" ".join(map(str, peer.local_ts)),
        )

    async def renew_child(self, place: places.TunnelPlace) -> None:
        """Negotiate the child SA again, with its group under both versions."""
        self._wire.renew(self._running(place))

    async def rekey(self, place: places.TunnelPlace, *, includes_ike: bool) -> bool:
        """Renew what the peer agrees to; without a child SA there is nothing to renew."""
        found = self._running(place)
        if not self._wire.renew(found):
            return False
        if includes_ike:
            old = set(found.sas)
            self._wire.negotiate(found)
            self._wire.close_sas(found, only=old)
        return True

    async def keep_only(
        self,
        place: places.TunnelPlace,
        tunnel: intent.TunnelIntent,  # noqa: ARG002 - the port's
        unique_id: str,
    ) -> bool:
        """Renew the child SA of one IKE SA, and close the others if it is the newest then."""
        found = self._running(place)
        if unique_id not in found.sas:
            return False
        self._wire.renew(found, unique_id)
        others = {number: sa.child for number, sa in found.sas.items() if number != unique_id}
        if not others or found.sas[unique_id].child < max(others.values()):
            return False
        self._wire.close_sas(found, only=others)
        return True

    async def replace_sas(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, *, keeps_ike: bool
    ) -> None:
        """Negotiate anew, and close what was there."""
        del tunnel, keeps_ike  # there is one child SA under each IKE SA here
        found = self._running(place)
        old = set(found.sas)
        self._wire.negotiate(found)
        self._wire.close_sas(found, only=old)

    async def events(self) -> AsyncIterator[ike_port.IkeEvent]:
        """Give events of all daemons of this host as they come, until `close`."""
        while not self._is_closed:
            self._arrived.clear()
            while self._pending:
                yield self._pending.popleft()
            await self._arrived.wait()

    async def close(self) -> None:
        """Let go of all daemons without ending any."""
        self._is_closed = True
        if self._wire.listeners.get(self._host) == self._report:
            del self._wire.listeners[self._host]
        self._arrived.set()

    def _running(self, place: places.TunnelPlace) -> _Daemon:
        found = self._wire.daemons.get((self._host, place.tunnel_id))
        if found is None or found.is_stuck:
            raise NotRunning(
                f"The IKE daemon of {place.tunnel_id} does not answer; start it first.",
                tunnel_id=place.tunnel_id,
            )
        return found

    def _report(
        self, tunnel_id: ids.TunnelId, kind: ike_port.IkeEventKind, text: str, sa: str
    ) -> None:
        self._pending.append(
            ike_port.IkeEvent(
                tunnel_id=tunnel_id, kind=kind, at=self._wire.clock.now(), message=text, sa=sa
            )
        )
        self._arrived.set()
