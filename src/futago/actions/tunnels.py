"""Tunnels: from the parameters of a call to drafts and patches, and ModifyTunnelAttribute."""

from __future__ import annotations

from datetime import timedelta

from futago.actions import (
    bgp_requests,
    catalogue,
    connection_requests,
    edit_answers,
    edit_requests,
    faults,
    operation,
    permissions,
    spelling,
    tunnel_answers,
    tunnel_requests,
)
from futago.domain import bgp, connection, ike
from futago.services import connections, drafts, views

NOT_SHOWN = frozenset({"Status", "TunnelIndex"})
"""Members that ModifyTunnelAttribute does not answer with."""


def to_draft(
    index: int, options: tunnel_requests.NewTunnel, session: bgp.TunnelBgp | None
) -> drafts.TunnelDraft:
    """Read a new tunnel; members that are not given take their defaults.

    Raises:
        VendorFault: The customer gateway is missing.
    """
    if options.customer_gateway_id is None:
        field = f"{tunnel_requests.OPTIONS}.{index}.CustomerGatewayId"
        raise faults.VendorFault(
            "MissingParameter",
            400,
            f"Parameter {field} is missing: every tunnel has a customer gateway. Send its id.",
            field=field,
        )
    wanted = options.tunnel_ike_config
    return drafts.TunnelDraft(
        index=connection.TunnelIndex(index),
        customer_gateway_id=options.customer_gateway_id,
        ike_profile=_ike_profile(wanted),
        esp_profile=_esp_profile(options.tunnel_ipsec_config),
        local_identity=wanted.local_id,
        remote_identity=wanted.remote_id,
        psk=wanted.psk,
        dpd=options.enable_dpd is not False,
        nat_traversal=options.enable_nat_traversal is not False,
        bgp=session,
    )


def to_patch(options: tunnel_requests.Options) -> drafts.TunnelPatch:
    """Read a change of a tunnel; members that are not given stay."""
    phase1, phase2 = options.tunnel_ike_config, options.tunnel_ipsec_config
    disables = phase2.ipsec_pfs == spelling.DISABLED
    return drafts.TunnelPatch(
        customer_gateway_id=options.customer_gateway_id,
        ike_patch=drafts.IkePatch(
            version=phase1.ike_version,
            mode=phase1.ike_mode,
            encryption=phase1.ike_enc_alg,
            integrity=phase1.ike_auth_alg,
            dh_group=phase1.ike_pfs,
            lifetime=phase1.ike_lifetime,
        ),
        esp_patch=drafts.EspPatch(
            encryption=phase2.ipsec_enc_alg,
            integrity=phase2.ipsec_auth_alg,
            pfs=spelling.read_pfs(phase2.ipsec_pfs) if phase2.ipsec_pfs else None,
            disable_pfs=disables,
            lifetime=phase2.ipsec_lifetime,
        ),
        local_identity=phase1.local_id,
        remote_identity=phase1.remote_id,
        psk=phase1.psk,
        dpd=options.enable_dpd,
        nat_traversal=options.enable_nat_traversal,
        bgp_patch=bgp_requests.read_patch(options.tunnel_bgp_config, tunnel_requests.OPTIONS),
    )


def modify(
    context: operation.Context, request: connection_requests.ModifyTunnelAttribute
) -> catalogue.Answer:
    """Change one tunnel."""
    wanted = to_change(context, request)
    terms = edit_requests.to_terms(request, context.region)
    patch = drafts.ConnectionPatch(tunnels={request.tunnel_id: wanted})
    edit = edit_answers.Edit(request.vpn_connection_id, patch, terms)
    planned = edit_answers.plan(context, edit) if request.dry_run else None
    connections.modify_tunnel(
        context.work,
        context.scope,
        request.vpn_connection_id,
        request.tunnel_id,
        wanted,
        terms=terms,
    )
    if planned is not None:
        raise edit_answers.dry_run(planned)
    after = connections.describe_connection(
        context.work,
        context.scope,
        request.vpn_connection_id,
        reveal=permissions.shows_keys(
            context.principal, context.region.id, request.vpn_connection_id
        ),
    )
    found = find(after, request.tunnel_id)
    answer = tunnel_answers.tunnel(found, tunnel_answers.Style.VALUE)
    shown = {name: value for name, value in answer.items() if name not in NOT_SHOWN}
    return {**shown, "TunnelBgpConfig": tunnel_answers.switched_bgp_config(found)}


def to_change(
    context: operation.Context, request: connection_requests.ModifyTunnelAttribute
) -> drafts.TunnelPatch:
    """Read what shall change in a tunnel.

    Raises:
        VendorFault: Something is asked for that is not carried out.
    """
    options = request.tunnel_options_specification
    tunnel_requests.refuse_certificates([options])
    wanted = to_patch(options)
    before = connections.describe_connection(context.work, context.scope, request.vpn_connection_id)
    bgp_requests.require_asn(
        options.tunnel_bgp_config, before.connection.local_asn, tunnel_requests.OPTIONS
    )
    version = options.tunnel_ike_config.ike_version
    if version is not None:
        member = before.connection
        connection_requests.require_selectors(member.local_ts, member.remote_ts, [version])
    return wanted


def find(view: views.ConnectionView, tunnel_id: str) -> views.TunnelView:
    """Find a tunnel of a connection.

    Raises:
        VendorFault: The connection has no such tunnel.
    """
    for tunnel in view.tunnels:
        if tunnel.tunnel.id == tunnel_id:
            return tunnel
    ours = " or ".join(str(tunnel.tunnel.id) for tunnel in view.tunnels)
    raise faults.VendorFault(
        "IllegalParam.TunnelId",
        400,
        f"Parameter TunnelId with the value '{tunnel_id[:64]}' names no tunnel of"
        f" {view.connection.id}: send {ours}.",
        field="TunnelId",
    )


def _ike_profile(wanted: tunnel_requests.IkeConfig) -> ike.IkeProfile:
    default = ike.IkeProfile()
    return ike.IkeProfile(
        version=wanted.ike_version or default.version,
        mode=wanted.ike_mode or default.mode,
        encryption=wanted.ike_enc_alg or default.encryption,
        integrity=wanted.ike_auth_alg or default.integrity,
        dh_group=wanted.ike_pfs or default.dh_group,
        lifetime=_lifetime(wanted.ike_lifetime),
    )


def _esp_profile(wanted: tunnel_requests.IpsecConfig) -> ike.EspProfile:
    default = ike.EspProfile()
    return ike.EspProfile(
        encryption=wanted.ipsec_enc_alg or default.encryption,
        integrity=wanted.ipsec_auth_alg or default.integrity,
        pfs=spelling.read_pfs(wanted.ipsec_pfs) if wanted.ipsec_pfs else default.pfs,
        lifetime=_lifetime(wanted.ipsec_lifetime),
    )


def _lifetime(given: timedelta | None) -> timedelta:
    return ike.LIFETIME_DEFAULT if given is None else given


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ModifyTunnelAttribute",
        product=catalogue.Product.VPC,
        request=connection_requests.ModifyTunnelAttribute,
        handler=modify,
        mutating=True,
        asynchronous=True,
        resource="VpnConnectionId",
    ),
)
