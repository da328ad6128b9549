"""Index long lists in the order of their pages, so that a page is read without sorting.

The id decides between things of one moment.
"""

from __future__ import annotations

from alembic import op

revision = "20261123_208000"
down_revision = "20261123_205000"
branch_labels = None
depends_on = None

_BEFORE = "ix_vpn_connection_account_id_region_id_created_at"
_COLUMNS = ("account_id", "region_id", "created_at", "id")


def upgrade() -> None:
    """Add the id to the index of connections, and make one of customer gateways."""
    for table in ("vpn_connection", "customer_gateway"):
        name = op.f(f"ix_{table}_{'_'.join(_COLUMNS)}")
        op.create_index(name, table, list(_COLUMNS), unique=False)
    op.drop_index(op.f(_BEFORE), table_name="vpn_connection")
