"""Add BGP to connections, tunnels and customer gateways."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_150000"
down_revision = "20261123_180000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; keys that are there already are at their first version."""
    op.add_column(
        "vpn_connection",
        sa.Column("bgp_enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "vpn_connection",
        sa.Column("local_asn", sa.BigInteger(), server_default="45104", nullable=False),
    )
    op.add_column("tunnel", sa.Column("bgp_cidr", sa.String(length=18), nullable=True))
    op.add_column("tunnel", sa.Column("bgp_address", sa.BigInteger(), nullable=True))
    op.add_column(
        "customer_gateway",
        sa.Column("auth_key_version", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.execute(
        "UPDATE customer_gateway SET auth_key_version = 1 WHERE id IN"
        " (SELECT owner_id FROM secret WHERE purpose = 'bgp-auth-key')"
    )
