"""Patches applied to connections: pure, value in and value out."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from futago.domain import bgp, connection, ids, ike, net
from futago.services import bgp_refusals, drafts, refusals

T = TypeVar("T")


def patched(
    before: connection.VpnConnection, patch: drafts.ConnectionPatch
) -> connection.VpnConnection:
    """Give the connection that a patch makes.

    Raises:
        TunnelNotFound: The patch names a tunnel of something else.
        BgpDisabled: The patch holds BGP values, and BGP is off and stays so.
        Invalid: The result breaks a rule of connections.
    """
    _require_enabled(before, patch)
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
        bgp_enabled=_or(patch.bgp_enabled, before.bgp_enabled),
        local_asn=_or(patch.local_asn, before.local_asn),
        tunnels=tuple(
            _tunnel(tunnel, patch.tunnels.get(tunnel.id, drafts.TunnelPatch()))
            for tunnel in before.tunnels
        ),
    )


def concerns_tunnels(before: connection.VpnConnection, after: connection.VpnConnection) -> bool:
    """Tell whether anything changed that IKE daemons see: neither the name nor BGP is that."""
    return _without_bgp(replace(before, name=after.name)) != _without_bgp(after)


def concerns_router(before: connection.VpnConnection, after: connection.VpnConnection) -> bool:
    """Tell whether the BGP sessions of a connection change."""
    return _sessions(before) != _sessions(after)


def _without_bgp(value: connection.VpnConnection) -> connection.VpnConnection:
    return replace(
        value,
        bgp_enabled=False,
        local_asn=net.DEFAULT_LOCAL_ASN,
        tunnels=tuple(replace(tunnel, bgp=None) for tunnel in value.tunnels),
    )


def _sessions(value: connection.VpnConnection) -> tuple[object, ...]:
    """Give what sessions depend on; the customer gateway has the peer's number and key."""
    if not value.bgp_enabled:
        return ()
    return value.local_asn, *((each.bgp, each.customer_gateway_id) for each in value.tunnels)


def _require_enabled(before: connection.VpnConnection, patch: drafts.ConnectionPatch) -> None:
    if before.bgp_enabled or patch.bgp_enabled is not None:
        # Turned off in so many words, values are kept for the next time.
        return
    nothing = drafts.BgpPatch()
    if patch.local_asn or any(each.bgp_patch != nothing for each in patch.tunnels.values()):
        raise bgp_refusals.BgpDisabled(
            f"BGP is off in {before.id}, so its values cannot be changed; turn it on with"
            " EnableTunnelsBgp in ModifyVpnAttachmentAttribute, with the values of both tunnels.",
        )


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
        bgp=_bgp(before.bgp, patch.bgp_patch),
    )


def _bgp(before: bgp.TunnelBgp | None, patch: drafts.BgpPatch) -> bgp.TunnelBgp | None:
    cidr = patch.cidr or (before.cidr if before else None)
    if cidr is None:
        if patch.local_address is not None:
            raise connection.MissingTunnelCidr(
                f"The BGP address {patch.local_address} needs the tunnel CIDR around it;"
                " name both.",
                value=str(patch.local_address),
            )
        return None
    stays = before is not None and before.cidr == cidr
    address = before.local_address if before and stays else None
    return bgp.TunnelBgp.of(cidr, patch.local_address or address)


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
