"""How true the status of tunnels is, and how soon: the truth suite, and dead peer detection."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import figures

from futago.testing import lab_building, truth_states, truth_suite

NAMES = (
    "truth.states",
    "truth.wrong",
    "truth.p99_s",
    "status.age_p99_s",
    "dpd.detect_max_s",
)


def run(wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Run the suite as the tests do, one part after the other in one lab."""
    if not any(map(wanted, NAMES)):
        return
    with tempfile.TemporaryDirectory() as directory, lab_building.running(Path(directory)) as rig:
        parts = (truth_suite.run_told, truth_suite.run_shared)
        reports = [part(rig) for part in parts]
    outcomes = [each for report in reports for each in report.outcomes]
    late = [each for each in outcomes if each.complaint or each.seconds > each.within]
    for each in late:
        print(each)
    lies = [each for report in reports for each in report.lies]
    for lie in lies:
        print(lie)
    proven = [each.seconds for each in outcomes if each.within == truth_states.PROOF_SECONDS]
    detected = [each.seconds for each in outcomes if each.within == truth_states.DPD_SECONDS]
    ages = [each for report in reports for each in report.status_ages]
    yield figures.Figure(
        name="truth.states", value=len(outcomes), unit="states", goal=40, better="higher"
    )
    yield figures.Figure(name="truth.wrong", value=len(late) + len(lies), unit="states", goal=0)
    yield figures.Figure(name="truth.p99_s", value=_p99(proven), unit="s", goal=2)
    yield figures.Figure(name="status.age_p99_s", value=_p99(ages), unit="s", goal=1)
    yield figures.Figure(name="dpd.detect_max_s", value=max(detected), unit="s", goal=30)


def _p99(values: list[float]) -> float:
    return sorted(values)[len(values) * 99 // 100]
