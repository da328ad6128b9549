"""The table of why tunnels failed, a row for each time that a reason held."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class TunnelReasonRow(base.Row):
    """A reason and when it held; it goes with the tunnel."""

    __tablename__ = "tunnel_reason"
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    tunnel_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("tunnel.id", ondelete="CASCADE"))
    code: Mapped[base.Word]
    phase: Mapped[base.Word]
    setting: Mapped[base.Word | None]
    severity: Mapped[base.Word]
    ours: Mapped[base.Text]
    theirs: Mapped[base.Text]
    evidence: Mapped[base.Text]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    count: Mapped[int]
    cleared_at: Mapped[datetime | None]
    """None while it holds."""
    __table_args__ = (sa.Index(None, "tunnel_id", "last_seen"),)
