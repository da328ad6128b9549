"""Users, roles, policies, temporary credentials; more of who did what in the audit.

Whoever had an access key before could do everything; each becomes an administrator.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_130000"
down_revision = "20261123_120000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and widen those that are there."""
    op.add_column("account", sa.Column("name", sa.Text(), server_default="", nullable=False))
    _account_user()
    _role()
    _policy_grant()
    _role_session()
    _role_deletion()
    _audit_record()
    _administrators()


def _account_user() -> None:
    op.create_table(
        "account_user",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_user_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_account_user")),
        sa.UniqueConstraint("id", name=op.f("uq_account_user_id")),
    )


def _role() -> None:
    op.create_table(
        "role",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=True),
        sa.Column("max_session_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_role")),
        sa.UniqueConstraint("id", name=op.f("uq_role_id")),
    )


def _policy_grant() -> None:
    op.create_table(
        "policy_grant",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("holder_kind", sa.String(length=32), nullable=False),
        sa.Column("holder_name", sa.String(length=64), nullable=False),
        sa.Column("policy_name", sa.String(length=128), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id",
            "holder_kind",
            "holder_name",
            "policy_name",
            name=op.f("pk_policy_grant"),
        ),
    )


def _role_session() -> None:
    op.create_table(
        "role_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("role_name", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("boundary", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "role_name"],
            ["role.account_id", "role.name"],
            name=op.f("fk_role_session_account_id_role_name"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_session")),
    )
    op.create_index(op.f("ix_role_session_expires_at"), "role_session", ["expires_at"])
    op.create_index(
        op.f("ix_role_session_account_id_role_name"), "role_session", ["account_id", "role_name"]
    )


def _role_deletion() -> None:
    op.create_table(
        "role_deletion",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("role_name", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("usages", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_deletion")),
    )
    op.create_index(
        op.f("ix_role_deletion_account_id_role_name_created_at"),
        "role_deletion",
        ["account_id", "role_name", "created_at"],
    )


def _audit_record() -> None:
    for column in (
        sa.Column("request_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("anchor_id", sa.String(length=64), nullable=True),
        sa.Column("generation_before", sa.BigInteger(), nullable=True),
        sa.Column("generation_after", sa.BigInteger(), nullable=True),
    ):
        op.add_column("audit_record", column)
    op.create_index(op.f("ix_audit_record_account_id_id"), "audit_record", ["account_id", "id"])


def _administrators() -> None:
    # The id of a user is only shown; that of the account with a number behind it is unique.
    op.execute(
        sa.text(
            "INSERT INTO account_user"
            " (account_id, name, id, display_name, comments, is_administrator, created_at)"
            " SELECT account_id, user_name,"
            " account_id || '0' ||"
            " CAST(ROW_NUMBER() OVER (ORDER BY account_id, user_name) AS TEXT),"
            " user_name, '', true, MIN(created_at)"
            " FROM access_key GROUP BY account_id, user_name"
        )
    )
