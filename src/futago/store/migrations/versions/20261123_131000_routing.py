"""Nothing yet."""

from __future__ import annotations

revision = "20261123_131000"
down_revision = "20261123_130000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""
