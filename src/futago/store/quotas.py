"""Limits that differ from the defaults."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, schema

_TABLE: Final = base.table(schema.QuotaLimitRow)
_LIMIT: Final = sa.select(_TABLE.c.value).where(
    _TABLE.c.account_id == sa.bindparam("account_id"), _TABLE.c.code == sa.bindparam("code")
)


def limit(session: Session, account_id: str, code: str) -> int | None:
    """Give the limit that was set for an account; None without one."""
    found = base.execute(session, _LIMIT, {"account_id": account_id, "code": code})
    return found.scalar_one_or_none()
