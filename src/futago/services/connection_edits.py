"""Patches applied to connections: pure, value in and value out."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from futago.domain import connection, ids, ike
from futago.services import drafts, refusals

T = TypeVar("T")


def patched(
    before: connection.VpnConnection, patch: drafts.ConnectionPatch
) -> connection.VpnConnection:
    """Give the connection that a patch makes.

    Raises:
        TunnelNotFound: The patch names a tunnel of something else.
        Invalid: The result breaks a rule of connections.
    """
    for tunnel_id in patch.tunnels:
        if before.tunnel(ids.TunnelId(tunnel_id)) is None:
            raise refusals.TunnelNotFound(
                f"{before.id} has no tunnel {tunnel_id!r}; its tunnels are "
                f"{' and '.join(tunnel.id for tunnel in before.tunnels)}.",
                value=tunnel_id,
            )
    return replace(
        before,
        name=_or(patch.name, before.name),
        local_ts=_or(patch.local_ts, before.local_ts),
        remote_ts=_or(patch.remote_ts, before.remote_ts),
        initiation=_or(patch.initiation, before.initiation),
        auto_config_route=_or(patch.auto_config_route, before.auto_config_route),
        tunnels=tuple(
            _tunnel(tunnel, patch.tunnels.get(tunnel.id, drafts.TunnelPatch()))
            for tunnel in before.tunnels
        ),
    )


def concerns_node(before: connection.VpnConnection, after: connection.VpnConnection) -> bool:
    """Tell whether more than the name changed."""
    return replace(before, name=after.name) != after


def _tunnel(before: connection.Tunnel, patch: drafts.TunnelPatch) -> connection.Tunnel:
    gateway_id = _or(patch.customer_gateway_id, str(before.customer_gateway_id))
    return replace(
        before,
        customer_gateway_id=ids.CustomerGatewayId(gateway_id),
        ike_profile=_ike(before.ike_profile, patch.ike_patch),
        esp_profile=_esp(before.esp_profile, patch.esp_patch),
        local_identity=_or(patch.local_identity, before.local_identity),
        remote_identity=_or(patch.remote_identity, before.remote_identity),
        dpd=_or(patch.dpd, before.dpd),
        nat_traversal=_or(patch.nat_traversal, before.nat_traversal),
    )


def _ike(before: ike.IkeProfile, patch: drafts.IkePatch) -> ike.IkeProfile:
    return ike.IkeProfile(
        version=_or(patch.version, before.version),
        mode=_or(patch.mode, before.mode),
        encryption=_or(patch.encryption, before.encryption),
        integrity=_or(patch.integrity, before.integrity),
        dh_group=_or(patch.dh_group, before.dh_group),
        lifetime=_or(patch.lifetime, before.lifetime),
    )


def _esp(before: ike.EspProfile, patch: drafts.EspPatch) -> ike.EspProfile:
    return ike.EspProfile(
        encryption=_or(patch.encryption, before.encryption),
        integrity=_or(patch.integrity, before.integrity),
        pfs=None if patch.disable_pfs else _or(patch.pfs, before.pfs),
        lifetime=_or(patch.lifetime, before.lifetime),
    )


def _or(wanted: T | None, before: T) -> T:
    return before if wanted is None else wanted
