"""Events, newest first, and what was told so far.

Events are kept for thirty days. Every sixteenth new one takes some of the old ones with it, so that
the table stays small without anybody who cleans up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, columns, schema_events

RETENTION: Final = timedelta(days=30)
ROWS_PER_PRUNING: Final = 16
_PRUNED_AT_ONCE: Final = 320
"""More than came since the last time, so that a backlog shrinks."""

_ROW: Final = schema_events.EventRow
_TABLE: Final = base.table(_ROW)
_STATE: Final = base.table(schema_events.EventStateRow)
_COUNTS: Final = base.table(schema_events.EventCountRow)
_INSERT: Final = sa.insert(_TABLE).returning(_TABLE.c.id)
# Numbers grow with time, but for what a node told late: the oldest rows are the first ones.
_FIRST: Final = sa.select(_TABLE.c.id).order_by(_TABLE.c.id).limit(_PRUNED_AT_ONCE)
_PRUNE: Final = sa.delete(_TABLE).where(
    _TABLE.c.id.in_(_FIRST), _TABLE.c.at < sa.bindparam("oldest", type_=columns.UtcTime())
)
_COUNT_AGAIN: Final = sa.text(
    "UPDATE event SET count = count + 1, after = :after, last_at = :at WHERE id = :number"
).bindparams(sa.bindparam("at", type_=columns.UtcTime()))
_COUNT_NAME: Final = sa.text(
    "INSERT INTO event_count (name, count) VALUES (:name, 1)"
    " ON CONFLICT (name) DO UPDATE SET count = event_count.count + 1"
)
_KEEP_STATE: Final = sa.text(
    "INSERT INTO event_state (resource_id, body, calm_at) VALUES (:resource_id, :body, :calm_at)"
    " ON CONFLICT (resource_id) DO UPDATE SET body = excluded.body, calm_at = excluded.calm_at"
).bindparams(sa.bindparam("calm_at", type_=columns.UtcTime()))
_STATES: Final = sa.select(_STATE.c.resource_id, _STATE.c.body).where(
    _STATE.c.resource_id.in_(sa.bindparam("ids", expanding=True))
)
_CALM: Final = (
    sa.select(_STATE.c.resource_id)
    .where(_STATE.c.calm_at <= sa.bindparam("now", type_=columns.UtcTime()))
    .order_by(_STATE.c.calm_at)
    .limit(sa.bindparam("most"))
)
_NEWEST: Final = sa.select(sa.func.max(_TABLE.c.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to keep."""

    at: datetime
    account_id: str
    watcher_id: str | None
    name: str
    severity: str
    resource_id: str
    connection_id: str | None
    before: str
    after: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events a question is about; None means any."""

    account_id: str
    resource_id: str | None = None
    """A resource, or the connection that it is a part of."""
    names: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    before: tuple[datetime, int] | None = None
    """Time and number of the last one that was shown."""


def add(session: Session, event: NewEvent) -> int:
    """Write an event and give its number; at times, forget what is too old."""
    values = {name: getattr(event, name) for name in NewEvent.__dataclass_fields__}
    number: int = base.execute(
        session, _INSERT, {**values, "count": 1, "last_at": event.at}
    ).scalar_one()
    base.execute(session, _COUNT_NAME, {"name": event.name})
    if number % ROWS_PER_PRUNING == 0:
        base.execute(session, _PRUNE, {"oldest": event.at - RETENTION})
    return number


def count_again(session: Session, number: int, after: str, at: datetime) -> None:
    """Let an event stand for one more change."""
    base.execute(session, _COUNT_AGAIN, {"number": number, "after": after, "at": at})


def states(session: Session, resource_ids: Collection[str]) -> dict[str, str]:
    """Give what was told of several resources by id; those never looked at are left out."""
    found = base.execute(session, _STATES, {"ids": list(resource_ids)})
    return {row[0]: row[1] for row in found}


def keep_state(session: Session, resource_id: str, body: str, calm_at: datetime | None) -> None:
    """Remember what was told of a resource."""
    values = {"resource_id": resource_id, "body": body, "calm_at": calm_at}
    base.execute(session, _KEEP_STATE, values)


def drop_states(session: Session, resource_ids: Collection[str]) -> None:
    """Forget what was told of resources that are gone."""
    gone = sa.delete(_STATE).where(_STATE.c.resource_id.in_(list(resource_ids)))
    base.execute(session, gone, {})


def calm(session: Session, now: datetime, most: int) -> Sequence[str]:
    """Give resources with an aspect that may have become quiet."""
    found = base.execute(session, _CALM, {"now": now, "most": most})
    return [resource_id for (resource_id,) in found]


def counts(session: Session) -> dict[str, int]:
    """Give how many events of each name there were."""
    return {row[0]: row[1] for row in base.execute(session, sa.select(_COUNTS), {})}


def newest(session: Session) -> int:
    """Give the number of the last event; 0 without one."""
    return base.execute(session, _NEWEST, {}).scalar_one() or 0


def search(session: Session, wanted: Wanted, limit: int) -> list[schema_events.EventRow]:
    """Give events of an account and those that concern it, newest first."""
    # Two searches, each along its index: one with "or" would sort everything.
    found = [
        row
        for column in (_ROW.account_id, _ROW.watcher_id)
        for row in session.scalars(
            sa.select(_ROW)
            .where(column == wanted.account_id, *_conditions(wanted))
            .order_by(_ROW.at.desc(), _ROW.id.desc())
            .limit(limit)
        )
    ]
    return sorted(found, key=lambda row: (row.at, row.id), reverse=True)[:limit]


def after(
    session: Session, number: int, account_id: str, limit: int
) -> Sequence[schema_events.EventRow]:
    """Give the events of an account, and those that concern it, behind a number, oldest first."""
    is_theirs = sa.or_(_ROW.account_id == account_id, _ROW.watcher_id == account_id)
    statement = sa.select(_ROW).where(_ROW.id > number, is_theirs).order_by(_ROW.id).limit(limit)
    return session.scalars(statement).all()


def _conditions(wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    if wanted.resource_id is not None:
        yield sa.or_(
            _ROW.resource_id == wanted.resource_id, _ROW.connection_id == wanted.resource_id
        )
    if wanted.names:
        yield _ROW.name.in_(wanted.names)
    if wanted.severities:
        yield _ROW.severity.in_(wanted.severities)
    if wanted.start is not None:
        yield _ROW.at >= wanted.start
    if wanted.end is not None:
        yield _ROW.at < wanted.end
    if wanted.before is not None:
        at, number = wanted.before
        yield sa.or_(_ROW.at < at, sa.and_(_ROW.at == at, _ROW.id < number))
