"""JSON of what was told last of a connection or node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from futago.domain import events


@dataclass(frozen=True, slots=True, kw_only=True)
class EventState:
    """What was told of a resource and its parts, and who was told."""

    told: Mapping[str, events.Told] = field(default_factory=dict)
    """By key of the fact."""
    attachment_id: str = ""
    """Of the attachment that was there last; its end is told when it is gone."""
    watcher_id: str | None = None
    """Account of that attachment's CEN, if it is another."""


_STATE: Final = TypeAdapter(EventState)


def encode(value: EventState) -> str:
    """Write a state."""
    return _STATE.dump_json(value, exclude_defaults=True).decode()


def decode(text: str) -> EventState | None:
    """Read a state; None for one of another version of the program."""
    try:
        return _STATE.validate_json(text)
    except ValidationError:
        return None
