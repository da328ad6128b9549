"""Grants to the routers of other accounts, and the attachments that stand on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import listing, schema_grants

_ROW = schema_grants.RouterGrantRow
_LINK = schema_grants.AttachmentGrantRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Narrows a list of grants; None leaves it as it is."""

    cen_id: str | None = None
    cen_owner_id: str | None = None
    instance_id: str | None = None
    account_id: str | None = None
    region_id: str | None = None
    kind: str | None = None


def find(session: Session, instance_id: str, cen_id: str) -> schema_grants.RouterGrantRow | None:
    """Find the grant of a resource to a CEN."""
    return session.get(_ROW, (instance_id, cen_id))


def search(
    session: Session, wanted: Wanted, window: listing.Window
) -> tuple[Sequence[schema_grants.RouterGrantRow], int]:
    """Give a page of grants, oldest first, and their number."""
    statement = (
        sa.select(_ROW)
        .where(
            *listing.equal(
                (_ROW.cen_id, wanted.cen_id),
                (_ROW.cen_owner_id, wanted.cen_owner_id),
                (_ROW.instance_id, wanted.instance_id),
                (_ROW.account_id, wanted.account_id),
                (_ROW.region_id, wanted.region_id),
                (_ROW.kind, wanted.kind),
            )
        )
        .order_by(_ROW.created_at, _ROW.instance_id, _ROW.cen_id)
    )
    return listing.cut(session, statement, window)


def under(
    session: Session, attachment_ids: Collection[str]
) -> dict[str, schema_grants.RouterGrantRow]:
    """Give the grants that attachments stand on: id to grant; own resources need none."""
    rows = session.execute(
        sa.select(_LINK.attachment_id, _ROW)
        .join(_ROW, sa.and_(_ROW.instance_id == _LINK.instance_id, _ROW.cen_id == _LINK.cen_id))
        .where(_LINK.attachment_id.in_(attachment_ids))
    )
    return {attachment_id: row for attachment_id, row in rows}  # noqa: C416 - rows are not pairs


def a_user_of(session: Session, row: schema_grants.RouterGrantRow) -> str | None:
    """Name the attachment that stands on a grant."""
    return session.scalar(
        sa.select(_LINK.attachment_id).where(
            _LINK.instance_id == row.instance_id, _LINK.cen_id == row.cen_id
        )
    )


def hold(session: Session, attachment_id: str, row: schema_grants.RouterGrantRow) -> None:
    """Have an attachment stand on a grant."""
    session.add(_LINK(attachment_id=attachment_id, instance_id=row.instance_id, cen_id=row.cen_id))
    session.flush()


def drop_of_instance(session: Session, instance_id: str) -> None:
    """Remove the grants of a resource that goes."""
    session.execute(sa.delete(_ROW).where(_ROW.instance_id == instance_id))


def drop_of_cen(session: Session, cen_id: str) -> None:
    """Remove the grants to a CEN that goes."""
    session.execute(sa.delete(_ROW).where(_ROW.cen_id == cen_id))
