"""The tables of static routes."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class RouteEntryRow(base.Row):
    """A static route of a route table; without an attachment it is a blackhole."""

    __tablename__ = "route_entry"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    table_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("route_table.id"))
    prefix: Mapped[IPv4Network]
    attachment_id: Mapped[base.Id | None] = mapped_column(
        sa.ForeignKey("attachment.id"), index=True
    )
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    created_at: Mapped[datetime]
    deleting: Mapped[bool]
    router_generation: Mapped[base.Counter]
    __table_args__ = (sa.UniqueConstraint("table_id", "prefix"),)
