"""What a node remembers of tasks, so that none is done twice.

Drivers: a file, memory.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from futago.plan import observation


class TaskJournal(Protocol):
    """Survives the agent. A task that was begun and has no outcome was interrupted."""

    def known(self) -> Mapping[str, observation.TaskObservation]:
        """Give the last word on each task by id."""

    def note(self, seen: observation.TaskObservation) -> None:
        """Keep how far a task is; it is safe when this returns."""

    def keep(self, task_ids: Collection[str]) -> None:
        """Forget all other tasks."""
