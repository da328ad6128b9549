"""VPCs and vSwitches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from ipaddress import IPv4Network

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import filters, listing, schema

_ROW = schema.VpcRow
_VSWITCH = schema.VSwitchRow


def find(session: Session, owner: listing.Owner, vpc_id: str) -> schema.VpcRow | None:
    """Find a VPC of an account and region."""
    row = session.get(_ROW, vpc_id)
    if row is None or (row.account_id, row.region_id) != (owner.account_id, owner.region_id):
        return None
    return row


def search(
    session: Session, owner: listing.Owner, wanted: filters.VpcFilter, window: listing.Window
) -> tuple[Sequence[schema.VpcRow], int]:
    """Give a page of VPCs, oldest first, and their number."""
    statement = (
        sa.select(_ROW)
        .where(
            _ROW.account_id == owner.account_id,
            _ROW.region_id == owner.region_id,
            *listing.among((_ROW.id, wanted.vpc_ids)),
            *listing.equal((_ROW.name, wanted.name), (_ROW.resource_group, wanted.resource_group)),
            *listing.tagged(_ROW.id, wanted.tags),
            *listing.holding(wanted.keyword, _ROW.id, _ROW.name, _ROW.prefix),
        )
        .order_by(_ROW.created_at, _ROW.id)
    )
    return listing.cut(session, statement, window)


def find_vswitch(
    session: Session, owner: listing.Owner, vswitch_id: str
) -> schema.VSwitchRow | None:
    """Find a vSwitch of an account and region."""
    row = session.get(_VSWITCH, vswitch_id)
    if row is None or (row.account_id, row.region_id) != (owner.account_id, owner.region_id):
        return None
    return row


def vswitches_of(session: Session, vpc_ids: Collection[str]) -> dict[str, list[schema.VSwitchRow]]:
    """Give the vSwitches of several VPCs: id to vSwitches, oldest first."""
    found: dict[str, list[schema.VSwitchRow]] = defaultdict(list)
    statement = (
        sa.select(_VSWITCH)
        .where(_VSWITCH.vpc_id.in_(vpc_ids))
        .order_by(_VSWITCH.created_at, _VSWITCH.id)
    )
    for row in session.scalars(statement):
        found[row.vpc_id].append(row)
    return found


def search_vswitches(
    session: Session, owner: listing.Owner, wanted: filters.VSwitchFilter, window: listing.Window
) -> tuple[Sequence[schema.VSwitchRow], int]:
    """Give a page of vSwitches, oldest first, and their number."""
    statement = (
        sa.select(_VSWITCH)
        .where(
            _VSWITCH.account_id == owner.account_id,
            _VSWITCH.region_id == owner.region_id,
            *listing.equal(
                (_VSWITCH.id, wanted.vswitch_id),
                (_VSWITCH.vpc_id, wanted.vpc_id),
                (_VSWITCH.zone_id, wanted.zone_id),
                (_VSWITCH.name, wanted.name),
                (_VSWITCH.resource_group, wanted.resource_group),
            ),
            *listing.tagged(_VSWITCH.id, wanted.tags),
            *listing.holding(
                wanted.keyword, _VSWITCH.id, _VSWITCH.name, _VSWITCH.vpc_id, _VSWITCH.prefix
            ),
        )
        .order_by(_VSWITCH.created_at, _VSWITCH.id)
    )
    return listing.cut(session, statement, window)


def prefixes_on_router(session: Session, router_id: str) -> dict[IPv4Network, str]:
    """Give the prefixes of the VPCs on a router with the ids of the VPCs."""
    attachment = schema.AttachmentRow
    rows = session.execute(
        sa.select(_ROW.prefix, _ROW.id)
        .join(attachment, attachment.resource_id == _ROW.id)
        .where(attachment.router_id == router_id)
    )
    return {prefix: vpc_id for prefix, vpc_id in rows}  # noqa: C416 - rows are not pairs to mypy
