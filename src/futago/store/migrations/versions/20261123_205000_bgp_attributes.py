"""Keep ORIGIN and MED of BGP routes as the peer said them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_205000"
down_revision = "20261123_201100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the next report of a node fills them."""
    op.add_column(
        "bgp_route", sa.Column("origin", sa.String(32), server_default="", nullable=False)
    )
    op.add_column("bgp_route", sa.Column("med", sa.BigInteger(), nullable=True))
