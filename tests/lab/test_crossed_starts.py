"""Gateway and device start at once: soon one pair is left, and no packet is lost meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from futago.domain import crypto, ike
from futago.testing import eventually, ike_pairs

pytestmark = [pytest.mark.lab, pytest.mark.slow]
SECONDS = 4.0
ONE_PAIR_SECONDS = 30.0
CROSSINGS = 20
EVERY_SECONDS = 0.002
"""Queues hold a second of it, should a busy machine hold a daemon up for so long."""
LOST_MAX = {crypto.IkeVersion.IKEV2: 0, crypto.IkeVersion.IKEV1: 3}
"""Version 1 has no answer to its last message: data may overtake it, at each renewal."""


@pytest.fixture
async def pair() -> AsyncIterator[ike_pairs.Pair]:
    made = ike_pairs.Pair()
    await made.build()
    yield made
    await made.tear_down()


def is_crossed(seen: list[tuple[int, int]]) -> bool:
    return all(count == 2 for count, _ in seen)


def is_one_pair(seen: list[tuple[int, int]]) -> bool:
    return seen == [(1, 1)] * 2


@pytest.mark.parametrize("version", crypto.IkeVersion)
@pytest.mark.parametrize("restless", [False, True], ids=["calm", "restless"])
async def test_a_crossed_start_leaves_one_pair_and_loses_nothing(
    pair: ike_pairs.Pair, version: crypto.IkeVersion, *, restless: bool
) -> None:
    await pair.prepare_traffic()
    profile = ike.IkeProfile(version=version)
    ours, theirs = (replace(end, ike_profile=profile) for end in pair.tunnels)
    setup = ike_pairs.Setup(ours=ours, theirs=theirs, is_device_restless=restless)
    for _ in range(CROSSINGS):
        await pair.set_up(setup)
        await pair.begin_both()
        await eventually.eventually(pair.is_up, bool)
        if is_crossed(await pair.sas()):
            break
        await pair.clear()
    assert await pair.ping()
    sent, lost = await pair.lost_while_renewed(SECONDS, EVERY_SECONDS)
    await eventually.eventually(pair.sas, is_one_pair, within=ONE_PAIR_SECONDS)
    assert sent > 100
    assert lost <= LOST_MAX[version]
