"""Writes docs/reference/failover.md from the trials in benchmarks/failover.json.

    python scripts/write_failover.py [--check]

With --check nothing is written; exit code 1 says that the page is out of date.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).parents[1]
TRIALS: Final = ROOT / "benchmarks" / "failover.json"
PAGE: Final = ROOT / "docs" / "reference" / "failover.md"

Parts: TypeAlias = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of interruptions."""

    fault: str
    detector: str
    part: str
    values: str
    promise: str


_ROWS: Final = (
    Row(
        "the path of a tunnel passes nothing any more, with BGP",
        "BFD, 100 ms x 3, at both ends",
        "failover.bfd",
        "interruption_s",
        "median 0.35 s, largest 0.5 s",
    ),
    Row(
        "the path of a tunnel passes nothing any more, without BGP",
        "the probe inside the tunnel",
        "failover.probe",
        "interruption_s",
        "largest 2 s",
    ),
    Row(
        "the peer deletes its SAs",
        "the IKE daemon's hook takes the carrier away",
        "failover.signaled",
        "closed_s",
        "largest 0.2 s",
    ),
    Row(
        "our own IKE daemon is killed",
        "the carrier goes with the daemon",
        "failover.signaled",
        "killed_s",
        "largest 0.2 s",
    ),
)

_HEAD: Final = """\
# Failover

<!-- Written by scripts/write_failover.py from benchmarks/failover.json. Do not edit. -->

What ends a tunnel, what notices it, and how long flows on it are interrupted until they are on the
partner. Flows on the partner lose nothing. Every detector acts on the gateway by itself, also while
the control plane is away.

| Fault | What detects it | Median | Largest | Trials | Promised |
|---|---|---|---|---|---|
"""

_OTHERS: Final = """
Without figures of their own:

| Fault | What detects it |
|---|---|
| the peer's device or its IKE daemon dies silently | as a path that passes nothing |
| the peer has no BFD | BGP's hold time of 30 s, dead peer detection after 30 s, or the probe |
| the path loses a share of all packets | BFD when three in a row are lost; else IKE goes on |
"""

_METHOD: Final = """
## How it is measured

`make bench ONLY=failover`, a part alone by a longer name, such as `ONLY=failover.probe`; other work
on the machine makes every figure worse. Three data centers of the lab fail side by side, each with
16 flows of a datagram every 20 ms that the other end echoes; an interruption is the longest time
between two answers of any flow, so it contains 20 ms of pause. With BGP both directions are in it.
Without, the way back is pinned to the partner, because what the peer itself sends into a dead
tunnel is lost until its own detection. The largest value stands for the 99th percentile. Both ends
of a lab share one machine.
"""


def main() -> int:
    """Write the page, or tell whether it is out of date."""
    parser = argparse.ArgumentParser(prog="write_failover")
    parser.add_argument("--check", action="store_true")
    known = json.loads(TRIALS.read_text(encoding="utf-8")) if TRIALS.exists() else {}
    text = page(known)
    if parser.parse_args().check:
        return 0 if PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page(parts: Parts) -> str:
    """Write the whole page."""
    rows = "".join(_row(each, parts.get(each.part, {}).get(each.values, ())) for each in _ROWS)
    return _HEAD + rows + _OTHERS + _recovery(parts) + _METHOD


def _row(row: Row, values: Sequence[float]) -> str:
    return (
        f"| {row.fault} | {row.detector} | {_seconds(statistics.median, values)} | "
        f"{_seconds(max, values)} | {len(values)} | {row.promise} |\n"
    )


def _recovery(parts: Parts) -> str:
    bfd = parts.get("failover.bfd", {})
    ratio = parts.get("failover.routes_ratio_10000_to_10", {})
    change = parts.get("change.lost", {})
    lines = (
        (
            "time until a mended tunnel carries BGP and flows again, median",
            _seconds(statistics.median, bfd.get("session_s", ())),
            "6 s",
        ),
        ("packets lost when flows go back to it, all trials", _count(bfd.get("lost_back")), "0"),
        (
            "median interruption with 10 routes of the peer",
            _seconds(statistics.median, ratio.get("at_10_s", ())),
            "",
        ),
        (
            "median interruption with 10,000 routes",
            _seconds(statistics.median, ratio.get("at_10000_s", ())),
            "1.2 times that with 10",
        ),
        (
            "time from a route's announcement to the kernel's table, median",
            _seconds(
                statistics.median, parts.get("route.propagation", {}).get("propagation_s", ())
            ),
            "0.2 s",
        ),
        (
            "packets lost both ways by five changes of tunnel 1 that take a new IKE SA, with BGP",
            _count(_joined(change, "bgp_ike_towards_vpc", "bgp_ike_towards_site")),
            "0",
        ),
        (
            "the same without BGP, towards the data center",
            _count(change.get("plain_ike_towards_site")),
            "0",
        ),
        (
            "the same without BGP, towards the VPC",
            _count(change.get("plain_ike_towards_vpc")),
            "2 each",
        ),
        (
            "five changes that take a new child SA, without BGP, towards the data center",
            _count(change.get("plain_child_towards_site")),
            "0",
        ),
        (
            "five changes that take a new child SA, without BGP, towards the VPC",
            _count(change.get("plain_child_towards_vpc")),
            "0",
        ),
    )
    table = "".join(f"| {what} | {value} | {promise} |\n" for what, value, promise in lines)
    return (
        "\n## Coming back, changes, routes\n\n| What | Measured | Promised |\n|---|---|---|\n"
        + table
    )


def _seconds(reduce: Callable[[Sequence[float]], float], values: Sequence[float]) -> str:
    return f"{reduce(values):.3f} s" if values else "not measured"


def _joined(part: Mapping[str, Sequence[float]], *names: str) -> list[float] | None:
    found = [value for name in names for value in part.get(name, ())]
    return found or None


def _count(values: Sequence[float] | None) -> str:
    return "not measured" if values is None else f"{sum(values):.0f}"


if __name__ == "__main__":
    sys.exit(main())
