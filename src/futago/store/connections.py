"""Connections and their tunnels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.domain import connection, net
from futago.store import base, events, filters, listing, rows, schema

_ROW = schema.ConnectionRow
_TUNNEL = schema.TunnelRow
_TABLE: Final = base.table(_ROW)
_INSERT: Final = sa.insert(_TABLE)
_INSERT_TUNNEL: Final = sa.insert(base.table(_TUNNEL))
_COUNT: Final = (
    sa.select(sa.func.count())
    .select_from(_TABLE)
    .where(
        _TABLE.c.account_id == sa.bindparam("account_id"),
        _TABLE.c.region_id == sa.bindparam("region_id"),
    )
)
_ATTACHMENT = schema.AttachmentRow
_TUNNELS: Final = (
    sa.select(
        *base.table(_TUNNEL).c,
        base.table(schema.CustomerGatewayRow).c.address.label("peer_address"),
        base.table(schema.CustomerGatewayRow).c.asn.label("peer_asn"),
    )
    .join(
        base.table(schema.CustomerGatewayRow),
        base.table(schema.CustomerGatewayRow).c.id == base.table(_TUNNEL).c.customer_gateway_id,
    )
    .where(base.table(_TUNNEL).c.connection_id.in_(sa.bindparam("connection_ids", expanding=True)))
    .order_by(base.table(_TUNNEL).c.connection_id, base.table(_TUNNEL).c.ordinal)
)
_TUNNEL_ROWS: Final = (
    sa.select(_TUNNEL)
    .where(_TUNNEL.connection_id == sa.bindparam("connection_id"))
    .order_by(_TUNNEL.ordinal)
)
_OVERLAPS: Final = sa.select(
    base.table(_TUNNEL).c.id, base.table(_TUNNEL).c.psk_overlap_until
).where(
    base.table(_TUNNEL).c.connection_id == sa.bindparam("connection_id"),
    base.table(_TUNNEL).c.psk_overlap_until.is_not(None),
)
FIRST_GENERATION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FullTunnel:
    """A tunnel and what its customer gateway adds."""

    row: rows.TunnelColumns
    peer_address: IPv4Address
    peer_asn: int | None


def find(session: Session, owner: listing.Owner, connection_id: str) -> schema.ConnectionRow | None:
    """Find a connection of an account and region."""
    row = session.get(_ROW, connection_id)
    if row is None or (row.account_id, row.region_id) != (owner.account_id, owner.region_id):
        return None
    return row


def search(
    session: Session,
    owner: listing.Owner,
    wanted: filters.ConnectionFilter,
    window: listing.Window,
) -> tuple[Sequence[rows.ConnectionColumns], int]:
    """Give a page of connections, oldest first, and their number."""
    conditions = [
        *_of(owner),
        *listing.equal(
            (_ROW.id, wanted.connection_id), (_ROW.resource_group, wanted.resource_group)
        ),
        *listing.tagged(_ROW.id, wanted.tags),
    ]
    if wanted.customer_gateway_id is not None:
        conditions.append(
            sa.exists().where(
                _TUNNEL.connection_id == _ROW.id,
                _TUNNEL.customer_gateway_id == wanted.customer_gateway_id,
            )
        )
    if wanted.is_attached is not None:
        attached = sa.exists().where(_ATTACHMENT.resource_id == _ROW.id)
        conditions.append(attached if wanted.is_attached else ~attached)
    conditions += listing.holding(wanted.keyword, _ROW.id, _ROW.name)
    return listing.cut_columns(session, _TABLE, conditions, window)


def count(session: Session, owner: listing.Owner) -> int:
    """Count the connections of an account and region."""
    keys = {"account_id": owner.account_id, "region_id": owner.region_id}
    number: int = base.execute(session, _COUNT, keys).scalar_one()
    return number


def add(
    session: Session,
    owner: listing.Owner,
    value: connection.VpnConnection,
    resource_group: str,
    now: datetime,
) -> None:
    """Keep a new connection with its tunnels."""
    base.execute(
        session,
        _INSERT,
        {
            "id": value.id,
            "account_id": owner.account_id,
            "region_id": owner.region_id,
            "resource_group": resource_group,
            "created_at": now,
            "generation": FIRST_GENERATION,
            "router_generation": 0,
            **rows.connection_columns(value),
        },
    )
    base.execute(
        session,
        _INSERT_TUNNEL,
        [
            {"id": tunnel.id, "connection_id": value.id, **rows.tunnel_columns(tunnel)}
            for tunnel in value.tunnels
        ],
    )


def tunnels_of(session: Session, connection_ids: Collection[str]) -> dict[str, list[FullTunnel]]:
    """Give the tunnels of several connections: id to tunnels in their order."""
    found: dict[str, list[FullTunnel]] = defaultdict(list)
    for row in base.execute(session, _TUNNELS, {"connection_ids": list(connection_ids)}):
        found[row.connection_id].append(
            FullTunnel(row=row, peer_address=row.peer_address, peer_asn=row.peer_asn)
        )
    return found


def tunnel_ids_of(session: Session, connection_ids: Collection[str]) -> dict[str, list[str]]:
    """Give the ids of the tunnels of several connections, in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    for connection_id, tunnel_id in session.execute(
        sa.select(_TUNNEL.connection_id, _TUNNEL.id)
        .where(_TUNNEL.connection_id.in_(connection_ids))
        .order_by(_TUNNEL.connection_id, _TUNNEL.ordinal)
    ):
        found[connection_id].append(tunnel_id)
    return found


def by_ids(session: Session, connection_ids: Collection[str]) -> Sequence[schema.ConnectionRow]:
    """Give those of some connections that are there."""
    if not connection_ids:
        return ()
    return session.scalars(sa.select(_ROW).where(_ROW.id.in_(connection_ids))).all()


