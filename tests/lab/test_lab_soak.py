"""Both tunnels with lifetimes of 10 s and 1 % loss: no outage that lasts, and nothing piles up."""

from __future__ import annotations

import pytest

from futago.testing import lab_soak, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

LIFETIME_SECONDS = 10
SHORT_SECONDS = 11
"""More than the life of one SA."""
LONG_SECONDS = 1800
LASTING_SECONDS = 5.0
DOWN_SECONDS = 60.0
"""A peer that is lost without a word is found dead within 30 s; the rest is for a busy machine."""
MOST_SAS = 12
"""Crossed starts leave two IKE SAs; during a renewal each of them, and each child SA, is double."""


@pytest.mark.parametrize(
    "seconds",
    [SHORT_SECONDS, pytest.param(LONG_SECONDS, marks=pytest.mark.long)],
    ids=["short", "long"],
)
def test_renewals_under_loss_end_in_one_pair_and_no_lasting_outage(
    rig: labs.Rig, seconds: int
) -> None:
    peering = rig.connect(rig.new_site(), labs.Wish(lifetime_seconds=LIFETIME_SECONDS))
    rig.wait_up(peering)
    soaked = lab_soak.soak(rig, peering, seconds)
    assert soaked.longest_gap < LASTING_SECONDS, soaked
    for tunnel in soaked.tunnels:
        assert tunnel.renewals >= seconds // (2 * LIFETIME_SECONDS) + 1, soaked
        assert tunnel.longest_down < DOWN_SECONDS, soaked
        assert tunnel.most_sas <= MOST_SAS, soaked
    rig.disconnect(peering)
