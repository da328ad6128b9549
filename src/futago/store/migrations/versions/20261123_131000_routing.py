"""Custom route tables and static routes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_131000"
down_revision = "20261123_130000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let tables be deleted, and add static routes."""
    with op.batch_alter_table("route_table") as table:
        table.add_column(
            sa.Column("deleting", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        "route_entry",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("table_id", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(18), nullable=False),
        sa.Column("attachment_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.Column("router_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_id"], ["route_table.id"], name=op.f("fk_route_entry_table_id")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_route_entry_attachment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_entry")),
        sa.UniqueConstraint("table_id", "prefix", name=op.f("uq_route_entry_table_id_prefix")),
    )
    op.create_index(op.f("ix_route_entry_attachment_id"), "route_entry", ["attachment_id"])
