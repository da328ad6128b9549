"""Tables of tasks: what nodes were asked to do once, captured packets, and diagnoses."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class TunnelTaskRow(base.Row):
    """A task of a tunnel and what became of it."""

    __tablename__ = "tunnel_task"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    connection_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("vpn_connection.id", ondelete="CASCADE"), index=True
    )
    tunnel_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("tunnel.id", ondelete="CASCADE"), index=True
    )
    account_id: Mapped[base.Id]
    kind: Mapped[base.Word]
    state: Mapped[base.Word]
    capture: Mapped[base.Text | None]
    ping: Mapped[base.Text | None]
    requested_by: Mapped[base.Text]
    requested_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    overdue_at: Mapped[datetime]
    """Unfinished after this, it is lost."""
    is_stopped: Mapped[bool]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    code: Mapped[base.Word | None]
    message: Mapped[base.Text | None]
    result: Mapped[base.Text | None]
    content_bytes: Mapped[base.Counter]
    """Of a capture that is kept."""
    __table_args__ = (sa.Index(None, "account_id", "kind", "requested_at"),)


class CaptureContentRow(base.Row):
    """A part of a capture, sealed: it holds users' packets."""

    __tablename__ = "capture_content"
    task_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("tunnel_task.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class DiagnosisRow(base.Row):
    """A diagnosis of a connection: what was seen at once, and the pings that it waits for."""

    __tablename__ = "connection_diagnosis"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    connection_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("vpn_connection.id", ondelete="CASCADE"), index=True
    )
    requested_at: Mapped[datetime]
    findings: Mapped[base.Text]
    task_ids: Mapped[base.Text]
