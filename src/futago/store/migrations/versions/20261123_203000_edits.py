"""Add what edits go by: the key before during an overlap, and whether a tunnel ever was up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_203000"
down_revision = "20261123_207000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a tunnel with a place counts as one that was up, which is the safe side."""
    op.add_column("tunnel", sa.Column("previous_psk_version", sa.BigInteger(), nullable=True))
    op.add_column("tunnel", sa.Column("psk_overlap_until", sa.BigInteger(), nullable=True))
    op.add_column(
        "tunnel", sa.Column("was_up", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    tunnel = sa.table("tunnel", sa.column("was_up"), sa.column("gateway_address"))
    op.execute(sa.update(tunnel).where(tunnel.c.gateway_address.is_not(None)).values(was_up=True))
