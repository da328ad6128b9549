"""The audit: one row for each attempt at a change, and for each answer that showed a key.

Rows are kept for ninety days. Every sixteenth new row takes some of the old ones with it, so that
the table stays small without anybody who cleans up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.domain import ids
from futago.store import base, columns, schema

RETENTION: Final = timedelta(days=90)
ROWS_PER_PRUNING: Final = 16
_PRUNED_AT_ONCE: Final = 320
"""More than came since the last time, so that a backlog shrinks."""

_ROW = schema.AuditRow
_TABLE: Final = base.table(_ROW)
_INSERT: Final = sa.insert(_TABLE).returning(_TABLE.c.id)
_OLD: Final = (
    sa.select(_TABLE.c.id)
    .where(_TABLE.c.at < sa.bindparam("oldest", type_=columns.UtcTime()))
    .order_by(_TABLE.c.at)
    .limit(_PRUNED_AT_ONCE)
)
_PRUNE: Final = sa.delete(_TABLE).where(_TABLE.c.id.in_(_OLD))


class Caller(Protocol):
    """Who acts, as far as the audit wants to know."""

    @property
    def account_id(self) -> str:
        """Owner of what is changed."""

    @property
    def user_name(self) -> str:
        """User of the account."""

    @property
    def access_key_id(self) -> str:
        """Key that signed the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The resource whose generation counts a change, and that number now."""

    id: str
    generation: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was tried, and what came of it."""

    source_ip: str
    action: str
    result_code: str
    resource_id: str | None = None
    request_id: str = ""
    before: Anchor | None = None
    after: Anchor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows a question is about; None means any."""

    account_id: str
    action: str | None = None
    user_name: str | None = None
    access_key_id: str | None = None
    resource_id: str | None = None
    result_code: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    before_id: int | None = None


def record(session: Session, caller: Caller, entry: Entry, now: datetime) -> int:
    """Write a row and give its number."""
    anchor = entry.after or entry.before
    number: int = base.execute(
        session,
        _INSERT,
        {
            "at": now,
            "account_id": caller.account_id,
            "user_name": caller.user_name,
            "access_key_id": caller.access_key_id,
            "source_ip": entry.source_ip,
            "action": entry.action,
            "resource_id": entry.resource_id,
            "result_code": entry.result_code,
            "request_id": entry.request_id,
            "anchor_id": anchor.id if anchor else None,
            "generation_before": entry.before.generation if entry.before else None,
            "generation_after": entry.after.generation if entry.after else None,
        },
    ).scalar_one()
    return number


def prune(session: Session, now: datetime) -> None:
    """Drop some rows that are too old."""
    base.execute(session, _PRUNE, {"oldest": now - RETENTION})


def find(session: Session, wanted: Wanted, limit: int) -> Sequence[schema.AuditRow]:
    """Give rows, newest first."""
    equal = {
        _ROW.action: wanted.action,
        _ROW.user_name: wanted.user_name,
        _ROW.access_key_id: wanted.access_key_id,
        _ROW.result_code: wanted.result_code,
    }
    statement = sa.select(_ROW).where(
        _ROW.account_id == wanted.account_id,
        *(column == value for column, value in equal.items() if value is not None),
    )
    if wanted.resource_id is not None:
        statement = statement.where(
            sa.or_(_ROW.resource_id == wanted.resource_id, _ROW.anchor_id == wanted.resource_id)
        )
    if wanted.start is not None:
        statement = statement.where(_ROW.at >= wanted.start)
    if wanted.end is not None:
        statement = statement.where(_ROW.at < wanted.end)
    if wanted.before_id is not None:
        statement = statement.where(_ROW.id < wanted.before_id)
    return session.scalars(statement.order_by(_ROW.id.desc()).limit(limit)).all()


def anchor(session: Session, resource_id: str) -> Anchor | None:
    """Find what counts the changes of a resource: its connection, router or VPC."""
    kind = ids.kind_of(resource_id)
    if kind not in _GENERATIONS:
        return None
    found = base.execute(session, _GENERATIONS[kind], {"id": resource_id}).first()
    return Anchor(id=found[0], generation=found[1]) if found else None


def _counted(
    counter: type[base.Row], part: type[base.Row] | None = None, member: str = ""
) -> sa.Select[*tuple[Any, ...]]:
    """Select id and generation of a row by its id, or by that of a part that names it."""
    row = base.table(counter)
    found = sa.select(row.c.id, row.c.generation)
    if part is None:
        return found.where(row.c.id == sa.bindparam("id"))
    inner = base.table(part)
    return found.join(inner, inner.c[member] == row.c.id).where(inner.c.id == sa.bindparam("id"))


_GENERATIONS: Final = {
    ids.IdKind.CONNECTION: _counted(schema.ConnectionRow),
    ids.IdKind.TUNNEL: _counted(schema.ConnectionRow, schema.TunnelRow, "connection_id"),
    ids.IdKind.ROUTER: _counted(schema.RouterRow),
    ids.IdKind.ATTACHMENT: _counted(schema.RouterRow, schema.AttachmentRow, "router_id"),
    ids.IdKind.ROUTE_TABLE: _counted(schema.RouterRow, schema.RouteTableRow, "router_id"),
    ids.IdKind.VPC: _counted(schema.VpcRow),
    ids.IdKind.VSWITCH: _counted(schema.VpcRow, schema.VSwitchRow, "vpc_id"),
}
