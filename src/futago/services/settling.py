"""Working off a mark: everything that follows from a change, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from futago.plan import intent
from futago.services import events, intents
from futago.store import unit_of_work
from futago.store import work as marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was done."""

    written: bool
    """The intent is another one."""
    removed: tuple[str, ...]
    """Ids of what was over."""
    told: tuple[events.EventView, ...]


def settle(
    work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str, generation: int
) -> Settled:
    """Write the intent anew, drop what is over, tell what changed, and take the mark away."""
    concerned = events.concerned(work, kind, resource_id)
    written = intents.refresh(work, kind, resource_id)
    removed = intents.finalize(work, kind, resource_id)
    marks.finish(work.session, kind.value, resource_id, generation)
    told = events.look(work, concerned)
    return Settled(written=written, removed=removed, told=told)
