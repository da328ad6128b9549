"""What the demonstration prints: each step with its duration, and a table at the end."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Step:
    """One step of the story."""

    title: str
    seconds: float = 0.0
    passed: bool = False
    error: str = ""
    facts: dict[str, object] = field(default_factory=dict)


class Report:
    """All steps so far."""

    def __init__(self, *, is_quiet: bool) -> None:
        self.steps: list[Step] = []
        self._is_quiet = is_quiet
        self._begin = time.monotonic()

    @property
    def passed(self) -> bool:
        """Whether every step so far passed."""
        return all(step.passed for step in self.steps)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[dict[str, object]]:
        """Time a step; the block adds facts worth telling. A failure is noted and raised."""
        step = Step(title)
        self.steps.append(step)
        self._say(f"\n{len(self.steps)}. {title}")
        begin = time.monotonic()
        try:
            yield step.facts
            step.passed = True
        except BaseException as exc:
            step.error = f"{type(exc).__name__}: {exc}"
            raise
        finally:
            step.seconds = round(time.monotonic() - begin, 2)
            for name, value in step.facts.items():
                self._say(f"   {name}: {value}")
            self._say(f"   {'ok' if step.passed else 'FAILED ' + step.error} ({step.seconds} s)")

    def table(self) -> str:
        """Write the summary."""
        width = max(len(step.title) for step in self.steps)
        lines = [
            f"{'ok' if step.passed else 'FAILED':6}  {step.title:{width}}  {step.seconds:7.2f} s"
            for step in self.steps
        ]
        total = time.monotonic() - self._begin
        return "\n".join([*lines, f"{'':6}  {'total':{width}}  {total:7.2f} s"])

    def as_json(self) -> str:
        """Write everything for machines."""
        steps = [
            {
                "title": step.title,
                "seconds": step.seconds,
                "passed": step.passed,
                "error": step.error,
                "facts": step.facts,
            }
            for step in self.steps
        ]
        total = round(time.monotonic() - self._begin, 2)
        return json.dumps({"passed": self.passed, "seconds": total, "steps": steps}, default=str)

    def _say(self, text: str) -> None:
        if not self._is_quiet:
            print(text, flush=True)
