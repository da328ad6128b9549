"""Real negotiations by the hundred: every set of algorithms, and every wrong setting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import figures

from futago.testing import ike_suites

NAMES = (
    "matrix.failed",
    "matrix.seconds",
    "mismatch.exact_ratio",
    "mismatch.wrong",
    "mismatch.p99_s",
)


def run(wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Run both suites as the tests do."""
    if any(wanted(name) for name in NAMES if name.startswith("matrix.")):
        yield from _matrix()
    if any(wanted(name) for name in NAMES if name.startswith("mismatch.")):
        yield from _mismatches()


def _matrix() -> Iterator[figures.Figure]:
    began = time.perf_counter()
    established = asyncio.run(ike_suites.run(ike_suites.combinations(), ike_suites.establish))
    seconds = time.perf_counter() - began
    failed = [each for each in established if each.fault]
    for each in failed:
        print(f"{each.combination}: {each.fault}")
    yield figures.Figure(name="matrix.failed", value=len(failed), unit="sets", goal=0)
    yield figures.Figure(name="matrix.seconds", value=seconds, unit="s", goal=60)


def _mismatches() -> Iterator[figures.Figure]:
    judged = asyncio.run(ike_suites.judge_all())
    exact = [each for each in judged if each.is_exact]
    for each in judged:
        if not each.is_exact:
            print(each)
    wrong = sum(each.is_wrong for each in judged)
    times = sorted(each.seconds for each in exact)
    ratio = len(exact) / len(judged)
    yield figures.Figure(
        name="mismatch.exact_ratio", value=ratio, unit="ratio", goal=0.95, better="higher"
    )
    yield figures.Figure(name="mismatch.wrong", value=wrong, unit="cases", goal=0)
    yield figures.Figure(
        name="mismatch.p99_s", value=times[len(times) * 99 // 100], unit="s", goal=5
    )
