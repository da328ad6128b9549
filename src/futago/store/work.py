"""Keys that must be looked at: level, not edge.

Marking a key twice is one row with a higher generation. The controller reads keys, looks at the
world and finishes the generation that it saw; a mark that came meanwhile survives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import columns, schema

_ROW = schema.WorkItemRow
_UPSERT: Final = sa.text(
    "INSERT INTO work_item (kind, key, not_before, generation)"
    " VALUES (:kind, :key, :now, 1)"
    " ON CONFLICT (kind, key) DO UPDATE SET"
    " generation = work_item.generation + 1, not_before = excluded.not_before"
).bindparams(sa.bindparam("now", type_=columns.UtcTime()))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A key, at the generation that the worker must finish."""

    kind: str
    key: str
    generation: int


def mark(session: Session, kind: str, key: str, now: datetime) -> None:
    """Have somebody look at a key, now."""
    session.execute(_UPSERT, {"kind": kind, "key": key, "now": now})


def claim_due(session: Session, now: datetime, limit: int) -> tuple[WorkItem, ...]:
    """Give keys whose time has come, oldest first; a lease makes the reader alone."""
    rows = session.execute(
        sa.select(_ROW.kind, _ROW.key, _ROW.generation)
        .where(_ROW.not_before <= now)
        .order_by(_ROW.not_before, _ROW.kind, _ROW.key)
        .limit(limit)
    ).all()
    return tuple(WorkItem(kind=kind, key=key, generation=gen) for kind, key, gen in rows)


def finish(session: Session, kind: str, key: str, generation: int) -> bool:
    """Drop a key unless it was marked again meanwhile; tell whether it is gone."""
    deleted = session.execute(
        sa.delete(_ROW)
        .where(_ROW.kind == kind, _ROW.key == key, _ROW.generation == generation)
        .returning(_ROW.key)
    ).first()
    return deleted is not None


def postpone(session: Session, kind: str, key: str, generation: int, not_before: datetime) -> None:
    """Look at a key later, unless it was marked again meanwhile."""
    session.execute(
        sa.update(_ROW)
        .where(_ROW.kind == kind, _ROW.key == key, _ROW.generation == generation)
        .values(not_before=not_before)
    )


def next_due(session: Session) -> datetime | None:
    """Tell when the next key wants attention; None without keys."""
    return session.scalar(sa.select(sa.func.min(_ROW.not_before)))


def count(session: Session) -> int:
    """Count the keys, for metrics."""
    return session.scalar(sa.select(sa.func.count()).select_from(_ROW)) or 0
