"""Accounts, access keys and limits."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema


def first_account(session: Session) -> schema.AccountRow | None:
    """Give the oldest account."""
    row = schema.AccountRow
    return session.scalar(sa.select(row).order_by(row.created_at, row.id).limit(1))


def keys_of(session: Session, account_id: str) -> Sequence[schema.AccessKeyRow]:
    """Give the access keys of an account, oldest first."""
    row = schema.AccessKeyRow
    return session.scalars(
        sa.select(row).where(row.account_id == account_id).order_by(row.created_at, row.id)
    ).all()
