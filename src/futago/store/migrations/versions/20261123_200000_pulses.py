"""Keep what is measured of tunnels all the time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_200000"
down_revision = "20261123_201000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "tunnel_pulse",
        sa.Column("tunnel_id", sa.String(64), nullable=False),
        sa.Column("connection_id", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tunnel_id"],
            ["tunnel.id"],
            name="fk_tunnel_pulse_tunnel_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tunnel_id", name="pk_tunnel_pulse"),
    )
    op.create_index("ix_tunnel_pulse_connection_id", "tunnel_pulse", ["connection_id"])
