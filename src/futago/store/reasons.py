"""Reasons of tunnels: at most one holds, the others are history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import listing, schema_reasons

_ROW = schema_reasons.TunnelReasonRow


def holding(session: Session, tunnel_id: str) -> schema_reasons.TunnelReasonRow | None:
    """Give the reason that holds for a tunnel."""
    statement = sa.select(_ROW).where(_ROW.tunnel_id == tunnel_id, _ROW.cleared_at.is_(None))
    return session.scalars(statement.order_by(_ROW.id.desc()).limit(1)).first()


def add(session: Session, row: schema_reasons.TunnelReasonRow) -> None:
    """Write a reason that holds from now on."""
    session.add(row)
    session.flush()


def trim(session: Session, tunnel_id: str, *, keep: int, since: datetime) -> None:
    """Forget all but the newest reasons of a tunnel, and those that ended too long ago."""
    newest = sa.select(_ROW.id).where(_ROW.tunnel_id == tunnel_id).order_by(_ROW.id.desc())
    last = session.scalar(newest.offset(keep).limit(1))
    session.execute(
        sa.delete(_ROW).where(
            _ROW.tunnel_id == tunnel_id, sa.or_(_ROW.last_seen < since, _ROW.id <= (last or 0))
        )
    )


def list_rows(
    session: Session, tunnel_ids: Collection[str], since: datetime, window: listing.Window
) -> tuple[Sequence[schema_reasons.TunnelReasonRow], int]:
    """Give the reasons of several tunnels, newest first, and how many there are."""
    statement = (
        sa.select(_ROW)
        .where(_ROW.tunnel_id.in_(tunnel_ids), _ROW.last_seen >= since)
        .order_by(_ROW.first_seen.desc(), _ROW.id.desc())
    )
    return listing.cut(session, statement, window)
