"""Add the table of BGP routes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_150100"
down_revision = "20261123_190000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; nodes fill it with their next reports."""
    op.create_table(
        "bgp_route",
        sa.Column("attachment_id", sa.String(length=64), nullable=False),
        sa.Column("group", sa.String(length=32), nullable=False),
        sa.Column("prefix", sa.BigInteger(), nullable=False),
        sa.Column("tunnel_ids", sa.Text(), nullable=False),
        sa.Column("as_path", sa.Text(), nullable=False),
        sa.Column("communities", sa.Text(), nullable=False),
        sa.Column("refusal", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_bgp_route_attachment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attachment_id", "group", "prefix", name=op.f("pk_bgp_route")),
    )
