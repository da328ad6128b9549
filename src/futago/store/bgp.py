"""BGP inside tunnels: sessions that shall be, and who needs which key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema

_CONNECTION = schema.ConnectionRow
_TUNNEL = schema.TunnelRow
_GATEWAY = schema.CustomerGatewayRow
_ATTACHMENT = schema.AttachmentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One session as it is stored, complete but for the key."""

    account_id: str
    """Owner of the connection."""
    tunnel_id: str
    local_asn: int
    peer_asn: int
    cidr: IPv4Network
    local_address: IPv4Address | None
    gateway_id: str
    key_version: int


_SPEAKERS: Final = (
    sa.select(
        _CONNECTION.id,
        _CONNECTION.account_id,
        _CONNECTION.local_asn,
        _TUNNEL.id,
        _TUNNEL.bgp_cidr,
        _TUNNEL.bgp_address,
        _GATEWAY.id,
        _GATEWAY.asn,
        _GATEWAY.auth_key_version,
    )
    .join(_TUNNEL, _TUNNEL.connection_id == _CONNECTION.id)
    .join(_GATEWAY, _GATEWAY.id == _TUNNEL.customer_gateway_id)
    .where(_CONNECTION.bgp_enabled, _TUNNEL.bgp_cidr.is_not(None), _GATEWAY.asn.is_not(None))
    .order_by(_CONNECTION.id, _TUNNEL.ordinal)
)


def speakers_of(session: Session, connection_ids: Collection[str]) -> dict[str, list[Speaker]]:
    """Give the sessions of several connections that have BGP on, in the order of the tunnels."""
    found: dict[str, list[Speaker]] = defaultdict(list)
    rows = session.execute(_SPEAKERS.where(_CONNECTION.id.in_(connection_ids)))
    for connection_id, account_id, asn, tunnel_id, cidr, address, gateway_id, peer, version in rows:
        if cidr is None or peer is None:
            continue  # excluded by the query; says so to the type checker
        found[connection_id].append(
            Speaker(
                account_id=account_id,
                tunnel_id=tunnel_id,
                local_asn=asn,
                peer_asn=peer,
                cidr=cidr,
                local_address=address,
                gateway_id=gateway_id,
                key_version=version,
            )
        )
    return found


def cidr_holder(
    session: Session, router_id: str, cidrs: Collection[IPv4Network], besides: str
) -> tuple[schema.ConnectionRow, IPv4Network] | None:
    """Find another connection on a router whose sessions use one of these blocks."""
    found = session.execute(
        sa.select(_CONNECTION, _TUNNEL.bgp_cidr)
        .join(_TUNNEL, _TUNNEL.connection_id == _CONNECTION.id)
        .join(_ATTACHMENT, _ATTACHMENT.resource_id == _CONNECTION.id)
        .where(
            _ATTACHMENT.router_id == router_id,
            _CONNECTION.id != besides,
            _CONNECTION.bgp_enabled,
            _TUNNEL.bgp_cidr.in_(cidrs),
        )
        .limit(1)
    ).first()
    return (found[0], found[1]) if found and found[1] else None


def keyed_gateways(session: Session, router_ids: Collection[str]) -> Sequence[str]:
    """List the customer gateways whose keys sessions on these routers need."""
    return session.scalars(
        sa.select(_GATEWAY.id)
        .distinct()
        .join(_TUNNEL, _TUNNEL.customer_gateway_id == _GATEWAY.id)
        .join(_CONNECTION, _CONNECTION.id == _TUNNEL.connection_id)
        .join(_ATTACHMENT, _ATTACHMENT.resource_id == _CONNECTION.id)
        .where(
            _ATTACHMENT.router_id.in_(router_ids),
            _CONNECTION.bgp_enabled,
            _GATEWAY.auth_key_version > 0,
        )
    ).all()


def attached_speakers(
    session: Session, *, gateway_id: str | None = None, account_id: str | None = None
) -> Sequence[tuple[schema.ConnectionRow, schema.RouterRow]]:
    """Give attached connections with BGP on, of a customer gateway or an account."""
    conditions: list[sa.ColumnElement[bool]] = [_CONNECTION.bgp_enabled.is_(sa.true())]
    if gateway_id is not None:
        conditions.append(
            sa.exists().where(
                _TUNNEL.connection_id == _CONNECTION.id, _TUNNEL.customer_gateway_id == gateway_id
            )
        )
    if account_id is not None:
        conditions.append(_CONNECTION.account_id == account_id)
    rows = session.execute(
        sa.select(_CONNECTION, schema.RouterRow)
        .join(_ATTACHMENT, _ATTACHMENT.resource_id == _CONNECTION.id)
        .join(schema.RouterRow, schema.RouterRow.id == _ATTACHMENT.router_id)
        .where(*conditions)
        .order_by(schema.RouterRow.id, _CONNECTION.id)
    )
    return [(connection, router) for connection, router in rows]
