"""What the agent finds out on purpose, because daemons do not say it by themselves.

Two things: what a peer accepts that refuses our offer without a word, and whether a child SA that
came up under version 2 can be renewed. The latter matters because the first child SA is negotiated
without the group for perfect forward secrecy: a mismatch would show after hours, as an outage.

Where two negotiations crossed, the renewal goes along with closing what is too much. The end that
started an IKE SA renews its child SA; the other end does so when that did not happen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Final

from futago.agent import negotiation
from futago.domain import faults, ids
from futago.plan import findings, inquiry, intent, observation, pairs, places
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port

log = logging.getLogger(__name__)

RENEW_AFTER_SECONDS: Final = 1.0
"""Let both sides finish setting up; the second tunnel waits as long again."""

_PEER_FIRST: Final = 2
"""How many times as long the end waits that did not start the IKE SA."""
KEEP_AGAIN_SECONDS: Final = 5.0
"""After surplus IKE SAs could not be closed."""

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
        """Leave one pair, and renew its child SA once for each IKE SA that has just come up."""
        if pairs.decide(sas) is not None:
            if not self._is_busy(tunnel.tunnel_id):
                self._start(tunnel.tunnel_id, self._keep_one(place, tunnel))
            return
        fresh = frozenset(inquiry.to_renew(tunnel, sas))
        # Of two IKE SAs that crossed one goes away again: the other has had its renewal.
        before = self._renewed.get(tunnel.tunnel_id, frozenset())
        if fresh <= before or self._is_busy(tunnel.tunnel_id):
            return
        self._renewed[tunnel.tunnel_id] = fresh | before & {sa.unique_id for sa in sas}
        started = [sa for sa in sas if sa.unique_id in fresh and sa.is_ours]
        wait = self._renew_after * (tunnel.index if started else tunnel.index + _PEER_FIRST)
        self._start(tunnel.tunnel_id, self._renew(place, tunnel, sas, wait))

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

    async def _keep_one(self, place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> None:
        """Leave the other end its turn, then close what is still too much."""
        decision = pairs.decide(await self._sas(place))
        if decision is not None:
            await asyncio.sleep(decision.wait_seconds)
            decision = pairs.decide(await self._sas(place))
        if decision is not None:
            is_done = await self._kept(place, tunnel, decision.kept)
            log.info(
                "closed surplus IKE SAs" if is_done else "surplus IKE SAs stay for now",
                extra={"tunnel": tunnel.tunnel_id, "kept": decision.kept},
            )
            if not is_done:
                await asyncio.sleep(KEEP_AGAIN_SECONDS)
        asyncio.get_running_loop().call_soon(self._on_news, tunnel.tunnel_id)

    async def _kept(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, unique_id: str
    ) -> bool:
        known = self._renewed.get(tunnel.tunnel_id, frozenset())
        self._renewed[tunnel.tunnel_id] = known | {unique_id}
        try:
            return await self._daemons.keep_only(place, tunnel, unique_id)
        except faults.Fault as fault:
            log.info("closing failed", extra={"code": fault.code, "tunnel": tunnel.tunnel_id})
            return False

    async def _sas(self, place: places.TunnelPlace) -> tuple[observation.IkeSaFacts, ...]:
        try:
            return (await self._daemons.observe(place)).sas or ()
        except faults.Fault:
            return ()  # on its way out; the next look finds out

    async def _renew(
        self,
        place: places.TunnelPlace,
        tunnel: intent.TunnelIntent,
        before: tuple[observation.IkeSaFacts, ...],
        wait_seconds: float,
    ) -> None:
        await asyncio.sleep(wait_seconds)
        now = await self._sas(place)
        if pairs.decide(now) is None and not _is_renewed(before, now):
            await self._renew_now(place, tunnel)
        # What came up meanwhile was put off.
        asyncio.get_running_loop().call_soon(self._on_news, tunnel.tunnel_id)

    async def _renew_now(self, place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> None:
        try:
            await self._daemons.renew_child(place)
        except faults.Fault as fault:
            log.info("renewal failed", extra={"code": fault.code, "tunnel": tunnel.tunnel_id})


def _is_renewed(
    before: tuple[observation.IkeSaFacts, ...], now: tuple[observation.IkeSaFacts, ...]
) -> bool:
    """Tell whether the peer has renewed each child SA meanwhile."""
    old = {sa.unique_id: sa.children for sa in before}
    return all(
        sa.children and sa.unique_id in old and not set(sa.children) & set(old[sa.unique_id])
        for sa in pairs.carrying(now)
    )
