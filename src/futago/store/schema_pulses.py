"""The table of what is measured of tunnels all the time: the last values only."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class TunnelPulseRow(base.Row):
    """The last measured values of a tunnel; it goes with the tunnel."""

    __tablename__ = "tunnel_pulse"
    tunnel_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("tunnel.id", ondelete="CASCADE"), primary_key=True
    )
    connection_id: Mapped[base.Id] = mapped_column(index=True)
    body: Mapped[base.Text]
