"""Add the targets by which tunnels are probed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_170000"
down_revision = "20261123_150100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; no tunnel has a target yet."""
    op.add_column("tunnel", sa.Column("probe_target", sa.BigInteger(), nullable=True))
    op.add_column("tunnel", sa.Column("probe_source", sa.BigInteger(), nullable=True))
