"""The journal of tasks in a file that only the agent's user can read."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import ValidationError

from futago.messages import codec
from futago.plan import observation

_MODE = 0o600


class FileJournal:
    """Implements `ports.journal.TaskJournal`. The file is replaced as a whole at each change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _read(path)

    def known(self) -> Mapping[str, observation.TaskObservation]:
        """Give the last word on each task by id."""
        return self._known

    def note(self, seen: observation.TaskObservation) -> None:
        """Keep how far a task is; it is safe when this returns."""
        self._known[seen.task_id] = seen
        self._write()

    def keep(self, task_ids: Collection[str]) -> None:
        """Forget all other tasks."""
        if self._known.keys() - set(task_ids):
            self._known = {each: seen for each, seen in self._known.items() if each in task_ids}
            self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with os.fdopen(os.open(fresh, flags, _MODE), "wb") as file:
            file.write(codec.TASKS.dump_json(tuple(self._known.values())))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _read(path: Path) -> dict[str, observation.TaskObservation]:
    try:
        found = codec.TASKS.validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        # Of another version: what it knew was reported, or is asked for again by people.
        return {}
    return {each.task_id: each for each in found}
