"""Keep why tunnels failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_160000"
down_revision = "20261123_170000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of reasons."""
    op.create_table(
        "tunnel_reason",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tunnel_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("phase", sa.String(length=32), nullable=False),
        sa.Column("setting", sa.String(length=32), nullable=True),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tunnel_id"],
            ["tunnel.id"],
            name=op.f("fk_tunnel_reason_tunnel_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tunnel_reason")),
    )
    op.create_index(
        op.f("ix_tunnel_reason_tunnel_id_last_seen"),
        "tunnel_reason",
        ["tunnel_id", "last_seen"],
        unique=False,
    )
