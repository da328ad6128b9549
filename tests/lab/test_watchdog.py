"""What hangs although nothing has failed, provoked with real daemons."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from futago.agent import desired, watchdog, watching
from futago.domain import ids
from futago.drivers.linux import network as linux_network
from futago.drivers.linux import probes as linux_probes
from futago.drivers.memory import probes
from futago.messages import codec
from futago.plan import intent, places
from futago.ports import clock as clock_port
from futago.testing import eventually, ike_worlds

pytestmark = [pytest.mark.lab, pytest.mark.slow]
ROUND_SECONDS = 0.4
CONNECTING_SECONDS = 1.0
NARROW = (IPv4Network("10.8.0.0/16"),)


@pytest.fixture
async def world() -> AsyncIterator[ike_worlds.LabWorld]:
    made = ike_worlds.LabWorld()
    await made.build()
    yield made
    for side in (made.left, made.right):
        await side.let_go()
    await made.tear_down()


class Guard:
    """The agent's watch and watchdog over the left side."""

    def __init__(self, left: ike_worlds.Side) -> None:
        mark, _, _ = left.place.namespace.partition("-")
        parsed = places.parse_namespace(mark, str(left.place.router_namespace))
        assert parsed is not None
        wanted = desired.Desired()
        wanted.accept(batch(left, ids.RouterId(parsed[1])))
        clock = clock_port.SystemClock()
        self._kernel = linux_network.LinuxNetwork(mark, {})
        self.watch = watching.TunnelWatch(
            mark, linux_probes.LinuxProbes(), self._kernel, wanted, clock, probes.MemoryVerdicts()
        )
        self.dog = watchdog.Watchdog(
            mark,
            left.daemons,
            wanted,
            self.watch,
            round_seconds=ROUND_SECONDS,
            connecting_seconds=CONNECTING_SECONDS,
        )

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """Watch for the time of a block."""
        running = [
            asyncio.ensure_future(self.watch.run(lambda _: None)),
            asyncio.ensure_future(self.dog.run(lambda _: None)),
        ]
        try:
            yield
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self._kernel.close()


def batch(left: ike_worlds.Side, router_id: ids.RouterId) -> codec.IntentBatch:
    """The left side as the control plane tells of it."""
    connection = intent.ConnectionIntent(
        connection_id=ids.ConnectionId("vco-1"), router_id=router_id, tunnels=(left.tunnel,)
    )
    entry = codec.IntentEntry(
        kind=intent.IntentKind.CONNECTION,
        resource_id="vco-1",
        generation=1,
        intent_json=codec.encode_intent(connection),
    )
    return codec.IntentBatch(revision=1, entries=(entry,), psks={})


async def test_an_attempt_that_hangs_is_told_and_begun_anew(world: ike_worlds.LabWorld) -> None:
    left = world.left
    guard = Guard(left)
    await left.start_and_load()
    await left.daemons.initiate(left.place)

    async def stuck() -> bool:
        return guard.dog.is_stuck(left.place.tunnel_id, await left.facts())

    assert not await stuck()
    await eventually.eventually(stuck, bool)
    (before,) = (await left.facts()).sas or ()
    assert not before.is_established
    await left.daemons.terminate(left.place)
    await left.daemons.initiate(left.place)
    assert not await stuck()
    (after,) = (await left.facts()).sas or ()
    assert after.unique_id != before.unique_id


async def test_packets_that_no_sa_takes_bring_one_remedy_after_the_other(
    world: ike_worlds.LabWorld, caplog: pytest.LogCaptureFixture
) -> None:
    left, right = world.left, world.right
    wide = right.tunnel
    # The peer narrows what it takes, and what is sent goes elsewhere: nothing fails, and the
    # counter of the SA stands still.
    right.tunnel = replace(wide, local_ts=NARROW)
    await world.establish()
    guard = Guard(left)

    async def remedies() -> list[str]:
        await asyncio.to_thread(world.send, left)
        return [str(vars(each).get("remedy")) for each in caplog.records if "remedy" in vars(each)]

    async def is_closed() -> bool:
        return not (await left.facts()).sas

    with caplog.at_level(logging.WARNING):
        async with guard.on():
            guard.watch.note(left.place.tunnel_id, is_up=True)
            await eventually.eventually(remedies, lambda seen: seen[:1] == ["REKEY_CHILD"])
            await eventually.eventually(
                remedies, lambda seen: seen == ["REKEY_CHILD", "REESTABLISH"]
            )
            guard.watch.note(left.place.tunnel_id, is_up=False)
            right.tunnel = wide
            await right.daemons.load(right.place, wide, ike_worlds.PSK)
            await eventually.eventually(is_closed, bool)
            await left.daemons.initiate(left.place)
            await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)
            guard.watch.note(left.place.tunnel_id, is_up=True)

            async def carried() -> int:
                await remedies()
                return max((await left.daemons.carried(left.place)).values(), default=0)

            await eventually.eventually(carried, lambda seen: seen >= 8)
            assert await remedies() == ["REKEY_CHILD", "REESTABLISH"]
