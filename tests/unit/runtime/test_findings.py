"""Rows of `futago check` and single probes that need nothing."""

from __future__ import annotations

import json

from futago.runtime import findings

ROWS = (
    findings.ok("rights", "root"),
    findings.fail("packages", "missing: bird2", "apt-get install bird2"),
)


def test_advice_stands_under_its_row() -> None:
    assert findings.render_table(ROWS).splitlines() == [
        "ok    rights    root",
        "fail  packages  missing: bird2",
        "                -> apt-get install bird2",
    ]


def test_programs_get_the_same_rows() -> None:
    assert json.loads(findings.render_json(ROWS))[1] == {
        "name": "packages",
        "state": "fail",
        "finding": "missing: bird2",
        "advice": "apt-get install bird2",
    }


def test_only_a_failed_row_is_a_failure() -> None:
    assert findings.has_failures(ROWS)
    assert not findings.has_failures(ROWS[:1])
