"""The tables of what is under way: keys to look at, leases, and answers to repeat."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class WorkItemRow(base.Row):
    """A key that somebody must look at."""

    __tablename__ = "work_item"
    kind: Mapped[base.Word] = mapped_column(primary_key=True)
    key: Mapped[base.Id] = mapped_column(primary_key=True)
    not_before: Mapped[datetime] = mapped_column(index=True)
    generation: Mapped[base.Counter]


class LeaseRow(base.Row):
    """Who may act alone, and until when; each new holder raises the token."""

    __tablename__ = "lease"
    name: Mapped[base.Id] = mapped_column(primary_key=True)
    holder: Mapped[base.Id]
    token: Mapped[base.Counter]
    until: Mapped[datetime]


class ClientTokenRow(base.Row):
    """What a call with a ClientToken answered; sealed, as answers may hold keys."""

    __tablename__ = "client_token"
    account_id: Mapped[base.Id] = mapped_column(primary_key=True)
    action: Mapped[base.Id] = mapped_column(primary_key=True)
    token: Mapped[base.Id] = mapped_column(primary_key=True)
    parameters_digest: Mapped[str] = mapped_column(sa.String(128))
    sealed_answer: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(index=True)
