"""Both ends of a tunnel as the agent drives them after a tunnel came up: renewals, surplus SAs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from futago.agent import inquiries, negotiation
from futago.domain import ids
from futago.ports import clock as clock_port
from futago.testing import eventually, ike_worlds

RENEW_AFTER_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 0.05


class Tidy:
    """Looks at one side every moment, as the agent does at each event, and tidies up."""

    def __init__(self, side: ike_worlds.Side) -> None:
        self._side = side
        self._inquiries = inquiries.Inquiries(
            side.daemons,
            negotiation.Negotiations(),
            clock_port.SystemClock(),
            self._news,
            renew_after_seconds=RENEW_AFTER_SECONDS,
        )
        self._running: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to look."""
        self._running = asyncio.get_running_loop().create_task(self._run())

    async def end(self) -> None:
        """Stop."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        await self._inquiries.close()

    def _news(self, _tunnel_id: ids.TunnelId) -> None:
        """The next look comes soon anyway."""

    async def _run(self) -> None:
        while True:
            facts = await self._side.facts()
            if facts.sas and facts.children_installed:
                self._inquiries.came_up(self._side.place, self._side.tunnel, facts.sas)
            await asyncio.sleep(LOOK_SECONDS)


async def initiate_both(world: ike_worlds.World) -> None:
    """Have both ends start at the same moment."""
    with world.simultaneously():
        await asyncio.gather(
            *(side.daemons.initiate(side.place) for side in (world.left, world.right))
        )


async def pairs(world: ike_worlds.World) -> list[tuple[int, int]]:
    """Give the numbers of IKE SAs and of child SAs of left and right."""
    found = []
    for side in (world.left, world.right):
        facts = await side.facts()
        found.append((len(facts.sas or ()), facts.children_installed))
    return found


async def wait_one_pair(world: ike_worlds.World, within: float) -> None:
    """Wait until there is exactly one IKE SA and one child SA at each end."""
    await eventually.eventually(
        lambda: pairs(world), lambda seen: seen == [(1, 1)] * 2, within=within
    )
