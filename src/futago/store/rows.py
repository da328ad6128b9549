"""Rows to domain values and back."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from pydantic import TypeAdapter

from futago.domain import bgp, connection, ids, ike, net, placement
from futago.store import base, schema

TunnelColumns: TypeAlias = schema.TunnelRow | sa.Row[*tuple[Any, ...]]
"""A tunnel to change, or the same columns to read."""
ConnectionColumns: TypeAlias = schema.ConnectionRow | sa.Row[*tuple[Any, ...]]
_IKE_PROFILE: Final = TypeAdapter(ike.IkeProfile)
_ESP_PROFILE: Final = TypeAdapter(ike.EspProfile)


def connection_of(
    row: ConnectionColumns, tunnels: Sequence[TunnelColumns]
) -> connection.VpnConnection:
    """Read a connection with its tunnels."""
    return connection.VpnConnection(
        id=ids.ConnectionId(row.id),
        account_id=ids.AccountId(row.account_id),
        name=row.name,
        local_ts=row.local_ts,
        remote_ts=row.remote_ts,
        tunnels=tuple(
            tunnel_of(tunnel) for tunnel in sorted(tunnels, key=lambda each: each.ordinal)
        ),
        initiation=ike.Initiation(row.initiation),
        network_type=connection.NetworkType(row.network_type),
        bandwidth=connection.TunnelBandwidth(row.bandwidth),
        auto_config_route=row.auto_config_route,
        bgp_enabled=row.bgp_enabled,
        local_asn=net.Asn(row.local_asn),
    )


def tunnel_of(row: TunnelColumns) -> connection.Tunnel:
    """Read a tunnel."""
    return connection.Tunnel(
        id=ids.TunnelId(row.id),
        index=connection.TunnelIndex(row.ordinal),
        customer_gateway_id=ids.CustomerGatewayId(row.customer_gateway_id),
        ike_profile=_ike_profile(row.ike_profile),
        esp_profile=_esp_profile(row.esp_profile),
        local_identity=_identity(row.local_identity),
        remote_identity=_identity(row.remote_identity),
        dpd=row.dpd,
        nat_traversal=row.nat_traversal,
        psk_version=row.psk_version,
        bgp=_bgp(row),
    )


def connection_columns(value: connection.VpnConnection) -> dict[str, object]:
    """Give the columns for what users can set of a connection."""
    return {
        "name": value.name,
        "local_ts": value.local_ts,
        "remote_ts": value.remote_ts,
        "initiation": value.initiation.value,
        "network_type": value.network_type.value,
        "bandwidth": value.bandwidth.value,
        "auto_config_route": value.auto_config_route,
        "bgp_enabled": value.bgp_enabled,
        "local_asn": value.local_asn,
    }


def tunnel_columns(value: connection.Tunnel) -> dict[str, object]:
    """Give the columns for what users can set of a tunnel."""
    return {
        "ordinal": int(value.index),
        "customer_gateway_id": value.customer_gateway_id,
        "ike_profile": _IKE_PROFILE.dump_json(value.ike_profile).decode(),
        "esp_profile": _ESP_PROFILE.dump_json(value.esp_profile).decode(),
        "local_identity": value.local_identity.text if value.local_identity else None,
        "remote_identity": value.remote_identity.text if value.remote_identity else None,
        "dpd": value.dpd,
        "nat_traversal": value.nat_traversal,
        "psk_version": value.psk_version,
        "bgp_cidr": value.bgp.cidr.network if value.bgp else None,
        "bgp_address": value.bgp.local_address if value.bgp else None,
    }


def write(row: base.Row, columns: Mapping[str, object]) -> None:
    """Put columns into a row that is there."""
    for name, value in columns.items():
        setattr(row, name, value)


def seat(row: schema.TunnelRow, given: placement.Seat | None) -> None:
    """Give a tunnel its place, or take it away."""
    row.node_id = given.node_id if given else None
    row.zone_id = given.zone_id if given else None
    row.gateway_address = given.address if given else None
    row.was_up = False


# Most tunnels have one of a few profiles, and profiles are values that never change.
@functools.lru_cache(maxsize=1024)
def _ike_profile(text: str) -> ike.IkeProfile:
    return _IKE_PROFILE.validate_json(text)


@functools.lru_cache(maxsize=1024)
def _esp_profile(text: str) -> ike.EspProfile:
    return _ESP_PROFILE.validate_json(text)


def _identity(text: str | None) -> ike.Identity | None:
    return ike.Identity.parse(text) if text is not None else None


def _bgp(row: TunnelColumns) -> bgp.TunnelBgp | None:
    if row.bgp_cidr is None:
        return None
    return bgp.TunnelBgp.of(net.TunnelCidr(row.bgp_cidr), row.bgp_address)
