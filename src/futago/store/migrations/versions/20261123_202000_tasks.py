"""Add tasks of tunnels, captured packets and diagnoses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_202000"
down_revision = "20261123_203000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _create_tasks()
    op.create_table(
        "capture_content",
        sa.Column("task_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["tunnel_task.id"],
            name=op.f("fk_capture_content_task_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task_id", "number", name=op.f("pk_capture_content")),
    )
    op.create_table(
        "connection_diagnosis",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("connection_id", sa.String(64), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("task_ids", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["vpn_connection.id"],
            name=op.f("fk_connection_diagnosis_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_diagnosis")),
    )
    op.create_index(
        op.f("ix_connection_diagnosis_connection_id"), "connection_diagnosis", ["connection_id"]
    )


def _create_tasks() -> None:
    op.create_table(
        "tunnel_task",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("connection_id", sa.String(64), nullable=False),
        sa.Column("tunnel_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("capture", sa.Text(), nullable=True),
        sa.Column("ping", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("overdue_at", sa.BigInteger(), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(32), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("content_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["vpn_connection.id"],
            name=op.f("fk_tunnel_task_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tunnel_id"], ["tunnel.id"], name=op.f("fk_tunnel_task_tunnel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tunnel_task")),
    )
    op.create_index(op.f("ix_tunnel_task_connection_id"), "tunnel_task", ["connection_id"])
    op.create_index(op.f("ix_tunnel_task_tunnel_id"), "tunnel_task", ["tunnel_id"])
    op.create_index(
        op.f("ix_tunnel_task_account_id_kind_requested_at"),
        "tunnel_task",
        ["account_id", "kind", "requested_at"],
    )
