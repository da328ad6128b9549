"""The truth suite: whatever happens to a tunnel, its status is right, and in time.

Each test provokes many states on several connections at once and judges every answer meanwhile.
"""

from __future__ import annotations

import pytest

from futago.testing import labs, truth_suite

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def assert_true(report: truth_suite.Report, at_least: int) -> None:
    wrong = [str(each) for each in report.outcomes if each.complaint]
    assert not wrong, "\n".join(wrong)
    assert not report.lies, "\n".join(report.lies)
    assert len(report.outcomes) >= at_least


def test_what_is_said_of_a_tunnel_is_true_in_time_and_never_up_without_proof(
    rig: labs.Rig,
) -> None:
    assert_true(truth_suite.run_told(rig), 40)


def test_what_bfd_proves_is_told_at_once_whoever_is_killed_or_frozen(rig: labs.Rig) -> None:
    assert_true(truth_suite.run_shared(rig), 17)
