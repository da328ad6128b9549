"""Both ends of a tunnel start at the same moment: soon there is exactly one pair of SAs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from futago.domain import crypto, ike
from futago.testing import eventually, ike_agents, ike_worlds

CROSSINGS = 5
ONE_PAIR_SECONDS = 20.0
"""A few seconds; this much on a busy machine."""


@pytest.fixture(params=["memory", pytest.param("lab", marks=[pytest.mark.lab, pytest.mark.slow])])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[ike_worlds.World]:
    built: ike_worlds.World = (
        ike_worlds.MemoryWorld() if request.param == "memory" else ike_worlds.LabWorld()
    )
    await built.build()
    try:
        yield built
        for side in (built.left, built.right):
            await side.let_go()
    finally:
        await built.tear_down()


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_crossed_initiations_leave_one_pair(
    world: ike_worlds.World, version: crypto.IkeVersion
) -> None:
    for side in (world.left, world.right):
        profile = ike.IkeProfile(version=version)
        side.tunnel = replace(side.tunnel, ike_profile=profile)
        await side.start_and_load()
    tidying = [ike_agents.Tidy(side) for side in (world.left, world.right)]
    for _ in range(CROSSINGS):
        await ike_agents.initiate_both(world)
        await eventually.eventually(
            world.children, lambda seen: all(count and up for count, up in seen)
        )
        for each in tidying:
            each.begin()
        await ike_agents.wait_one_pair(world, ONE_PAIR_SECONDS)
        for each in tidying:
            await each.end()
        assert await world.children() == [(1, True)] * 2
        for side in (world.left, world.right):
            await side.daemons.terminate(side.place)
