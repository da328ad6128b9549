"""The tables of events, of what was told so far, of webhooks, and of samples for charts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class EventRow(base.Row):
    """Something that changed. It outlives its resource; numbers are never given twice."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime]
    account_id: Mapped[base.Id]
    watcher_id: Mapped[base.Id | None]
    """Another account that the event concerns: the CEN's owner."""
    name: Mapped[base.Word]
    severity: Mapped[base.Word]
    resource_id: Mapped[base.Id]
    connection_id: Mapped[base.Id | None]
    before: Mapped[base.Text]
    after: Mapped[base.Text]
    reason: Mapped[base.Text]
    text: Mapped[base.Text]
    count: Mapped[int]
    """Changes that it stands for."""
    last_at: Mapped[datetime]
    __table_args__ = (
        sa.Index(None, "account_id", "at"),
        sa.Index(None, "watcher_id", "at"),
        {"sqlite_autoincrement": True},
    )


class EventStateRow(base.Row):
    """What was told last of a connection or node, as JSON."""

    __tablename__ = "event_state"
    resource_id: Mapped[base.Id] = mapped_column(primary_key=True)
    body: Mapped[base.Text]
    calm_at: Mapped[datetime | None] = mapped_column(index=True)
    """When somebody has to look again, though nothing changes."""


class EventCountRow(base.Row):
    """How many events of a name there were, for metrics."""

    __tablename__ = "event_count"
    name: Mapped[base.Word] = mapped_column(primary_key=True)
    count: Mapped[base.Counter]


class SampleSeriesRow(base.Row):
    """The short number of a tunnel in `tunnel_sample`."""

    __tablename__ = "sample_series"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    tunnel_id: Mapped[base.Id] = mapped_column(unique=True)
    __table_args__ = ({"sqlite_autoincrement": True},)


class TunnelSampleRow(base.Row):
    """A minute of a tunnel: its counters at the end, and what was seen meanwhile."""

    __tablename__ = "tunnel_sample"
    series_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Minutes since 1970 in UTC."""
    received_bytes: Mapped[base.Counter]
    sent_bytes: Mapped[base.Counter]
    received_packets: Mapped[base.Counter]
    sent_packets: Mapped[base.Counter]
    round_trip_us: Mapped[int | None]
    loss_permille: Mapped[int | None]
    up_permille: Mapped[int | None]
    __table_args__ = ({"sqlite_with_rowid": False},)
