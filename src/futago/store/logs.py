"""Lines about tunnels: a bounded number of each, in the order of their time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import listing, schema_logs

_ROW = schema_logs.TunnelLogRow


def add(session: Session, tunnel_id: str, at: datetime, text: str) -> None:
    """Write a line."""
    session.add(_ROW(tunnel_id=tunnel_id, at=at, text=text))
    session.flush()


def trim(session: Session, tunnel_id: str, *, keep: int, since: datetime) -> None:
    """Forget all but the newest lines of a tunnel, and those that are too old."""
    newest = sa.select(_ROW.id).where(_ROW.tunnel_id == tunnel_id).order_by(_ROW.id.desc())
    last = session.scalar(newest.offset(keep).limit(1))
    session.execute(
        sa.delete(_ROW).where(
            _ROW.tunnel_id == tunnel_id, sa.or_(_ROW.at < since, _ROW.id <= (last or 0))
        )
    )


def between(
    session: Session,
    tunnel_ids: Collection[str],
    first: datetime,
    last: datetime,
    window: listing.Window,
) -> tuple[Sequence[schema_logs.TunnelLogRow], int]:
    """Give lines of several tunnels, oldest first, and how many there are."""
    statement = (
        sa.select(_ROW)
        .where(_ROW.tunnel_id.in_(tunnel_ids), _ROW.at >= first, _ROW.at <= last)
        .order_by(_ROW.at, _ROW.id)
    )
    return listing.cut(session, statement, window)


def oldest(session: Session, tunnel_id: str) -> tuple[datetime | None, int]:
    """Give the time of the oldest line of a tunnel, and how many it has."""
    counted = sa.select(sa.func.min(_ROW.at), sa.func.count()).where(_ROW.tunnel_id == tunnel_id)
    at, count = session.execute(counted).one()
    return at, count
