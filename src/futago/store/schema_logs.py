"""The table of what nodes said about negotiations, a line each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class TunnelLogRow(base.Row):
    """A line about a tunnel; it goes with the tunnel."""

    __tablename__ = "tunnel_log"
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    tunnel_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("tunnel.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    text: Mapped[base.Text]
    __table_args__ = (sa.Index(None, "tunnel_id", "at"),)
