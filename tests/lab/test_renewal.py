"""The early renewal of a child SA costs no packets, whether the peer takes part or refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from futago.domain import crypto, ike
from futago.plan.failures import FailureCode as Code
from futago.testing import eventually, ike_pairs

pytestmark = [pytest.mark.lab, pytest.mark.slow]
SECONDS = 2.0
"""The renewal comes 0.1 s after the tunnel."""


@pytest.fixture
async def pair() -> AsyncIterator[ike_pairs.Pair]:
    made = ike_pairs.Pair()
    await made.build()
    yield made
    await made.tear_down()


@pytest.mark.parametrize("fits", [True, False], ids=["renewed", "refused"])
async def test_no_packet_is_lost(pair: ike_pairs.Pair, *, fits: bool) -> None:
    await pair.prepare_traffic()
    ours, theirs = pair.tunnels
    if not fits:
        theirs = replace(theirs, esp_profile=ike.EspProfile(pfs=crypto.DhGroup.GROUP14))
    await pair.set_up(ike_pairs.Setup(ours=ours, theirs=theirs))
    await pair.begin(by_us=True)
    await eventually.eventually(pair.is_up, bool)
    assert await pair.ping()
    sent, lost = await pair.lost_while_renewed(SECONDS)
    if fits:
        assert await pair.was_renewed()
        assert pair.failure is None
    else:
        assert pair.failure is not None
        assert pair.failure.code is Code.PFS_MISMATCH
    assert sent > 100
    assert lost == 0
