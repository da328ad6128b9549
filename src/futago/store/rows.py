"""Rows to domain values and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from futago.domain import connection, ids, ike, placement
from futago.store import schema

_IKE_PROFILE: Final = TypeAdapter(ike.IkeProfile)
_ESP_PROFILE: Final = TypeAdapter(ike.EspProfile)


def connection_of(
    row: schema.ConnectionRow, tunnels: Sequence[schema.TunnelRow]
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
    )


def tunnel_of(row: schema.TunnelRow) -> connection.Tunnel:
    """Read a tunnel."""
    return connection.Tunnel(
        id=ids.TunnelId(row.id),
        index=connection.TunnelIndex(row.ordinal),
        customer_gateway_id=ids.CustomerGatewayId(row.customer_gateway_id),
        ike_profile=_IKE_PROFILE.validate_json(row.ike_profile),
        esp_profile=_ESP_PROFILE.validate_json(row.esp_profile),
        local_identity=_identity(row.local_identity),
        remote_identity=_identity(row.remote_identity),
        dpd=row.dpd,
        nat_traversal=row.nat_traversal,
        psk_version=row.psk_version,
    )


def write_connection(row: schema.ConnectionRow, value: connection.VpnConnection) -> None:
    """Put what users can set of a connection into its row."""
    row.name = value.name
    row.local_ts = value.local_ts
    row.remote_ts = value.remote_ts
    row.initiation = value.initiation.value
    row.network_type = value.network_type.value
    row.bandwidth = value.bandwidth.value
    row.auto_config_route = value.auto_config_route


def write_tunnel(row: schema.TunnelRow, value: connection.Tunnel) -> None:
    """Put what users can set of a tunnel into its row."""
    row.ordinal = int(value.index)
    row.customer_gateway_id = value.customer_gateway_id
    row.ike_profile = _IKE_PROFILE.dump_json(value.ike_profile).decode()
    row.esp_profile = _ESP_PROFILE.dump_json(value.esp_profile).decode()
    row.local_identity = value.local_identity.text if value.local_identity else None
    row.remote_identity = value.remote_identity.text if value.remote_identity else None
    row.dpd = value.dpd
    row.nat_traversal = value.nat_traversal
    row.psk_version = value.psk_version


def seat(row: schema.TunnelRow, given: placement.Seat | None) -> None:
    """Give a tunnel its place, or take it away."""
    row.node_id = given.node_id if given else None
    row.zone_id = given.zone_id if given else None
    row.gateway_address = given.address if given else None


def _identity(text: str | None) -> ike.Identity | None:
    return ike.Identity.parse(text) if text is not None else None
