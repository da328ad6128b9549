"""The tables of the web console: passwords, second factors and sessions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base

_USER = ("account_user.account_id", "account_user.name")


class PasswordRow(base.Row):
    """A user's password for the console, as an Argon2id hash."""

    __tablename__ = "console_password"
    account_id: Mapped[base.Id] = mapped_column(primary_key=True)
    user_name: Mapped[base.Id] = mapped_column(primary_key=True)
    hash: Mapped[base.Text]
    changed_at: Mapped[datetime]
    __table_args__ = (
        sa.ForeignKeyConstraint(("account_id", "user_name"), _USER, ondelete="CASCADE"),
    )


class SecondFactorRow(base.Row):
    """A user's application for one-time codes; its secret is in the vault."""

    __tablename__ = "console_second_factor"
    account_id: Mapped[base.Id] = mapped_column(primary_key=True)
    user_name: Mapped[base.Id] = mapped_column(primary_key=True)
    factor_id: Mapped[base.Id] = mapped_column(unique=True)
    """Owner of the secret; a new one each time, so that an old secret fits nothing."""
    is_confirmed: Mapped[bool]
    last_step: Mapped[base.Counter]
    """Step of the last code that was used."""
    created_at: Mapped[datetime]
    __table_args__ = (
        sa.ForeignKeyConstraint(("account_id", "user_name"), _USER, ondelete="CASCADE"),
    )


class ConsoleSessionRow(base.Row):
    """A browser that is logged in; only a digest of what it holds is kept."""

    __tablename__ = "console_session"
    token_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[base.Id]
    user_name: Mapped[base.Id]
    source_ip: Mapped[base.Id]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (
        sa.ForeignKeyConstraint(("account_id", "user_name"), _USER, ondelete="CASCADE"),
        sa.Index(None, "account_id", "user_name"),
    )
