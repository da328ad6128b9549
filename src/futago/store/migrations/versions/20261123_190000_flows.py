"""Remember which destination routes follow from protected data flows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_190000"
down_revision = "20261123_150000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; routes that are there were added by hand."""
    op.add_column(
        "destination",
        sa.Column("automatic", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
