"""The tables of users, roles, what they may do, and temporary credentials."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class UserRow(base.Row):
    """A user of an account."""

    __tablename__ = "account_user"
    account_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    name: Mapped[base.Id] = mapped_column(primary_key=True)
    id: Mapped[base.Id] = mapped_column(unique=True)
    display_name: Mapped[base.Text]
    comments: Mapped[base.Text]
    is_administrator: Mapped[bool]
    created_at: Mapped[datetime]


class RoleRow(base.Row):
    """A role; with a service name, one that only that service takes on."""

    __tablename__ = "role"
    account_id: Mapped[base.Id] = mapped_column(primary_key=True)
    name: Mapped[base.Id] = mapped_column(primary_key=True)
    id: Mapped[base.Id] = mapped_column(unique=True)
    description: Mapped[base.Text]
    service_name: Mapped[base.Text | None]
    max_session_seconds: Mapped[int]
    created_at: Mapped[datetime]


class GrantRow(base.Row):
    """A policy of a user or a role."""

    __tablename__ = "policy_grant"
    account_id: Mapped[base.Id] = mapped_column(primary_key=True)
    holder_kind: Mapped[base.Word] = mapped_column(primary_key=True)
    holder_name: Mapped[base.Id] = mapped_column(primary_key=True)
    policy_name: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    document: Mapped[base.Text]
    updated_at: Mapped[datetime]


class SessionRow(base.Row):
    """Temporary credentials; their secret is in `secret`."""

    __tablename__ = "role_session"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    role_name: Mapped[base.Id]
    name: Mapped[base.Id]
    token_digest: Mapped[str] = mapped_column(sa.String(64))
    boundary: Mapped[base.Text | None]
    """A policy document that limits the session further."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (
        sa.ForeignKeyConstraint(("account_id", "role_name"), ("role.account_id", "role.name")),
        sa.Index(None, "account_id", "role_name"),
    )


class RoleDeletionRow(base.Row):
    """A task that deletes a service role, and how it ended."""

    __tablename__ = "role_deletion"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    role_name: Mapped[base.Id]
    status: Mapped[base.Word]
    reason: Mapped[base.Text]
    usages: Mapped[base.Text]
    """The ids of resources that need the role, as JSON."""
    created_at: Mapped[datetime]
    __table_args__ = (sa.Index(None, "account_id", "role_name", "created_at"),)
