"""All strongSwan daemons of a node behind the port: one per tunnel, found again after a restart."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from futago.domain import ids, ike
from futago.drivers.strongswan import (
    configuration,
    daemon,
    early_packets,
    faults,
    log_lines,
    rehearsal,
)
from futago.drivers.strongswan import inquiry as asking
from futago.plan import findings, inquiry, intent, observation, places
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port

EXECUTABLE: Final = Path("/usr/sbin/charon-systemd")
EVENTS_MAX: Final = 10_000
"""Events kept for a slow reader; the oldest go first, since a later look finds the same."""
_SOCKET_PATH_MAX_BYTES: Final = 107
"""Source: unix(7)."""
_SOCKET_ROOM_BYTES: Final = len("/tunnels/tun-xxxxxxxxxxxxxxxxxxxx/vici.sock")


class StrongswanDaemons:
    """Implements `ports.ike.IkeDaemons` with userspace ESP."""

    def __init__(
        self,
        runtime_directory: Path,
        *,
        executable: Path = EXECUTABLE,
        clock: clock_port.Clock | None = None,
    ) -> None:
        """Use a runtime directory; daemons that already run there are found.

        Raises:
            PathTooLong: A socket's path in it would exceed the kernel's limit.
        """
        self._directory = runtime_directory.absolute()
        if len(str(self._directory).encode()) + _SOCKET_ROOM_BYTES > _SOCKET_PATH_MAX_BYTES:
            raise faults.PathTooLong(
                f"{self._directory} is too long for sockets below it; use at most "
                f"{_SOCKET_PATH_MAX_BYTES - _SOCKET_ROOM_BYTES} bytes, such as /run/futago.",
                value=str(self._directory),
            )
        self._executable = executable
        self._clock: clock_port.Clock = clock or clock_port.SystemClock()
        self._daemons: dict[ids.TunnelId, daemon.TunnelDaemon] = {}
        self._pending: deque[ike_port.IkeEvent] = deque(maxlen=EVENTS_MAX)
        self._arrived = asyncio.Event()
        self._is_closed = False

    async def observe(self, place: places.TunnelPlace) -> observation.DaemonFacts:
        """Say what is there; a daemon that does not answer in time has `sas=None`."""
        return await self._of(place).observe(place)

    async def last_heard(self, place: places.TunnelPlace) -> datetime | None:
        """Say when the peer last sent a protected IKE message."""
        return self._of(place).last_heard()

    async def start(self, place: places.TunnelPlace) -> None:
        """Run the daemon and place its device; return when both are done. No-op when they are."""
        await self._of(place).start(place, self._executable)

    async def stop(self, place: places.TunnelPlace) -> None:
        """End the daemon (SAs are closed towards the peer) and remove its files."""
        await self._of(place).stop(place)
        self._daemons.pop(place.tunnel_id, None)

    async def load(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, psk: ike.PresharedKey
    ) -> None:
        """Load key and configuration; `observe().loaded` is the tunnel's digest afterwards."""
        await self._of(place).load(place, tunnel, psk)

    async def initiate(self, place: places.TunnelPlace) -> None:
        """Start negotiating and return at once."""
        await self._of(place).sas.initiate()

    async def terminate(self, place: places.TunnelPlace) -> None:
        """Close all SAs, towards the peer as well, and return when they are gone."""
        await self._of(place).sas.terminate()

    async def inquire(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent
    ) -> tuple[inquiry.Answer, ...]:
        """Ask the peer what it accepts, under the other version too where it refuses this one."""
        own = tunnel.ike_profile.version
        first = await asking.inquire(place.namespace, tunnel, own)
        if not inquiry.needs_other_version(first):
            return (first,)
        other = findings.other_version(own)
        return first, await asking.inquire(place.namespace, tunnel, other)

    async def rehearse_mode(self, place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> bool:
        """Tell whether the peer takes part in the other exchange of version 1."""
        async with self._of(place).rehearsing() as commands:
            return await rehearsal.other_mode(commands, tunnel)

    async def rehearse_child(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, asked: inquiry.Question
    ) -> inquiry.Accepted | None:
        """Offer every child SA and give what the peer accepts."""
        async with self._of(place).rehearsing() as commands:
            return await rehearsal.child(commands, tunnel, asked)

    async def renew_child(self, place: places.TunnelPlace) -> None:
        """Start renewing the child SA."""
        await self._of(place).renew_child(place)

    async def rekey(self, place: places.TunnelPlace, *, includes_ike: bool) -> bool:
        """Renew the child SA, and the IKE SA if wanted; tell whether new ones came."""
        sas = self._of(place).sas
        async with early_packets.delivered(place, sas.read):
            return await sas.rekey(includes_ike=includes_ike)

    async def answers(self, place: places.TunnelPlace) -> bool:
        """Tell whether a daemon that runs answers."""
        return await self._of(place).answers()

    async def carried(self, place: places.TunnelPlace) -> Mapping[str, int]:
        """Give the outbound packets of each installed child SA."""
        return configuration.carried(await self._of(place).sas.read())

    async def kill(self, place: places.TunnelPlace) -> None:
        """End a daemon that does not answer."""
        await self._of(place).kill()

    async def arm(self, place: places.TunnelPlace) -> None:
        """Let routes lead to the device, and tell of packets that enter it."""
        await self._of(place).arm(place)

    async def disarm(self, place: places.TunnelPlace) -> None:
        """Wait for packets no longer."""
        await self._of(place).disarm(place)

    async def keep_only(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, unique_id: str
    ) -> bool:
        """Have one IKE SA carry the tunnel alone; tell whether it does."""
        return await self._of(place).keep_only(place, tunnel, unique_id)

    async def replace_sas(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, *, keeps_ike: bool
    ) -> None:
        """Negotiate with what is loaded, and close what was there once the new carries."""
        await self._of(place).replace_sas(place, tunnel, keeps_ike=keeps_ike)

    async def events(self) -> AsyncIterator[ike_port.IkeEvent]:
        """Give events of all daemons as they come, until `close`. For one reader."""
        while not self._is_closed:
            self._arrived.clear()
            while self._pending:
                event = self._pending.popleft()
                if event.kind is ike_port.IkeEventKind.SA_CHANGED:
                    for sa, text in await self._missed_lines(event.tunnel_id):
                        yield self._event(event.tunnel_id, ike_port.IkeEventKind.LOG, text, sa)
                yield event
            await self._arrived.wait()

    async def close(self) -> None:
        """Let go of all daemons without ending any."""
        self._is_closed = True
        for one in self._daemons.values():
            one.release()
        self._daemons.clear()
        self._arrived.set()

    def _of(self, place: places.TunnelPlace) -> daemon.TunnelDaemon:
        found = self._daemons.get(place.tunnel_id)
        if found is None:
            directory = self._directory / "tunnels" / place.tunnel_id
            found = daemon.TunnelDaemon(place.tunnel_id, directory, self._report)
            self._daemons[place.tunnel_id] = found
        return found

    async def _missed_lines(self, tunnel_id: ids.TunnelId) -> list[log_lines.Line]:
        found = self._daemons.get(tunnel_id)
        if found is None:
            return []
        try:
            return await found.settle()
        except (faults.NoAnswer, faults.CommandFailed):
            return []  # the next observation connects again and follows the log

    def _report(
        self, tunnel_id: ids.TunnelId, kind: ike_port.IkeEventKind, text: str, sa: str
    ) -> None:
        self._pending.append(self._event(tunnel_id, kind, text, sa))
        self._arrived.set()

    def _event(
        self, tunnel_id: ids.TunnelId, kind: ike_port.IkeEventKind, text: str, sa: str
    ) -> ike_port.IkeEvent:
        return ike_port.IkeEvent(
            tunnel_id=tunnel_id, kind=kind, at=self._clock.now(), message=text, sa=sa
        )
