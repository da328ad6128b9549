"""The table of BGP routes that nodes report."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base, columns


class BgpRouteRow(base.Row):
    """A route that a connection learned, refused or announces; it goes with the attachment."""

    __tablename__ = "bgp_route"
    attachment_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True
    )
    group: Mapped[base.Word] = mapped_column(primary_key=True)
    """Learned, refused or announced."""
    prefix: Mapped[IPv4Network] = mapped_column(columns.OrderedPrefix, primary_key=True)
    tunnel_ids: Mapped[base.Text]
    """With commas."""
    as_path: Mapped[base.Text]
    """Numbers with blanks."""
    communities: Mapped[base.Text]
    """With blanks."""
    refusal: Mapped[base.Word]
    """Why it is not taken; empty for routes that are."""
    origin: Mapped[base.Word]
    """As the peer said; empty where it was not told."""
    med: Mapped[base.Counter | None]
    since: Mapped[datetime]
