"""Rows of `futago check` and how they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """What a row says."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at."""

    name: str
    state: State
    finding: str
    advice: str = ""


def ok(name: str, finding: str) -> Row:
    """Give a row that asks for nothing."""
    return Row(name, State.OK, finding)


def warn(name: str, finding: str, advice: str) -> Row:
    """Give a row about something that works less well than it could."""
    return Row(name, State.WARN, finding, advice)


def fail(name: str, finding: str, advice: str) -> Row:
    """Give a row about something without which tunnels do not work."""
    return Row(name, State.FAIL, finding, advice)


def has_failures(rows: Iterable[Row]) -> bool:
    """Tell whether a row failed."""
    return any(row.state is State.FAIL for row in rows)


def render_json(rows: Iterable[Row]) -> str:
    """Write rows for programs."""
    return json.dumps([asdict(row) for row in rows], indent=2)


def render_table(rows: Sequence[Row]) -> str:
    """Write rows for people; advice stands under its row."""
    width = max(len(row.name) for row in rows)
    lines: list[str] = []
    for row in rows:
        first, *more = row.finding.splitlines()
        lines.append(f"{row.state.value:4}  {row.name:{width}}  {first}")
        indent = " " * (width + 8)
        lines += [f"{indent}{line}" for line in more]
        if row.advice:
            lines.append(f"{indent}-> {row.advice}")
    return "\n".join(lines)
