"""Keep passwords and sessions of the web console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_180000"
down_revision = "20261123_133000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of passwords and sessions."""
    op.create_table(
        "console_password",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        _user("console_password"),
        sa.PrimaryKeyConstraint("account_id", "user_name", name=op.f("pk_console_password")),
    )
    op.create_table(
        "console_session",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=64), nullable=False),
        sa.Column("source_ip", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        _user("console_session"),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_console_session")),
    )
    op.create_index(op.f("ix_console_session_expires_at"), "console_session", ["expires_at"])
    op.create_index(
        op.f("ix_console_session_account_id_user_name"),
        "console_session",
        ["account_id", "user_name"],
    )


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", "user_name"],
        ["account_user.account_id", "account_user.name"],
        name=op.f(f"fk_{table}_account_id_user_name"),
        ondelete="CASCADE",
    )
