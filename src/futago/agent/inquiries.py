"""What the agent finds out on purpose, because daemons do not say it by themselves.

Two things: what a peer accepts that refuses our offer without a word, and whether a child SA that
came up under version 2 can be renewed. The latter matters because the first child SA is negotiated
without the group for perfect forward secrecy: a mismatch would show after hours, as an outage.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Final

from futago.agent import negotiation
from futago.domain import faults, ids
from futago.plan import findings, inquiry, intent, observation, places
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port

log = logging.getLogger(__name__)

RENEW_AFTER_SECONDS: Final = 1.0
"""Let both sides finish setting up; the second tunnel waits as long again."""

News = Callable[[ids.TunnelId], None]


class Inquiries:
    """Inquiries of one node, one per tunnel at a time."""

    def __init__(
        self,
        daemons: ike_port.IkeDaemons,
        negotiations: negotiation.Negotiations,
        clock: clock_port.Clock,
        on_news: News,
        *,
        renew_after_seconds: float = RENEW_AFTER_SECONDS,
    ) -> None:
        self._daemons = daemons
        self._negotiations = negotiations
        self._clock = clock
        self._on_news = on_news
        self._renew_after = renew_after_seconds
        self._asked: dict[ids.TunnelId, tuple[str, datetime]] = {}
        self._renewed: dict[ids.TunnelId, frozenset[str]] = {}
        self._running: dict[ids.TunnelId, asyncio.Task[None]] = {}

    def consider(self, place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> None:
        """Ask the peer if the reason at hand leaves open what it would tell, and not too often."""
        failure = self._negotiations.failure(tunnel.tunnel_id)
        asked = None if failure is None else inquiry.question(failure)
        if asked is None or self._is_busy(tunnel.tunnel_id):
            return
        now = self._clock.now()
        about = f"{tunnel.digest} {asked.value}"
        before, at = self._asked.get(tunnel.tunnel_id, ("", now))
        if before == about and now - at < inquiry.INTERVAL:
            return
        self._asked[tunnel.tunnel_id] = (about, now)
        self._start(tunnel.tunnel_id, self._ask(place, tunnel, asked))

    def came_up(
        self,
        place: places.TunnelPlace,
        tunnel: intent.TunnelIntent,
        sas: tuple[observation.IkeSaFacts, ...],
    ) -> None:
        """Renew a child SA that has just come up, once for each IKE SA."""
        fresh = frozenset(inquiry.to_renew(tunnel, sas))
        # Of two IKE SAs that crossed one goes away again: the other has had its renewal.
        before = self._renewed.get(tunnel.tunnel_id, frozenset())
        if fresh <= before or self._is_busy(tunnel.tunnel_id):
            return
        self._renewed[tunnel.tunnel_id] = fresh | before & {sa.unique_id for sa in sas}
        self._start(tunnel.tunnel_id, self._renew(place, tunnel))

    def forget(self, tunnel_id: ids.TunnelId) -> None:
        """Drop what is known of a tunnel that is gone."""
        running = self._running.pop(tunnel_id, None)
        if running is not None:
            running.cancel()
        self._asked.pop(tunnel_id, None)
        self._renewed.pop(tunnel_id, None)

    async def close(self) -> None:
        """End everything that runs."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _is_busy(self, tunnel_id: ids.TunnelId) -> bool:
        running = self._running.get(tunnel_id)
        return running is not None and not running.done()

    def _start(self, tunnel_id: ids.TunnelId, work: Coroutine[None, None, None]) -> None:
        loop = asyncio.get_running_loop()
        self._running[tunnel_id] = loop.create_task(work, name=f"inquiry:{tunnel_id}")

    async def _ask(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, asked: inquiry.Question
    ) -> None:
        try:
            found = await self._find_out(place, tunnel, asked)
        except faults.Fault as fault:
            log.info("inquiry failed", extra={"code": fault.code, "tunnel": tunnel.tunnel_id})
            return
        if found is None:
            return
        if self._negotiations.learned(tunnel, found, self._clock.now()):
            self._on_news(tunnel.tunnel_id)

    async def _find_out(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, asked: inquiry.Question
    ) -> findings.Finding | None:
        match asked:
            case inquiry.Question.OFFER:
                return inquiry.conclude(tunnel, await self._daemons.inquire(place, tunnel))
            case inquiry.Question.MODE:
                takes_part = await self._daemons.rehearse_mode(place, tunnel)
                return inquiry.conclude_mode(tunnel, takes_part=takes_part)
            case inquiry.Question.CHILD | inquiry.Question.SELECTORS:
                accepted = await self._daemons.rehearse_child(place, tunnel, asked)
                if accepted is None:
                    return None
                return inquiry.conclude_child(tunnel, asked, accepted)

    async def _renew(self, place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> None:
        await asyncio.sleep(self._renew_after * tunnel.index)
        try:
            await self._daemons.renew_child(place)
        except faults.Fault as fault:
            log.info("renewal failed", extra={"code": fault.code, "tunnel": tunnel.tunnel_id})
        # What came up meanwhile was put off.
        asyncio.get_running_loop().call_soon(self._on_news, tunnel.tunnel_id)
