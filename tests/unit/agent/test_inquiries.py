"""When the agent renews a child SA on its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from futago.agent import inquiries, negotiation
from futago.drivers.memory import ike, ike_wire
from futago.plan import intent, observation, places
from futago.ports import clock
from futago.testing import ike_worlds

PLACE, TUNNEL = ike_worlds.new_side(0)


Sas = tuple[observation.IkeSaFacts, ...]


class CountingDaemons(ike.MemoryIkeDaemons):
    """Daemons in memory that note what they are told instead of doing it."""

    def __init__(self) -> None:
        super().__init__(ike_wire.MemoryWire())
        self.renewals = 0
        self.kept: list[str] = []
        self.sas: Sas = ()

    async def observe(self, place: places.TunnelPlace) -> observation.DaemonFacts:
        del place
        return replace(observation.NO_DAEMON, is_running=True, sas=self.sas)

    async def renew_child(self, place: places.TunnelPlace) -> None:
        del place
        self.renewals += 1

    async def keep_only(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, unique_id: str
    ) -> bool:
        del place, tunnel
        self.kept.append(unique_id)
        return True


def fresh(*unique_ids: str, is_ours: bool = True) -> Sas:
    return tuple(
        observation.IkeSaFacts(
            unique_id=each,
            is_established=True,
            children_installed=1,
            established_seconds=3,
            is_ours=is_ours,
            spi=each,
            children=(each,),
        )
        for each in unique_ids
    )


async def ended() -> None:
    """Wait for whatever was started."""
    running = [each for each in asyncio.all_tasks() if each.get_name().startswith("inquiry:")]
    await asyncio.gather(*running)


def inquiries_of(daemons: CountingDaemons) -> inquiries.Inquiries:
    return inquiries.Inquiries(
        daemons,
        negotiation.Negotiations(),
        clock.SystemClock(),
        lambda _tunnel_id: None,
        renew_after_seconds=0.01,
    )


async def test_each_ike_sa_is_renewed_once_and_of_several_one_is_kept() -> None:
    daemons = CountingDaemons()
    asking = inquiries_of(daemons)
    counted = []
    for seen in (fresh("1"), fresh("1"), fresh("1", "2"), fresh("2"), fresh("3")):
        daemons.sas = seen
        asking.came_up(PLACE, TUNNEL, seen)
        await ended()
        counted.append((daemons.renewals, list(daemons.kept)))
    # Keeping one has renewed its child SA.
    assert counted == [(1, []), (1, []), (1, ["2"]), (1, ["2"]), (2, ["2"])]


async def test_the_end_that_did_not_start_renews_only_what_the_other_has_not() -> None:
    daemons = CountingDaemons()
    asking = inquiries_of(daemons)
    asking.came_up(PLACE, TUNNEL, fresh("1", is_ours=False))
    daemons.sas = tuple(replace(sa, children=("7",)) for sa in fresh("1", is_ours=False))
    await ended()
    assert daemons.renewals == 0
    daemons.sas = fresh("2", is_ours=False)
    asking.came_up(PLACE, TUNNEL, daemons.sas)
    await ended()
    assert daemons.renewals == 1
