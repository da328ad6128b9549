"""Whether anything of a resource is marked to go, by one query.

Most reports follow a change that removes nothing; they must not cost what a removal costs.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema, schema_routes


def router(session: Session, router_id: str) -> bool:
    """Tell whether a router, or anything on it, is marked to go or is already gone."""
    row = schema.RouterRow
    attached = sa.select(schema.AttachmentRow.id).where(schema.AttachmentRow.router_id == router_id)
    bound = sa.select(schema.AttachmentRow.resource_id).where(
        schema.AttachmentRow.router_id == router_id
    )
    tables = sa.select(schema.RouteTableRow.id).where(schema.RouteTableRow.router_id == router_id)
    association, propagation = schema.AssociationRow, schema.PropagationRow
    destination, entry = schema.DestinationRow, schema_routes.RouteEntryRow
    leaving = (
        sa.exists().where(
            schema.AttachmentRow.router_id == router_id, schema.AttachmentRow.deleting.is_(True)
        ),
        sa.exists().where(association.attachment_id.in_(attached), association.deleting.is_(True)),
        sa.exists().where(propagation.attachment_id.in_(attached), propagation.deleting.is_(True)),
        sa.exists().where(destination.connection_id.in_(bound), destination.deleting.is_(True)),
        sa.exists().where(entry.table_id.in_(tables), entry.deleting.is_(True)),
        sa.exists().where(
            schema.RouteTableRow.router_id == router_id, schema.RouteTableRow.deleting.is_(True)
        ),
    )
    stays = sa.exists().where(row.id == router_id, row.deleting.is_(False))
    return bool(session.scalar(sa.select(sa.or_(sa.not_(stays), *leaving))))


def connection(session: Session, connection_id: str) -> bool:
    """Tell whether a connection's attachment is marked to go or is already gone."""
    row = schema.AttachmentRow
    stays = sa.exists().where(row.resource_id == connection_id, row.deleting.is_(False))
    return not session.scalar(sa.select(stays))


def vpc(session: Session, vpc_id: str) -> bool:
    """Tell whether a VPC is marked to go or is already gone."""
    row = schema.VpcRow
    stays = sa.exists().where(row.id == vpc_id, row.deleting.is_(False))
    return not session.scalar(sa.select(stays))