def key_versions(session: Session, connection_ids: Collection[str]) -> dict[str, int]:
    """Give the versions of the pre-shared keys of connections by tunnel id."""
    found = session.execute(
        sa.select(_TUNNEL.id, _TUNNEL.psk_version).where(_TUNNEL.connection_id.in_(connection_ids))
    )
    return {row[0]: row[1] for row in found}


def owners_of(session: Session, tunnel_ids: Collection[str]) -> Sequence[str]:
    """Give the ids of the connections that tunnels belong to."""
    if not tunnel_ids:
        return ()
    statement = sa.select(_TUNNEL.connection_id).where(_TUNNEL.id.in_(tunnel_ids)).distinct()
    return session.scalars(statement).all()


def attached(session: Session) -> Sequence[str]:
    """Give the ids of all connections with an attachment."""
    joined = sa.select(_ROW.id).join(_ATTACHMENT, _ATTACHMENT.resource_id == _ROW.id)
    return session.scalars(joined).all()


def attached_by(session: Session, attachment_id: str) -> str | None:
    """Give the account of an attachment, which is that of its CEN."""
    return session.scalar(sa.select(_ATTACHMENT.account_id).where(_ATTACHMENT.id == attachment_id))


def unsettled_on(session: Session, router_id: str, applied: int) -> Sequence[str]:
    """Give the connections of a router that go, or that wait for a generation of it.

    Args:
        session: Where to look.
        router_id: The router.
        applied: Its generation in force; those that need a later one wait.
    """
    return session.scalars(
        sa.select(_ROW.id)
        .join(_ATTACHMENT, _ATTACHMENT.resource_id == _ROW.id)
        .where(
            _ATTACHMENT.router_id == router_id,
            sa.or_(
                _ATTACHMENT.deleting,
                _ATTACHMENT.router_generation > applied,
                _ROW.router_generation > applied,
            ),
        )
    ).all()


def protected_flows_on(
    session: Session, router_id: str
) -> dict[str, tuple[tuple[IPv4Network, ...], tuple[IPv4Network, ...]]]:
    """Give the traffic selectors of a router's connections with protected data flows.

    Returns:
        Connection id to local and remote prefixes.
    """
    rows = session.execute(
        sa.select(_ROW.id, _ROW.local_ts, _ROW.remote_ts)
        .join(_ATTACHMENT, _ATTACHMENT.resource_id == _ROW.id)
        .where(_ATTACHMENT.router_id == router_id, _ROW.remote_ts != (net.ANY,))
    )
    return {connection_id: (local_ts, remote_ts) for connection_id, local_ts, remote_ts in rows}


def private_on(session: Session, router_id: str) -> set[str]:
    """Give the ids of the private connections of a router that are not leaving it."""
    return set(
        session.scalars(
            sa.select(_ROW.id)
            .join(_ATTACHMENT, _ATTACHMENT.resource_id == _ROW.id)
            .where(
                _ATTACHMENT.router_id == router_id,
                _ATTACHMENT.deleting.is_(False),
                _ROW.network_type == connection.NetworkType.PRIVATE.value,
            )
        )
    )


def tunnel_rows(session: Session, connection_id: str) -> Sequence[schema.TunnelRow]:
    """Give the tunnels of a connection in their order."""
    return session.scalars(_TUNNEL_ROWS, {"connection_id": connection_id}).all()


def existing_tunnels(session: Session, tunnel_ids: Collection[str]) -> Sequence[str]:
    """Give those of some ids that tunnels have."""
    if not tunnel_ids:
        return ()
    return session.scalars(sa.select(_TUNNEL.id).where(_TUNNEL.id.in_(tunnel_ids))).all()


def note_up(session: Session, tunnel_ids: Collection[str]) -> None:
    """Remember that tunnels carried a child SA; those of which that is known cost nothing."""
    session.execute(
        sa.update(base.table(_TUNNEL))
        .where(base.table(_TUNNEL).c.id.in_(tunnel_ids), ~base.table(_TUNNEL).c.was_up)
        .values(was_up=True)
    )


def overlapping_keys(session: Session, connection_id: str) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Give id and end of the overlap of the tunnels that may still have their key before."""
    return base.execute(session, _OVERLAPS, {"connection_id": connection_id}).all()


def taken_addresses(session: Session) -> Sequence[IPv4Address]:
    """List the gateway addresses in use; their number is bounded by the pools."""
    return session.scalars(
        sa.select(_TUNNEL.gateway_address)
        .where(_TUNNEL.gateway_address.is_not(None))
        .execution_options(yield_per=1000)
    ).all()  # type: ignore[return-value]  # the condition leaves no NULL


def seats(session: Session) -> Sequence[tuple[str, IPv4Address]]:
    """List zone and gateway address of every tunnel that has them."""
    found = session.execute(
        sa.select(_TUNNEL.zone_id, _TUNNEL.gateway_address).where(
            _TUNNEL.gateway_address.is_not(None)
        )
    )
    return [(zone_id or "", address) for zone_id, address in found if address is not None]


def drop(session: Session, row: schema.ConnectionRow) -> None:
    """Remove a connection that is not attached, with its tunnels."""
    session.flush()
    session.execute(sa.delete(_TUNNEL).where(_TUNNEL.connection_id == row.id))
    events.drop_states(session, (row.id,))
    session.delete(row)
    session.flush()


def _of(owner: listing.Owner) -> tuple[sa.ColumnElement[bool], ...]:
    return _ROW.account_id == owner.account_id, _ROW.region_id == owner.region_id
