"""The tables of cross-account use and of resource groups.

A grant opens a connection or VPC to the transit routers of another account's CEN. An attachment
that stands on a grant holds it by a foreign key, so that no order of events, and no second writer,
leaves an attachment whose grant is gone.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class RouterGrantRow(base.Row):
    """A resource that the routers of another account's CEN may attach."""

    __tablename__ = "router_grant"
    instance_id: Mapped[base.Id] = mapped_column(primary_key=True)
    cen_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("cen.id"), primary_key=True)
    cen_owner_id: Mapped[base.Id]
    account_id: Mapped[base.Id]
    """The owner of the resource."""
    region_id: Mapped[base.Id]
    kind: Mapped[base.Word]
    payer: Mapped[base.Word]
    created_at: Mapped[datetime]
    __table_args__ = (sa.Index(None, "cen_id", "created_at"),)


class AttachmentGrantRow(base.Row):
    """The grant that an attachment of another account's resource stands on."""

    __tablename__ = "attachment_grant"
    attachment_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("attachment.id"), primary_key=True)
    instance_id: Mapped[base.Id]
    cen_id: Mapped[base.Id]
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["instance_id", "cen_id"], ["router_grant.instance_id", "router_grant.cen_id"]
        ),
        sa.Index(None, "instance_id", "cen_id"),
    )


class ResourceGroupRow(base.Row):
    """A group that an account sorts its resources into."""

    __tablename__ = "resource_group"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    name: Mapped[base.Text]
    display_name: Mapped[base.Text]
    created_at: Mapped[datetime]
    __table_args__ = (sa.UniqueConstraint("account_id", "name"),)
