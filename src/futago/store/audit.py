"""The audit: one row for each attempt at a change, and for each answer that showed a key.

Rows are kept for ninety days. Every new row takes some of the old ones with it, so that the table
stays small without anybody who cleans up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.domain import ids
from futago.store import schema

RETENTION: Final = timedelta(days=90)
_PRUNED_AT_ONCE: Final = 20
"""More than one, so that a backlog shrinks."""

_ROW = schema.AuditRow


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


def record(session: Session, caller: Caller, entry: Entry, now: datetime) -> None:
    """Write a row, and drop a few that are too old."""
    anchor = entry.after or entry.before
    session.add(
        _ROW(
            at=now,
            account_id=caller.account_id,
            user_name=caller.user_name,
            access_key_id=caller.access_key_id,
            source_ip=entry.source_ip,
            action=entry.action,
            resource_id=entry.resource_id,
            result_code=entry.result_code,
            request_id=entry.request_id,
            anchor_id=anchor.id if anchor else None,
            generation_before=entry.before.generation if entry.before else None,
            generation_after=entry.after.generation if entry.after else None,
        )
    )
    prune(session, now)


def prune(session: Session, now: datetime) -> None:
    """Drop some rows that are too old."""
    old = sa.select(_ROW.id).where(_ROW.at < now - RETENTION).order_by(_ROW.at)
    session.execute(
        sa.delete(_ROW).where(_ROW.id.in_(old.limit(_PRUNED_AT_ONCE))),
        execution_options={"synchronize_session": False},
    )


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
    for kind, statement in _GENERATIONS.items():
        if ids.is_id(kind, resource_id):
            found = session.execute(statement.where(_KEYS[kind] == resource_id)).first()
            return Anchor(id=found[0], generation=found[1]) if found else None
    return None


_GENERATIONS: Final = {
    ids.IdKind.CONNECTION: sa.select(schema.ConnectionRow.id, schema.ConnectionRow.generation),
    ids.IdKind.TUNNEL: sa.select(schema.ConnectionRow.id, schema.ConnectionRow.generation).join(
        schema.TunnelRow, schema.TunnelRow.connection_id == schema.ConnectionRow.id
    ),
    ids.IdKind.ROUTER: sa.select(schema.RouterRow.id, schema.RouterRow.generation),
    ids.IdKind.ATTACHMENT: sa.select(schema.RouterRow.id, schema.RouterRow.generation).join(
        schema.AttachmentRow, schema.AttachmentRow.router_id == schema.RouterRow.id
    ),
    ids.IdKind.ROUTE_TABLE: sa.select(schema.RouterRow.id, schema.RouterRow.generation).join(
        schema.RouteTableRow, schema.RouteTableRow.router_id == schema.RouterRow.id
    ),
    ids.IdKind.VPC: sa.select(schema.VpcRow.id, schema.VpcRow.generation),
    ids.IdKind.VSWITCH: sa.select(schema.VpcRow.id, schema.VpcRow.generation).join(
        schema.VSwitchRow, schema.VSwitchRow.vpc_id == schema.VpcRow.id
    ),
}
_KEYS: Final = {
    ids.IdKind.CONNECTION: schema.ConnectionRow.id,
    ids.IdKind.TUNNEL: schema.TunnelRow.id,
    ids.IdKind.ROUTER: schema.RouterRow.id,
    ids.IdKind.ATTACHMENT: schema.AttachmentRow.id,
    ids.IdKind.ROUTE_TABLE: schema.RouteTableRow.id,
    ids.IdKind.VPC: schema.VpcRow.id,
    ids.IdKind.VSWITCH: schema.VSwitchRow.id,
}
