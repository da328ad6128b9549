"""Finds daemons that hang and tunnels that take packets and carry none, and mends them.

Nobody polls a tunnel that is up and idle; a daemon that hangs would be noticed when its tunnel is
needed. So each daemon is asked for a sign of life now and then, which costs one message, and the
child SAs of tunnels that packets enter are read every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from futago.agent import desired, watching
from futago.domain import faults, ids
from futago.plan import intent, observation, places, watchdog
from futago.ports import ike as ike_port

log = logging.getLogger(__name__)

ROUND_SECONDS: Final = 5.0
LIFE_ROUNDS: Final = 3
"""A daemon is asked for a sign of life in each third round."""

Tell = Callable[[ids.TunnelId], None]


class Watchdog:
    """Watches the daemons of one node; forgets everything with its process."""

    def __init__(
        self,
        mark: str,
        daemons: ike_port.IkeDaemons,
        wanted: desired.Desired,
        watch: watching.TunnelWatch,
        *,
        round_seconds: float = ROUND_SECONDS,
        connecting_seconds: float = watchdog.CONNECTING_SECONDS,
    ) -> None:
        self._round_seconds = round_seconds
        self._connecting_seconds = connecting_seconds
        self._mark = mark
        self._daemons = daemons
        self._desired = wanted
        self._watch = watch
        self._flows: dict[ids.TunnelId, watchdog.Flow] = {}
        self._silent_since: dict[ids.TunnelId, float] = {}
        self._connecting_since: dict[tuple[ids.TunnelId, str], float] = {}

    async def run(self, tell: Tell) -> None:
        """Watch until cancelled; tell of tunnels that need a look."""
        number = 0
        while True:
            await asyncio.sleep(self._round_seconds)
            number += 1
            for connection in self._desired.connections():
                for tunnel in connection.tunnels:
                    await self._round(connection, tunnel.tunnel_id, number, tell)

    def is_frozen(self, tunnel_id: ids.TunnelId, daemon: observation.DaemonFacts) -> bool:
        """Tell whether a daemon has been silent for too long."""
        if daemon.sas is not None or not daemon.is_running:
            self._silent_since.pop(tunnel_id, None)
            return False
        now = time.monotonic()
        silent = now - self._silent_since.setdefault(tunnel_id, now)
        if silent < watchdog.SILENT_SECONDS:
            return False
        log.warning(
            "daemon does not answer and is replaced",
            extra={"tunnel": tunnel_id, "seconds": round(silent, 1)},
        )
        return True

    def is_stuck(self, tunnel_id: ids.TunnelId, daemon: observation.DaemonFacts) -> bool:
        """Tell whether an IKE SA has been connecting for too long."""
        connecting = {sa.unique_id for sa in daemon.sas or () if not sa.is_established}
        now = time.monotonic()
        self._connecting_since = {
            key: since
            for key, since in self._connecting_since.items()
            if key[0] != tunnel_id or key[1] in connecting
        }
        for each in connecting:
            since = self._connecting_since.setdefault((tunnel_id, each), now)
            if now - since > self._connecting_seconds:
                log.warning(
                    "connecting for too long; starting anew",
                    extra={"tunnel": tunnel_id, "seconds": round(now - since, 1)},
                )
                return True
        return False

    async def _round(
        self,
        connection: intent.ConnectionIntent,
        tunnel_id: ids.TunnelId,
        number: int,
        tell: Tell,
    ) -> None:
        place = places.TunnelPlace.of(self._mark, tunnel_id, connection.router_id)
        try:
            if number % LIFE_ROUNDS == 0 and not await self._daemons.answers(place):
                tell(tunnel_id)
            elif self._watch.is_moving(tunnel_id):
                await self._look_at_flow(place)
        except faults.Fault as fault:
            log.info("watchdog failed", extra={"code": fault.code, "tunnel": tunnel_id})

    async def _look_at_flow(self, place: places.TunnelPlace) -> None:
        tunnel_id = place.tunnel_id
        entered = self._watch.entered(tunnel_id)
        carried = await self._daemons.carried(place)
        sample = watchdog.Sample(entered=entered, carried=carried)
        before = self._flows.get(tunnel_id, watchdog.Flow())
        self._flows[tunnel_id], remedy = watchdog.next_flow(before, sample)
        if remedy is watchdog.Remedy.NONE:
            return
        log.warning(
            "packets enter a tunnel and its SA carries none",
            extra={"tunnel": tunnel_id, "remedy": remedy.name, "entered": entered},
        )
        match remedy:
            case watchdog.Remedy.REKEY_CHILD:
                await self._daemons.rekey(place, includes_ike=False)
            case watchdog.Remedy.REESTABLISH:
                await self._daemons.terminate(place)
            case watchdog.Remedy.REPLACE_DAEMON:
                await self._daemons.kill(place)
