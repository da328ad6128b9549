"""Tasks of tunnels, and what captures hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.domain import tasks
from futago.store import listing, schema_tasks

_ROW = schema_tasks.TunnelTaskRow
_CONTENT = schema_tasks.CaptureContentRow
_OPEN: Final = (tasks.TaskState.WAITING.value, tasks.TaskState.RUNNING.value)


def find(session: Session, task_id: str) -> schema_tasks.TunnelTaskRow | None:
    """Find a task."""
    return session.get(_ROW, task_id)


def add(session: Session, row: schema_tasks.TunnelTaskRow) -> None:
    """Write a new task."""
    session.add(row)
    session.flush()


def open_of(
    session: Session, connection_id: str, now: datetime
) -> Sequence[schema_tasks.TunnelTaskRow]:
    """Give the tasks of a connection that are not finished and not lost, oldest first."""
    return session.scalars(
        sa.select(_ROW)
        .where(_ROW.connection_id == connection_id, _ROW.state.in_(_OPEN), _ROW.overdue_at > now)
        .order_by(_ROW.requested_at, _ROW.id)
    ).all()


def list_rows(
    session: Session,
    tunnel_ids: Collection[str],
    kinds: Collection[tasks.TaskKind],
    window: listing.Window,
) -> tuple[Sequence[schema_tasks.TunnelTaskRow], int]:
    """Give tasks of some kinds of several tunnels, newest first, and how many there are."""
    statement = (
        sa.select(_ROW)
        .where(_ROW.tunnel_id.in_(tunnel_ids), _ROW.kind.in_([each.value for each in kinds]))
        .order_by(_ROW.requested_at.desc(), _ROW.id.desc())
    )
    return listing.cut(session, statement, window)


def by_ids(session: Session, task_ids: Collection[str]) -> Sequence[schema_tasks.TunnelTaskRow]:
    """Give several tasks, oldest first."""
    statement = sa.select(_ROW).where(_ROW.id.in_(task_ids))
    return session.scalars(statement.order_by(_ROW.requested_at, _ROW.id)).all()


def count_captures(session: Session, account_id: str, now: datetime) -> int:
    """Count the captures of an account that run."""
    statement = sa.select(sa.func.count()).where(
        _ROW.account_id == account_id,
        _ROW.kind == tasks.TaskKind.CAPTURE.value,
        _ROW.state.in_(_OPEN),
        _ROW.overdue_at > now,
    )
    return session.scalar(statement) or 0


def kept_bytes(session: Session, account_id: str) -> int:
    """Sum up what is kept of the captures of an account."""
    statement = sa.select(sa.func.sum(_ROW.content_bytes)).where(_ROW.account_id == account_id)
    return session.scalar(statement) or 0


def put_content(session: Session, task_id: str, parts: Sequence[bytes]) -> None:
    """Keep the sealed parts of a capture, instead of those before."""
    drop_content(session, (task_id,))
    session.add_all(
        _CONTENT(task_id=task_id, number=number, sealed=sealed)
        for number, sealed in enumerate(parts)
    )
    session.flush()


def part(session: Session, task_id: str, number: int) -> bytes | None:
    """Give a sealed part of a capture."""
    row = session.get(_CONTENT, (task_id, number))
    return None if row is None else row.sealed


def drop_content(session: Session, task_ids: Collection[str]) -> None:
    """Forget what captures hold."""
    session.flush()
    session.execute(sa.delete(_CONTENT).where(_CONTENT.task_id.in_(task_ids)))


def captures_before(session: Session, at: datetime) -> Sequence[schema_tasks.TunnelTaskRow]:
    """Give captures with content that ended before a time."""
    statement = sa.select(_ROW).where(_ROW.content_bytes > 0, _ROW.finished_at < at)
    return session.scalars(statement).all()


def drop_before(session: Session, at: datetime) -> None:
    """Forget tasks and diagnoses that were asked for before a time."""
    diagnosis = schema_tasks.DiagnosisRow
    session.flush()
    session.execute(sa.delete(_ROW).where(_ROW.requested_at < at))
    session.execute(sa.delete(diagnosis).where(diagnosis.requested_at < at))
