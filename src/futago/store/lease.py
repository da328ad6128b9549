"""Leases: one holder at a time, and a token that tells late holders apart."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema

_ROW = schema.LeaseRow


def acquire(
    session: Session, name: str, holder: str, now: datetime, length: timedelta
) -> int | None:
    """Take a lease that is free, expired or already ours.

    Returns:
        The fencing token, higher for each new holder; None while another one holds it.
    """
    row = session.get(_ROW, name, with_for_update=True, populate_existing=True)
    if row is None:
        row = _ROW(name=name, holder=holder, token=1, until=now + length)
        session.add(row)
    elif row.holder == holder and row.until > now:
        row.until = now + length
    elif row.until <= now:
        row.holder, row.token, row.until = holder, row.token + 1, now + length
    else:
        return None
    session.flush()
    return row.token


def renew(session: Session, name: str, token: int, now: datetime, length: timedelta) -> bool:
    """Hold a lease longer; False means that it was lost."""
    renewed = session.execute(
        sa.update(_ROW)
        .where(_ROW.name == name, _ROW.token == token, _ROW.until > now)
        .values(until=now + length)
        .returning(_ROW.token)
    ).first()
    return renewed is not None


def release(session: Session, name: str, token: int, now: datetime) -> None:
    """Give a lease back; harmless if it was lost."""
    session.execute(sa.update(_ROW).where(_ROW.name == name, _ROW.token == token).values(until=now))
