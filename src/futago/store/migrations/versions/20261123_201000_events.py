"""Keep events, what was told so far, and samples for charts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_201000"
down_revision = "20261123_202000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _create_events()
    op.create_table(
        "event_state",
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("calm_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("resource_id", name=op.f("pk_event_state")),
    )
    op.create_index(op.f("ix_event_state_calm_at"), "event_state", ["calm_at"])
    op.create_table(
        "event_count",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_count")),
    )
    _create_samples()


def _create_events() -> None:
    op.create_table(
        "event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("watcher_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_event_account_id_at"), "event", ["account_id", "at"])
    op.create_index(op.f("ix_event_watcher_id_at"), "event", ["watcher_id", "at"])


def _create_samples() -> None:
    op.create_table(
        "sample_series",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tunnel_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_series")),
        sa.UniqueConstraint("tunnel_id", name=op.f("uq_sample_series_tunnel_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tunnel_sample",
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sent_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_packets", sa.BigInteger(), nullable=False),
        sa.Column("sent_packets", sa.BigInteger(), nullable=False),
        sa.Column("round_trip_us", sa.Integer(), nullable=True),
        sa.Column("loss_permille", sa.Integer(), nullable=True),
        sa.Column("up_permille", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("series_id", "minute", name=op.f("pk_tunnel_sample")),
        sqlite_with_rowid=False,
    )
