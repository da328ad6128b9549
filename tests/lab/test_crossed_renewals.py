"""Gateway and device renew the same SA at once: one pair is left, and traffic goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import pytest

from futago.domain import crypto, ike
from futago.testing import eventually, ike_pairs

pytestmark = [pytest.mark.lab, pytest.mark.slow]
SECONDS = 1.9
"""The daemons repeat what was lost after 1.4 s."""
EVERY_SECONDS = 0.005
"""Slow enough that nothing overflows when a busy machine holds a daemon up."""
ONE_PAIR_SECONDS = 30.0
LOST_MAX: Final = {crypto.IkeVersion.IKEV2: 0, crypto.IkeVersion.IKEV1: 20}
"""Version 1 has no answer to its last message, and an IKE SA is replaced by another: 0.1 s."""


@pytest.fixture
async def pair() -> AsyncIterator[ike_pairs.Pair]:
    made = ike_pairs.Pair()
    await made.build()
    yield made
    await made.tear_down()


def is_one_pair(seen: list[tuple[int, int]]) -> bool:
    return seen == [(1, 1)] * 2


async def renewable(pair: ike_pairs.Pair, *, includes_ike: bool) -> set[str]:
    """Name what a renewal replaces at our end."""
    sas = (await pair.facts()).sas or ()
    return {sa.spi for sa in sas} if includes_ike else {each for sa in sas for each in sa.children}


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_crossed_renewals_leave_one_pair(
    pair: ike_pairs.Pair, version: crypto.IkeVersion
) -> None:
    await pair.prepare_traffic()
    profile = ike.IkeProfile(version=version)
    ours, theirs = (replace(end, ike_profile=profile) for end in pair.tunnels)
    await pair.set_up(ike_pairs.Setup(ours=ours, theirs=theirs))
    await pair.begin(by_us=True)
    await eventually.eventually(pair.is_up, bool)
    assert version is crypto.IkeVersion.IKEV1 or await pair.was_renewed()
    await eventually.eventually(pair.sas, is_one_pair, within=ONE_PAIR_SECONDS)
    assert await pair.ping()
    for includes_ike in (False, True):
        before = await renewable(pair, includes_ike=includes_ike)
        (sent, lost), _ = await asyncio.gather(
            pair.lost_while_renewed(SECONDS, EVERY_SECONDS),
            # What our end says is about its own renewal; of two that cross one may give way.
            pair.renew_both(includes_ike=includes_ike),
        )
        assert sent > 50
        assert lost <= LOST_MAX[version], (lost, includes_ike)
        await eventually.eventually(pair.sas, is_one_pair, within=ONE_PAIR_SECONDS)
        assert await pair.ping()
        assert before.isdisjoint(await renewable(pair, includes_ike=includes_ike))
    assert pair.failure is None
