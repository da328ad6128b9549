"""Attachments, their associations and propagations, and destination routes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import filters, listing, schema, schema_grants

_ROW = schema.AttachmentRow
_ZONE = schema.AttachmentZoneRow
_ASSOCIATION = schema.AssociationRow
_PROPAGATION = schema.PropagationRow
_DESTINATION = schema.DestinationRow
_GRANT = schema_grants.AttachmentGrantRow

_OF_RESOURCES: Final = (
    sa.select(_ROW, schema.RouterRow)
    .join(schema.RouterRow, schema.RouterRow.id == _ROW.router_id)
    .where(_ROW.resource_id.in_(sa.bindparam("resource_ids", expanding=True)))
)
_OF_RESOURCE: Final = sa.select(_ROW).where(_ROW.resource_id == sa.bindparam("resource_id"))

BindingT = TypeVar("BindingT", schema.AssociationRow, schema.PropagationRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter for one kind of attachment."""

    kind: str
    filter: filters.AttachmentFilter


def find(session: Session, owner: listing.Owner, attachment_id: str) -> schema.AttachmentRow | None:
    """Find an attachment of an account and region."""
    row = session.get(_ROW, attachment_id)
    if row is None or (row.account_id, row.region_id) != (owner.account_id, owner.region_id):
        return None
    return row


def of_resource(session: Session, resource_id: str) -> schema.AttachmentRow | None:
    """Find the attachment of a connection or VPC."""
    return session.scalar(_OF_RESOURCE, {"resource_id": resource_id})


def of_resources(
    session: Session, resource_ids: Collection[str]
) -> dict[str, tuple[schema.AttachmentRow, schema.RouterRow]]:
    """Give the attachments of several resources: id to attachment and router."""
    rows = session.execute(_OF_RESOURCES, {"resource_ids": list(resource_ids)})
    return {row.resource_id: (row, router_row) for row, router_row in rows}


def of_router(session: Session, router_id: str) -> Sequence[schema.AttachmentRow]:
    """Give all attachments of a router, oldest first."""
    return session.scalars(
        sa.select(_ROW).where(_ROW.router_id == router_id).order_by(_ROW.created_at, _ROW.id)
    ).all()


def count(session: Session, router_id: str, kind: str) -> int:
    """Count the attachments of one kind on a router."""
    statement = (
        sa.select(sa.func.count())
        .select_from(_ROW)
        .where(_ROW.router_id == router_id, _ROW.kind == kind)
    )
    return session.scalar(statement) or 0


def by_ids(session: Session, attachment_ids: Collection[str]) -> dict[str, schema.AttachmentRow]:
    """Give attachments by id."""
    rows = session.scalars(sa.select(_ROW).where(_ROW.id.in_(attachment_ids)))
    return {row.id: row for row in rows}


def search(
    session: Session, owner: listing.Owner, wanted: Wanted, window: listing.Window
) -> tuple[Sequence[schema.AttachmentRow], int]:
    """Give a page of attachments of a kind, oldest first, and their number."""
    router = schema.RouterRow
    filter_ = wanted.filter
    statement = (
        sa.select(_ROW)
        .join(router, router.id == _ROW.router_id)
        .where(
            _ROW.account_id == owner.account_id,
            _ROW.region_id == owner.region_id,
            _ROW.kind == wanted.kind,
            *listing.equal(
                (_ROW.id, filter_.attachment_id),
                (_ROW.router_id, filter_.router_id),
                (_ROW.resource_id, filter_.resource_id),
                (router.cen_id, filter_.cen_id),
            ),
            *listing.tagged(_ROW.id, filter_.tags),
        )
        .order_by(_ROW.created_at, _ROW.id)
    )
    return listing.cut(session, statement, window)


def zones_of(session: Session, attachment_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Give the zone mappings of attachments: id to zone and vSwitch."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = session.scalars(
        sa.select(_ZONE).where(_ZONE.attachment_id.in_(attachment_ids)).order_by(_ZONE.zone_id)
    )
    for row in rows:
        found[row.attachment_id].append((row.zone_id, row.vswitch_id))
    return found


def a_user_of_vswitch(session: Session, vswitch_id: str) -> str | None:
    """Name an attachment that uses a vSwitch."""
    return session.scalar(
        sa.select(_ZONE.attachment_id).where(_ZONE.vswitch_id == vswitch_id).limit(1)
    )


def associations_of(
    session: Session, attachment_ids: Collection[str]
) -> Sequence[schema.AssociationRow]:
    """Give the associations of attachments."""
    return session.scalars(
        sa.select(_ASSOCIATION).where(_ASSOCIATION.attachment_id.in_(attachment_ids))
    ).all()


def propagations_of(
    session: Session, attachment_ids: Collection[str]
) -> Sequence[schema.PropagationRow]:
    """Give the propagations of attachments."""
    return session.scalars(
        sa.select(_PROPAGATION)
        .where(_PROPAGATION.attachment_id.in_(attachment_ids))
        .order_by(_PROPAGATION.attachment_id, _PROPAGATION.table_id)
    ).all()


def staying_associations(session: Session, router_id: str) -> Sequence[tuple[str, str]]:
    """Give attachment and table of a router's associations that stay."""
    return _staying_bindings(session, _ASSOCIATION, router_id)


def staying_propagations(session: Session, router_id: str) -> Sequence[tuple[str, str]]:
    """Give attachment and table of a router's propagations that stay."""
    return _staying_bindings(session, _PROPAGATION, router_id)


