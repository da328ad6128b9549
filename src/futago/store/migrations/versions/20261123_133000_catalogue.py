"""Nothing yet."""

from __future__ import annotations

revision = "20261123_133000"
down_revision = "20261123_132000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""
