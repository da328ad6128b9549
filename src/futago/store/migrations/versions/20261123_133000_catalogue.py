"""Keep lines about negotiations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_133000"
down_revision = "20261123_132000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of lines about tunnels."""
    op.create_table(
        "tunnel_log",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tunnel_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tunnel_id"],
            ["tunnel.id"],
            name=op.f("fk_tunnel_log_tunnel_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tunnel_log")),
    )
    op.create_index(
        op.f("ix_tunnel_log_tunnel_id_at"), "tunnel_log", ["tunnel_id", "at"], unique=False
    )
