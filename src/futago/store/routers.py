"""CENs, transit routers, their address blocks and route tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import filters, listing, schema

_CEN = schema.CenRow
_ROW = schema.RouterRow
_CIDR = schema.RouterCidrRow
_TABLE = schema.RouteTableRow


def find_cen(session: Session, owner: listing.Owner, cen_id: str) -> schema.CenRow | None:
    """Find a CEN of an account."""
    row = session.get(_CEN, cen_id)
    return row if row and row.account_id == owner.account_id else None


def search_cens(
    session: Session, owner: listing.Owner, wanted: filters.CenFilter, window: listing.Window
) -> tuple[Sequence[schema.CenRow], int]:
    """Give a page of CENs, oldest first, and their number."""
    statement = (
        sa.select(_CEN)
        .where(
            _CEN.account_id == owner.account_id,
            *listing.among((_CEN.id, wanted.cen_ids), (_CEN.name, wanted.names)),
            *listing.equal((_CEN.resource_group, wanted.resource_group)),
            *listing.tagged(_CEN.id, wanted.tags),
            *listing.holding(wanted.keyword, _CEN.id, _CEN.name),
        )
        .order_by(_CEN.created_at, _CEN.id)
    )
    return listing.cut(session, statement, window)


def find(session: Session, owner: listing.Owner, router_id: str) -> schema.RouterRow | None:
    """Find a router of an account and region."""
    row = session.get(_ROW, router_id)
    if row is None or (row.account_id, row.region_id) != (owner.account_id, owner.region_id):
        return None
    return row


def of_cen(session: Session, cen_id: str, region_id: str | None = None) -> schema.RouterRow | None:
    """Find a router of a CEN, in one region or any."""
    return session.scalar(
        sa.select(_ROW)
        .where(_ROW.cen_id == cen_id, *listing.equal((_ROW.region_id, region_id)))
        .limit(1)
    )


def search(
    session: Session, owner: listing.Owner, wanted: filters.RouterFilter, window: listing.Window
) -> tuple[Sequence[schema.RouterRow], int]:
    """Give a page of routers, oldest first, and their number."""
    statement = (
        sa.select(_ROW)
        .where(
            _ROW.account_id == owner.account_id,
            _ROW.region_id == owner.region_id,
            *listing.equal(
                (_ROW.id, wanted.router_id), (_ROW.cen_id, wanted.cen_id), (_ROW.name, wanted.name)
            ),
            *listing.tagged(_ROW.id, wanted.tags),
            *listing.holding(wanted.keyword, _ROW.id, _ROW.name, _ROW.cen_id),
        )
        .order_by(_ROW.created_at, _ROW.id)
    )
    return listing.cut(session, statement, window)


def cidrs_of(
    session: Session, router_ids: Collection[str]
) -> dict[str, list[schema.RouterCidrRow]]:
    """Give the address blocks of several routers: id to blocks, oldest first."""
    found: dict[str, list[schema.RouterCidrRow]] = defaultdict(list)
    statement = (
        sa.select(_CIDR).where(_CIDR.router_id.in_(router_ids)).order_by(_CIDR.created_at, _CIDR.id)
    )
    for row in session.scalars(statement):
        found[row.router_id].append(row)
    return found


def cidrs_of_cen(session: Session, cen_id: str) -> Sequence[schema.RouterCidrRow]:
    """Give the address blocks of all routers of a CEN."""
    return session.scalars(
        sa.select(_CIDR).join(_ROW, _ROW.id == _CIDR.router_id).where(_ROW.cen_id == cen_id)
    ).all()


def tables_of(session: Session, router_id: str) -> Sequence[schema.RouteTableRow]:
    """Give the route tables of a router in order of their kernel tables."""
    return session.scalars(
        sa.select(_TABLE).where(_TABLE.router_id == router_id).order_by(_TABLE.kernel_table)
    ).all()


def find_table(
    session: Session, owner: listing.Owner, table_id: str
) -> schema.RouteTableRow | None:
    """Find a route table of an account and region."""
    return session.scalar(
        sa.select(_TABLE)
        .join(_ROW, _ROW.id == _TABLE.router_id)
        .where(
            _TABLE.id == table_id,
            _ROW.account_id == owner.account_id,
            _ROW.region_id == owner.region_id,
        )
    )


def search_tables(
    session: Session,
    owner: listing.Owner,
    wanted: filters.RouteTableFilter,
    window: listing.Window,
) -> tuple[Sequence[schema.RouteTableRow], int]:
    """Give a page of route tables and their number."""
    statement = (
        sa.select(_TABLE)
        .join(_ROW, _ROW.id == _TABLE.router_id)
        .where(
            _ROW.account_id == owner.account_id,
            _ROW.region_id == owner.region_id,
            *listing.equal(
                (_TABLE.router_id, wanted.router_id), (_TABLE.is_system, wanted.is_system)
            ),
            *listing.among((_TABLE.id, wanted.table_ids), (_TABLE.name, wanted.names)),
            *listing.tagged(_TABLE.id, wanted.tags),
        )
        .order_by(_TABLE.created_at, _TABLE.id)
    )
    return listing.cut(session, statement, window)


def tables_over(session: Session, router_id: str, applied: int) -> Sequence[schema.RouteTableRow]:
    """Give the tables that shall go and that the router no longer has."""
    return session.scalars(
        sa.select(_TABLE).where(
            _TABLE.router_id == router_id,
            _TABLE.deleting.is_(True),
            _TABLE.router_generation <= applied,
        )
    ).all()


def drop(session: Session, row: schema.RouterRow) -> None:
    """Remove a router without attachments, with its tables, routes and address blocks."""
    session.flush()
    tables = sa.select(_TABLE.id).where(_TABLE.router_id == row.id)
    session.execute(
        sa.delete(schema.RouteEntryRow).where(schema.RouteEntryRow.table_id.in_(tables))
    )
    session.execute(sa.delete(_TABLE).where(_TABLE.router_id == row.id))
    session.execute(sa.delete(_CIDR).where(_CIDR.router_id == row.id))
    session.delete(row)
    session.flush()
