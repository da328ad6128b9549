"""IKE daemons in memory: two tunnels come up when both sides have loaded what matches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime

from futago.domain import ids, ike
from futago.drivers.memory import ike_wire, negotiation
from futago.plan import inquiry, intent, observation, places
from futago.ports import ike as ike_port


class MemoryIkeDaemons:
    """Implements `ports.ike.IkeDaemons` on a wire."""

    def __init__(self, wire: ike_wire.MemoryWire, host: str = "host") -> None:
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
            is_armed=found.is_armed,
        )

    async def last_heard(self, place: places.TunnelPlace) -> datetime | None:
        """Say when the peer last answered: now, while it lives and can be reached."""
        return self._wire.last_heard((self._host, place.tunnel_id))

    async def start(self, place: places.TunnelPlace) -> None:
        """Run the daemon; no-op when it runs at this place."""
        key = (self._host, place.tunnel_id)
        found = self._wire.daemons.get(key)
        if found is None or found.place.router_namespace != place.router_namespace:
            self._wire.daemons[key] = ike_wire.Daemon(self._host, place)

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

    async def answers(self, place: places.TunnelPlace) -> bool:
        """Tell whether a daemon that runs is not stuck."""
        found = self._wire.daemons.get((self._host, place.tunnel_id))
        return found is None or not found.is_stuck

    async def carried(self, place: places.TunnelPlace) -> Mapping[str, int]:
        """Nothing is carried here."""
        return {str(sa.child): 0 for sa in self._running(place).sas.values() if sa.has_child}

    async def kill(self, place: places.TunnelPlace) -> None:
        """End a daemon, stuck or not."""
        if (self._host, place.tunnel_id) in self._wire.daemons:
            self._wire.kill(self._host, place.tunnel_id)

    async def arm(self, place: places.TunnelPlace) -> None:
        """Tell of packets from now on."""
        self._running(place).is_armed = True

    async def disarm(self, place: places.TunnelPlace) -> None:
        """Tell of packets no longer."""
        self._running(place).is_armed = False

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

    def _running(self, place: places.TunnelPlace) -> ike_wire.Daemon:
        found = self._wire.daemons.get((self._host, place.tunnel_id))
        if found is None or found.is_stuck:
            raise ike_wire.NotRunning(
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
