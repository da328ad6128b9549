"""The trials behind the figures of failover, kept part by part in failover.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

FILE = Path(__file__).with_name("failover.json")

Trials = Mapping[str, Sequence[float]]
"""What was measured to the value of each trial."""


def load() -> dict[str, dict[str, list[float]]]:
    """Read all parts that were ever measured."""
    if not FILE.exists():
        return {}
    found: dict[str, dict[str, list[float]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def save(part: str, trials: Trials) -> None:
    """Replace the trials of one part."""
    known: dict[str, object] = dict(load())
    known[part] = {name: [round(each, 4) for each in values] for name, values in trials.items()}
    text = json.dumps(dict(sorted(known.items())), indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")