def _staying_bindings(
    session: Session,
    table: type[schema.AssociationRow | schema.PropagationRow],
    router_id: str,
) -> Sequence[tuple[str, str]]:
    # Columns, not rows: a router is compiled at each change of anything on it.
    found = session.execute(
        sa.select(table.attachment_id, table.table_id)
        .join(_ROW, _ROW.id == table.attachment_id)
        .where(_ROW.router_id == router_id, table.deleting.is_(False))
        .order_by(table.attachment_id, table.table_id)
    )
    return [(attachment_id, table_id) for attachment_id, table_id in found]


def staying_destinations(session: Session, router_id: str) -> Sequence[tuple[str, IPv4Network]]:
    """Give connection and prefix of a router's destination routes that stay, oldest first."""
    found = session.execute(
        sa.select(_DESTINATION.connection_id, _DESTINATION.prefix)
        .join(_ROW, _ROW.resource_id == _DESTINATION.connection_id)
        .where(_ROW.router_id == router_id, _DESTINATION.deleting.is_(False))
        .order_by(_DESTINATION.connection_id, _DESTINATION.created_at, _DESTINATION.prefix)
    )
    return [(connection_id, prefix) for connection_id, prefix in found]


def propagated_to(
    session: Session, table_id: str
) -> Sequence[tuple[schema.PropagationRow, schema.AttachmentRow]]:
    """Give what a table learns from."""
    rows = session.execute(
        sa.select(_PROPAGATION, _ROW)
        .join(_ROW, _ROW.id == _PROPAGATION.attachment_id)
        .where(_PROPAGATION.table_id == table_id)
        .order_by(_ROW.created_at, _ROW.id)
    )
    return [(propagation, row) for propagation, row in rows]


def search_bindings(
    session: Session,
    owner: listing.Owner,
    binding: type[BindingT],
    wanted: filters.BindingFilter,
    window: listing.Window,
) -> tuple[Sequence[BindingT], int]:
    """Give a page of associations or propagations, oldest first, and their number."""
    statement = (
        sa.select(binding)
        .join(_ROW, _ROW.id == binding.attachment_id)
        .where(
            _ROW.account_id == owner.account_id,
            _ROW.region_id == owner.region_id,
            *listing.equal(
                (binding.table_id, wanted.table_id),
                (_ROW.id, wanted.attachment_id),
                (_ROW.resource_id, wanted.resource_id),
            ),
        )
        .order_by(binding.created_at, binding.attachment_id, binding.table_id)
    )
    return listing.cut(session, statement, window)


def destinations_of(
    session: Session, connection_ids: Collection[str]
) -> Sequence[schema.DestinationRow]:
    """Give the destination routes of connections, oldest first."""
    return session.scalars(
        sa.select(_DESTINATION)
        .where(_DESTINATION.connection_id.in_(connection_ids))
        .order_by(
            _DESTINATION.connection_id,
            _DESTINATION.created_at,
            _DESTINATION.prefix,
        )
    ).all()


def count_destinations(
    session: Session, router_id: str, prefix: IPv4Network, *, besides: str
) -> int:
    """Count the connections of a router, besides one, whose route to a prefix stays."""
    statement = (
        sa.select(sa.func.count())
        .select_from(_DESTINATION)
        .join(_ROW, _ROW.resource_id == _DESTINATION.connection_id)
        .where(
            _ROW.router_id == router_id,
            _DESTINATION.prefix == prefix,
            _DESTINATION.deleting.is_(False),
            _DESTINATION.connection_id != besides,
        )
    )
    return session.scalar(statement) or 0


def drop(session: Session, row: schema.AttachmentRow) -> None:
    """Remove an attachment with everything that hangs on it."""
    session.flush()
    for table in (_ASSOCIATION, _PROPAGATION, _ZONE, _GRANT, schema.RouteEntryRow):
        session.execute(sa.delete(table).where(table.attachment_id == row.id))
    session.execute(sa.delete(_DESTINATION).where(_DESTINATION.connection_id == row.resource_id))
    session.delete(row)
    session.flush()


def drop_over(session: Session, attachment_ids: Collection[str], applied: int) -> None:
    """Remove associations and propagations that shall go and that the router no longer has."""
    for table in (_ASSOCIATION, _PROPAGATION):
        session.execute(
            sa.delete(table).where(
                table.attachment_id.in_(attachment_ids),
                table.deleting.is_(True),
                table.router_generation <= applied,
            )
        )


def drop_destinations_over(session: Session, connection_ids: Collection[str], applied: int) -> None:
    """Remove destination routes that shall go and that the router no longer has."""
    session.execute(
        sa.delete(_DESTINATION).where(
            _DESTINATION.connection_id.in_(connection_ids),
            _DESTINATION.deleting.is_(True),
            _DESTINATION.router_generation <= applied,
        )
    )


def first_vpn_since(
    session: Session, router_id: str, since: datetime
) -> schema.AttachmentRow | None:
    """Find the oldest VPN attachment that a router got at a time or later."""
    return session.scalar(
        sa.select(_ROW)
        .where(_ROW.router_id == router_id, _ROW.kind == "vpn", _ROW.created_at >= since)
        .order_by(_ROW.created_at, _ROW.id)
        .limit(1)
    )


def map_zone(session: Session, attachment_id: str, zone_id: str, vswitch_id: str) -> None:
    """Give an attachment a vSwitch in a zone."""
    session.add(_ZONE(attachment_id=attachment_id, zone_id=zone_id, vswitch_id=vswitch_id))


def unmap_zone(session: Session, attachment_id: str, zone_id: str) -> None:
    """Take the vSwitch of an attachment in a zone away."""
    session.execute(
        sa.delete(_ZONE).where(_ZONE.attachment_id == attachment_id, _ZONE.zone_id == zone_id)
    )
