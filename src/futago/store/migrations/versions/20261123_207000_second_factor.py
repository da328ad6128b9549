"""Keep second factors of the web console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_207000"
down_revision = "20261123_160000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; secrets are where the other secrets are."""
    op.create_table(
        "console_second_factor",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=64), nullable=False),
        sa.Column("factor_id", sa.String(length=64), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "user_name"],
            ["account_user.account_id", "account_user.name"],
            name=op.f("fk_console_second_factor_account_id_user_name"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "user_name", name=op.f("pk_console_second_factor")),
        sa.UniqueConstraint("factor_id", name=op.f("uq_console_second_factor_factor_id")),
    )
