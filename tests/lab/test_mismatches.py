"""One setting wrong at one end: the exact reason, within seconds, and never another one."""

from __future__ import annotations

import pytest

from futago.testing import ike_suites, mismatches

pytestmark = [pytest.mark.lab, pytest.mark.slow]


async def test_every_wrong_setting_is_named_with_both_values() -> None:
    judged = await ike_suites.judge_all()
    assert len(judged) == len([*mismatches.all_cases(), *mismatches.nat_cases()])
    assert [str(each) for each in judged if each.is_wrong] == []
    inexact = [str(each) for each in judged if not each.is_exact]
    assert len(inexact) <= len(judged) * 0.05, inexact
