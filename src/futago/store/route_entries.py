"""Static routes, and what depends on a route table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import IPv4Network

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import listing, schema

_ROW = schema.RouteEntryRow
_TABLE = schema.RouteTableRow
_ROUTER = schema.RouterRow


def find(session: Session, owner: listing.Owner, entry_id: str) -> schema.RouteEntryRow | None:
    """Find a static route of an account and region."""
    return session.scalar(
        sa.select(_ROW)
        .join(_TABLE, _TABLE.id == _ROW.table_id)
        .join(_ROUTER, _ROUTER.id == _TABLE.router_id)
        .where(
            _ROW.id == entry_id,
            _ROUTER.account_id == owner.account_id,
            _ROUTER.region_id == owner.region_id,
        )
    )


def of_prefix(session: Session, table_id: str, prefix: IPv4Network) -> schema.RouteEntryRow | None:
    """Find the static route of a table to a prefix."""
    return session.scalar(sa.select(_ROW).where(_ROW.table_id == table_id, _ROW.prefix == prefix))


def of_table(session: Session, table_id: str) -> Sequence[schema.RouteEntryRow]:
    """Give the static routes of a table, oldest first."""
    return session.scalars(
        sa.select(_ROW).where(_ROW.table_id == table_id).order_by(_ROW.created_at, _ROW.id)
    ).all()


def of_tables(session: Session, table_ids: Collection[str]) -> Sequence[schema.RouteEntryRow]:
    """Give the static routes of several tables in order of table and prefix."""
    return session.scalars(
        sa.select(_ROW).where(_ROW.table_id.in_(table_ids)).order_by(_ROW.table_id, _ROW.prefix)
    ).all()


def of_router(session: Session, router_id: str) -> Sequence[schema.RouteEntryRow]:
    """Give the static routes of all tables of a router in order of table and prefix."""
    return session.scalars(
        sa.select(_ROW)
        .join(_TABLE, _TABLE.id == _ROW.table_id)
        .where(_TABLE.router_id == router_id)
        .order_by(_ROW.table_id, _ROW.prefix)
    ).all()


def of_attachment(session: Session, attachment_id: str) -> Sequence[schema.RouteEntryRow]:
    """Give the static routes that lead to an attachment."""
    return session.scalars(sa.select(_ROW).where(_ROW.attachment_id == attachment_id)).all()


def count(session: Session, table_id: str) -> int:
    """Count the static routes of a table."""
    statement = sa.select(sa.func.count()).select_from(_ROW).where(_ROW.table_id == table_id)
    return session.scalar(statement) or 0


def drop_over(session: Session, router_id: str, applied: int) -> None:
    """Remove the static routes that shall go and that the router no longer has."""
    tables = sa.select(_TABLE.id).where(_TABLE.router_id == router_id)
    session.execute(
        sa.delete(_ROW).where(
            _ROW.table_id.in_(tables), _ROW.deleting.is_(True), _ROW.router_generation <= applied
        )
    )


def an_associated(session: Session, table_id: str) -> str | None:
    """Name an attachment that is associated with a table, or still is while that ends."""
    row = schema.AssociationRow
    return session.scalar(sa.select(row.attachment_id).where(row.table_id == table_id).limit(1))


def a_propagating(session: Session, table_id: str) -> str | None:
    """Name an attachment that propagates to a table, or still does while that ends."""
    row = schema.PropagationRow
    return session.scalar(sa.select(row.attachment_id).where(row.table_id == table_id).limit(1))


def a_moving(session: Session, router_id: str, applied: int) -> str | None:
    """Name an attachment whose association the router has not taken over yet."""
    row, attachment = schema.AssociationRow, schema.AttachmentRow
    return session.scalar(
        sa.select(row.attachment_id)
        .join(attachment, attachment.id == row.attachment_id)
        .where(
            attachment.router_id == router_id,
            row.deleting.is_(False),
            row.router_generation > applied,
        )
        .limit(1)
    )
