"""When the agent renews a child SA on its own."""

from __future__ import annotations

import asyncio

from futago.agent import inquiries, negotiation
from futago.drivers.memory import ike
from futago.plan import observation
from futago.ports import clock
from futago.testing import ike_worlds

PLACE, TUNNEL = ike_worlds.new_side(0)


class CountingDaemons(ike.MemoryIkeDaemons):
    """Daemons in memory that count renewals instead of making them."""

    renewals = 0

    async def renew_child(self, place: object) -> None:
        self.renewals += 1


def fresh(*unique_ids: str) -> tuple[observation.IkeSaFacts, ...]:
    return tuple(
        observation.IkeSaFacts(
            unique_id=each, is_established=True, children_installed=1, established_seconds=3
        )
        for each in unique_ids
    )


async def ended() -> None:
    """Wait for whatever was started."""
    running = [each for each in asyncio.all_tasks() if each.get_name().startswith("inquiry:")]
    await asyncio.gather(*running)


async def test_each_ike_sa_is_renewed_once_also_when_one_of_two_that_crossed_goes_away():
    daemons = CountingDaemons(ike.MemoryWire())
    asking = inquiries.Inquiries(
        daemons,
        negotiation.Negotiations(),
        clock.SystemClock(),
        lambda _tunnel_id: None,
        renew_after_seconds=0,
    )
    counted = []
    for sas in (fresh("1", "2"), fresh("1", "2"), fresh("1"), fresh("1", "3"), fresh("3")):
        asking.came_up(PLACE, TUNNEL, sas)
        await ended()
        counted.append(daemons.renewals)
    assert counted == [1, 1, 1, 2, 2]
