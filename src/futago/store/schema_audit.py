"""The table of the audit."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class AuditRow(base.Row):
    """Who tried to change what, and what came of it."""

    __tablename__ = "audit_record"
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[base.Id]
    user_name: Mapped[base.Text]
    access_key_id: Mapped[base.Id]
    source_ip: Mapped[base.Id]
    action: Mapped[str] = mapped_column(sa.String(128))
    resource_id: Mapped[str | None] = mapped_column(sa.String(256))
    result_code: Mapped[str] = mapped_column(sa.String(128))
    request_id: Mapped[base.Id] = mapped_column(default="", server_default="")
    anchor_id: Mapped[base.Id | None]
    """The connection, router or VPC whose generation counts the change."""
    generation_before: Mapped[base.Counter | None]
    generation_after: Mapped[base.Counter | None]
    __table_args__ = (sa.Index(None, "account_id", "id"),)
