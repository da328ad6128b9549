"""User tags of any resource, and whose resources they are on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from futago.store import base, filters, listing, schema

_ROW = schema.TagRow
_TABLE: Final = base.table(_ROW).c
_TAGS: Final = (
    sa.select(_TABLE.resource_id, _TABLE.key, _TABLE.value)
    .where(_TABLE.resource_id.in_(sa.bindparam("resource_ids", expanding=True)))
    .order_by(_TABLE.key)
)


class Kind(StrEnum):
    """What can carry tags that are put on by calls of their own."""

    CONNECTION = "connection"
    CUSTOMER_GATEWAY = "customer gateway"
    VPC = "VPC"
    VSWITCH = "vSwitch"
    CEN = "CEN"
    ROUTER = "transit router"
    ROUTE_TABLE = "route table"
    VPN_ATTACHMENT = "VPN attachment"
    VPC_ATTACHMENT = "VPC attachment"


def get_all(session: Session, resource_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Give the tags of several resources: id to pairs in order of the keys."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for resource_id, key, value in base.execute(
        session, _TAGS, {"resource_ids": list(resource_ids)}
    ):
        found[resource_id].append((key, value))
    return found


def put(session: Session, resource_id: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Add tags; a key that is there gets the new value."""
    for key, value in pairs:
        session.merge(_ROW(resource_id=resource_id, key=key, value=value))


def drop(session: Session, resource_ids: Collection[str], keys: Collection[str] = ()) -> None:
    """Remove tags with the keys, or all tags, of resources."""
    session.execute(
        sa.delete(_ROW).where(_ROW.resource_id.in_(resource_ids), *listing.among((_ROW.key, keys)))
    )


def owned(
    session: Session, owner: listing.Owner, kind: Kind, resource_ids: Collection[str]
) -> set[str]:
    """Give those of the resources that are of a kind and an owner's."""
    mine = _ids(owner, kind).subquery()
    return set(session.scalars(sa.select(mine.c.id).where(mine.c.id.in_(resource_ids))))


def search(
    session: Session,
    owner: listing.Owner,
    kind: Kind,
    wanted: tuple[Collection[str], Iterable[filters.TagMatch]],
    window: listing.Window,
) -> tuple[Sequence[schema.TagRow], int]:
    """Give a page of the tags on an owner's resources of a kind, and their number.

    Args:
        session: Where.
        owner: Whose.
        kind: What carries the tags.
        wanted: Ids, and tags that must all be there; empty means any.
        window: The page.
    """
    resource_ids, matches = wanted
    statement = (
        sa.select(_ROW)
        .where(
            _ROW.resource_id.in_(_ids(owner, kind)),
            *listing.among((_ROW.resource_id, resource_ids)),
            *_matching(matches),
        )
        .order_by(_ROW.resource_id, _ROW.key)
    )
    return listing.cut(session, statement, window)


def search_keys(
    session: Session,
    owner: listing.Owner,
    kinds: Collection[Kind],
    wanted: tuple[Collection[str], str],
    window: listing.Window,
) -> tuple[Sequence[str], int]:
    """Give a page of the distinct keys on an owner's resources, and their number.

    Args:
        session: Where.
        owner: Whose.
        kinds: What carries the tags.
        wanted: Ids, where empty means any, and a text that keys hold.
        window: The page.
    """
    resource_ids, keyword = wanted
    statement = (
        sa.select(_ROW.key)
        .distinct()
        .where(
            sa.or_(*(_ROW.resource_id.in_(_ids(owner, kind)) for kind in kinds)),
            *listing.among((_ROW.resource_id, resource_ids)),
            *([_ROW.key.contains(keyword, autoescape=True)] if keyword else []),
        )
        .order_by(_ROW.key)
    )
    return listing.cut(session, statement, window)


def _matching(matches: Iterable[filters.TagMatch]) -> list[sa.ColumnElement[bool]]:
    """Make conditions that the resource of a tag has all tags."""
    other = aliased(_ROW)
    return [
        sa.exists().where(
            other.resource_id == _ROW.resource_id,
            other.key == match.key,
            *([] if match.value is None else [other.value == match.value]),
        )
        for match in matches
    ]


def _ids(owner: listing.Owner, kind: Kind) -> sa.Select[str]:
    match kind:
        case Kind.VPN_ATTACHMENT | Kind.VPC_ATTACHMENT:
            word = "vpn" if kind is Kind.VPN_ATTACHMENT else "vpc"
            return _regional(schema.AttachmentRow, owner, schema.AttachmentRow.kind == word)
        case Kind.CEN:
            return sa.select(schema.CenRow.id).where(schema.CenRow.account_id == owner.account_id)
        case Kind.ROUTE_TABLE:
            table, router = schema.RouteTableRow, schema.RouterRow
            return sa.select(table.id).where(table.router_id.in_(_regional(router, owner)))
        case _:
            return _regional(_REGIONAL[kind], owner)


_Regional = (
    schema.ConnectionRow
    | schema.CustomerGatewayRow
    | schema.VpcRow
    | schema.VSwitchRow
    | schema.RouterRow
    | schema.AttachmentRow
)
_REGIONAL: Final[dict[Kind, type[_Regional]]] = {
    Kind.CONNECTION: schema.ConnectionRow,
    Kind.CUSTOMER_GATEWAY: schema.CustomerGatewayRow,
    Kind.VPC: schema.VpcRow,
    Kind.VSWITCH: schema.VSwitchRow,
    Kind.ROUTER: schema.RouterRow,
}


def _regional(
    row: type[_Regional], owner: listing.Owner, *more: sa.ColumnElement[bool]
) -> sa.Select[str]:
    return sa.select(row.id).where(
        row.account_id == owner.account_id, row.region_id == owner.region_id, *more
    )
