"""Customer gateways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, filters, listing, schema

GatewayColumns: TypeAlias = schema.CustomerGatewayRow | sa.Row[*tuple[Any, ...]]
"""A customer gateway to change, or the same columns to read."""
_ROW = schema.CustomerGatewayRow
_TABLE: Final = base.table(_ROW)
_OCTETS: Final = 4
_LARGEST_OCTET: Final = 255
_PEER: Final = sa.select(_TABLE.c.address, _TABLE.c.asn).where(
    _TABLE.c.id == sa.bindparam("id"),
    _TABLE.c.account_id == sa.bindparam("account_id"),
    _TABLE.c.region_id == sa.bindparam("region_id"),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """What a tunnel needs of its customer gateway."""

    address: IPv4Address
    asn: int | None


def find(
    session: Session, owner: listing.Owner, gateway_id: str
) -> schema.CustomerGatewayRow | None:
    """Find a customer gateway of an account and region."""
    row = session.get(_ROW, gateway_id)
    return row if row and _owned(row, owner) else None


def peer(session: Session, owner: listing.Owner, gateway_id: str) -> Peer | None:
    """Find what a tunnel needs of a customer gateway of an account and region."""
    keys = {"id": gateway_id, "account_id": owner.account_id, "region_id": owner.region_id}
    found = base.execute(session, _PEER, keys).first()
    return Peer(*found) if found else None


def find_by_address(
    session: Session, owner: listing.Owner, address: IPv4Address
) -> schema.CustomerGatewayRow | None:
    """Find the customer gateway that has an address."""
    return session.scalar(sa.select(_ROW).where(*_of(owner), _ROW.address == address))


def search(
    session: Session,
    owner: listing.Owner,
    wanted: filters.CustomerGatewayFilter,
    window: listing.Window,
) -> tuple[Sequence[GatewayColumns], int]:
    """Give a page of customer gateways, oldest first, and their number."""
    conditions = [
        *_of(owner),
        *listing.equal(
            (_ROW.id, wanted.customer_gateway_id), (_ROW.resource_group, wanted.resource_group)
        ),
        *listing.tagged(_ROW.id, wanted.tags),
        *_holding(wanted.keyword),
    ]
    return listing.cut_columns(session, _TABLE, conditions, window)


def _holding(keyword: str | None) -> list[sa.ColumnElement[bool]]:
    """Look for a text in ids and names, and for the octets that an address begins with."""
    found = listing.holding(keyword, _ROW.id, _ROW.name)
    octets = (keyword or "").rstrip(".").split(".")
    if len(octets) <= _OCTETS and all(each.isascii() and each.isdigit() for each in octets):
        numbers = [int(each) for each in octets]
        if max(numbers) <= _LARGEST_OCTET:
            free = _OCTETS - len(numbers)
            first, last = (bytes(numbers + [fill] * free) for fill in (0, _LARGEST_OCTET))
            inside = _ROW.address.between(IPv4Address(first), IPv4Address(last))
            return [sa.or_(*found, inside)]
    return found


def count(session: Session, owner: listing.Owner) -> int:
    """Count the customer gateways of an account and region."""
    return session.scalar(sa.select(sa.func.count()).select_from(_ROW).where(*_of(owner))) or 0


def a_user_of(session: Session, gateway_id: str) -> str | None:
    """Name a connection that uses a customer gateway."""
    tunnel = schema.TunnelRow
    return session.scalar(
        sa.select(tunnel.connection_id).where(tunnel.customer_gateway_id == gateway_id).limit(1)
    )


def _owned(row: schema.CustomerGatewayRow, owner: listing.Owner) -> bool:
    return (row.account_id, row.region_id) == (owner.account_id, owner.region_id)


def _of(owner: listing.Owner) -> tuple[sa.ColumnElement[bool], ...]:
    return _ROW.account_id == owner.account_id, _ROW.region_id == owner.region_id
