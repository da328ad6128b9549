"""Diagnoses of connections."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema_tasks

_ROW = schema_tasks.DiagnosisRow


def find(session: Session, diagnosis_id: str) -> schema_tasks.DiagnosisRow | None:
    """Find a diagnosis."""
    return session.get(_ROW, diagnosis_id)


def newest(session: Session, connection_id: str) -> schema_tasks.DiagnosisRow | None:
    """Give the last diagnosis of a connection."""
    statement = sa.select(_ROW).where(_ROW.connection_id == connection_id)
    return session.scalars(statement.order_by(_ROW.requested_at.desc(), _ROW.id).limit(1)).first()


def add(session: Session, row: schema_tasks.DiagnosisRow) -> None:
    """Write a new diagnosis."""
    session.add(row)
    session.flush()
