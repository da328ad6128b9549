"""The Internet between IKE daemons in memory: two tunnels come up when both sides fit.

A `MemoryWire` is the Internet between them and holds what outlives an agent, as processes do.
Lines are the ones that the real daemon writes, so that reasons are found in the same way. Nothing
happens by time: a killed daemon's peer keeps its SA until the test lets it expire.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from futago.domain import faults, ids
from futago.drivers.memory import negotiation
from futago.plan import inquiry, intent, places
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port


class NotRunning(faults.Unavailable):
    """A daemon in memory that was not started, or was killed."""

    code = "Ike.NoAnswer"


@dataclass(slots=True)
class Sa:
    """An IKE SA as one end has it."""

    unique_id: str
    has_child: bool
    since: datetime
    is_ours: bool
    child: int


@dataclass(slots=True)
class Daemon:
    """One tunnel's daemon."""

    host: str
    place: places.TunnelPlace
    side: negotiation.Side | None = None
    sas: dict[str, Sa] = field(default_factory=dict)
    is_stuck: bool = False
    is_armed: bool = False
    heard_at: datetime | None = None

    @property
    def has_carrier(self) -> bool:
        """Tell whether a child SA is installed."""
        return any(sa.has_child for sa in self.sas.values())


Listener = Callable[[ids.TunnelId, ike_port.IkeEventKind, str, str], None]


class MemoryWire:
    """Daemons of all hosts and the way between them."""

    def __init__(self, clock: clock_port.Clock | None = None) -> None:
        self.clock: clock_port.Clock = clock or clock_port.SystemClock()
        self.daemons: dict[tuple[str, ids.TunnelId], Daemon] = {}
        self.was_up: set[tuple[str, ids.TunnelId]] = set()
        self.listeners: dict[str, Listener] = {}
        self._is_cut: set[frozenset[str]] = set()
        self._serial = 0
        self._held: list[Daemon] | None = None

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
        return found is not None and (found.has_carrier or found.is_armed)

    def send(self, host: str, tunnel_id: ids.TunnelId) -> None:
        """Let a packet enter a tunnel."""
        if self.daemons[host, tunnel_id].is_armed:
            self._tell(host, tunnel_id, ike_port.IkeEventKind.TRAFFIC)

    def last_heard(self, key: tuple[str, ids.TunnelId]) -> datetime | None:
        """Say when the peer of a daemon last answered on IKE; None while there is no IKE SA."""
        own = self.daemons.get(key)
        if own is None or own.side is None or not own.sas:
            return None
        if self._peer_of(own, own.side) is not None:
            own.heard_at = self.clock.now()
        return own.heard_at

    def negotiate(self, own: Daemon) -> None:
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
            one.sas[sa] = Sa(sa, outcome.has_child, self.clock.now(), one is own, self._serial)
            self._tell(one.host, one.place.tunnel_id, ike_port.IkeEventKind.AUTHENTICATED)
            self._tell(one.host, one.place.tunnel_id, ike_port.IkeEventKind.SA_CHANGED)

    def inquire(self, own: Daemon, tunnel: intent.TunnelIntent) -> tuple[inquiry.Answer, ...]:
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

    def peer(self, own: Daemon) -> intent.TunnelIntent | None:
        """Give what is loaded at the other end."""
        found = None if own.side is None else self._peer_of(own, own.side)
        return None if found is None or found.side is None else found.side.tunnel

    def renew(self, own: Daemon, only: str | None = None) -> bool:
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

    def close_sas(self, own: Daemon, only: Collection[str] | None = None) -> None:
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

    def _peer_of(self, own: Daemon, side: negotiation.Side) -> Daemon | None:
        for one in self.daemons.values():
            if (
                one.side is not None
                and one.side.tunnel.gateway_address == side.tunnel.peer_address
                and one.side.tunnel.peer_address == side.tunnel.gateway_address
                and frozenset({one.host, own.host}) not in self._is_cut
            ):
                return one
        return None

    def _log_all(self, both: Iterable[Daemon], lines: Iterable[Sequence[str]], sa: str) -> None:
        for one, told in zip(both, lines, strict=True):
            for line in told:
                self._log(one, line, sa)

    def _log(self, one: Daemon, line: str, sa: str) -> None:
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
