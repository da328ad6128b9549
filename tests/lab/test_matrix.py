"""Every combination of algorithms negotiates, carries packets, and can be renewed."""

from __future__ import annotations

import pytest

from futago.testing import ike_suites

pytestmark = [pytest.mark.lab, pytest.mark.slow]


async def test_every_combination_of_algorithms_carries_packets() -> None:
    combinations = list(ike_suites.combinations())
    first = {each.ike_profile for each in combinations}
    second = {(each.ike_profile.version, each.esp_profile) for each in combinations}
    assert (len(first), len(second)) == (300, 250)
    established = await ike_suites.run(combinations, ike_suites.establish)
    assert len(established) == len(combinations)
    assert [f"{each.combination}: {each.fault}" for each in established if each.fault] == []


async def test_algorithms_beyond_the_vendors_carry_packets() -> None:
    combinations = list(ike_suites.extended_combinations())
    assert len(combinations) == 40
    established = await ike_suites.run(combinations, ike_suites.establish)
    assert [f"{each.combination}: {each.fault}" for each in established if each.fault] == []
