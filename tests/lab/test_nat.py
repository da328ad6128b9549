"""A device behind NAT at one pair of daemons: what the gateway sees, and follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from futago.domain import crypto, ike
from futago.lab import nat
from futago.testing import eventually, ike_pairs, ike_worlds

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture
def world() -> ike_worlds.NatWorld:
    return ike_worlds.NatWorld()


@pytest.fixture
async def pair(world: ike_worlds.NatWorld) -> AsyncIterator[ike_pairs.Pair]:
    made = ike_pairs.Pair(world)
    await made.build()
    yield made
    await made.tear_down()


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_the_gateway_follows_a_nat_that_has_forgotten(
    world: ike_worlds.NatWorld, pair: ike_pairs.Pair, version: crypto.IkeVersion
) -> None:
    await pair.prepare_traffic()
    profile = ike.IkeProfile(version=version)
    ours, theirs = (replace(end, ike_profile=profile) for end in pair.tunnels)
    await pair.set_up(ike_pairs.Setup(ours=ours, theirs=theirs))
    await pair.begin(by_us=False)
    await eventually.eventually(pair.is_up, bool)
    assert version is crypto.IkeVersion.IKEV1 or await pair.was_renewed()
    await eventually.eventually(pair.sas, lambda seen: seen == [(1, 1)] * 2)
    assert await pair.ping()
    before = await pair.facts()
    assert before.translated_port in nat.PORTS

    world.forget_translations()
    await pair.device.renew()

    async def port() -> int | None:
        return (await pair.facts()).translated_port

    await eventually.eventually(port, lambda seen: seen != before.translated_port)
    assert await pair.ping()
    after = await pair.facts()
    assert [sa.spi for sa in after.sas or ()] == [sa.spi for sa in before.sas or ()]
    assert after.translated_port in nat.PORTS
    assert pair.failure is None
