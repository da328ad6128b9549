"""One figure with its goal, and the table and file of all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

RESULTS = Path(__file__).with_name("results.json")

Wanted = Callable[[str], bool]
"""Tells whether a figure was asked for."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value; `goal` is None where the value is printed for information."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: Literal["lower", "higher"] = "lower"

    @property
    def ok(self) -> bool:
        """Tell whether the goal is met."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal

    def row(self) -> str:
        """Give the line of the table."""
        sign = "<=" if self.better == "lower" else ">="
        goal = "" if self.goal is None else f"{sign} {self.goal:g}"
        mark = "" if self.goal is None else ("ok" if self.ok else "MISSED")
        return f"{self.name:34} {self.value:12.3f} {self.unit:10} {goal:10} {mark}".rstrip()


def write(figures: Iterable[Figure]) -> None:
    """Write all figures of this run."""
    rows = []
    for figure in figures:
        row = asdict(figure) | {"ok": figure.ok}
        del row["better"]
        rows.append(row)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
