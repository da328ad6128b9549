"""Connections: create, change, list, delete.

Creating and changing refuse everything that this version does not carry out before anything is
stored. A describe answer shows keys in clear, because the owner's tools compare them; a list never
does.
"""

from __future__ import annotations

from futago.actions import (
    bgp_requests,
    catalogue,
    connection_answers,
    connection_requests,
    edit_answers,
    edit_requests,
    faults,
    operation,
    paging,
    permissions,
    spelling,
    tags,
    tunnel_requests,
    tunnels,
)
from futago.domain import ids, net
from futago.protocols.rpc import timestamps
from futago.services import connections, drafts, filters, roles, views

DONE: catalogue.Answer = {"Code": "200", "Message": "successful", "Success": True}


def create(
    context: operation.Context, request: connection_requests.CreateVpnAttachment
) -> catalogue.Answer:
    """Create a connection that is attached to nothing."""
    view = connections.create_connection(context.work, context.scope, _to_draft(request))
    roles.ensure_vpn_role(context.work, context.scope.account_id)
    return {
        **DONE,
        "VpnConnectionId": view.connection.id,
        "Name": view.connection.name,
        "CreateTime": timestamps.to_milliseconds(view.created_at),
    }


def _to_draft(request: connection_requests.CreateVpnAttachment) -> drafts.ConnectionDraft:
    """Read what is wanted, and refuse what no connection can be."""
    wanted = request.tunnel_options_specification
    indices = tunnel_requests.require_two(wanted)
    connection_requests.refuse_single_tunnel(request)
    tunnel_requests.refuse_certificates(wanted)
    sessions, asn = bgp_requests.read_new(
        [each.tunnel_bgp_config for each in wanted],
        tunnel_requests.OPTIONS,
        enabled=request.enable_tunnels_bgp,
    )
    new = [
        tunnels.to_draft(index, each, session)
        for index, each, session in zip(indices, wanted, sessions, strict=True)
    ]
    connection_requests.require_selectors(
        request.local_subnet,
        request.remote_subnet,
        [tunnel.ike_profile.version for tunnel in new],
    )
    return drafts.ConnectionDraft(
        name=request.name,
        local_ts=request.local_subnet,
        remote_ts=request.remote_subnet,
        tunnels=tuple(sorted(new, key=lambda tunnel: tunnel.index)),
        initiation=spelling.read_initiation(request.effect_immediately),
        network_type=request.network_type,
        bandwidth=request.tunnel_bandwidth,
        auto_config_route=request.auto_config_route,
        bgp_enabled=request.enable_tunnels_bgp,
        local_asn=asn,
        tags=tags.to_drafts(request.tags),
        resource_group=request.resource_group_id,
    )


def modify(
    context: operation.Context, request: connection_requests.ModifyVpnAttachmentAttribute
) -> catalogue.Answer:
    """Change a connection and any of its tunnels."""
    change = to_change(request)
    terms = edit_requests.to_terms(request, context.region)
    edit = edit_answers.Edit(request.vpn_connection_id, change, terms)
    planned = edit_answers.plan(context, edit) if request.dry_run else None
    view = connections.modify_connection(
        context.work,
        context.scope,
        request.vpn_connection_id,
        change,
        terms=terms,
        reveal=permissions.shows_keys(
            context.principal, context.region.id, request.vpn_connection_id
        ),
    )
    if planned is not None:
        raise edit_answers.dry_run(planned)
    return connection_answers.modified(view)


def to_change(request: connection_requests.ModifyVpnAttachmentAttribute) -> connections.Change:
    """Read what shall change; parts of it depend on the connection as it is.

    Raises:
        VendorFault: Something is asked for that is not carried out.
    """
    changed = request.tunnel_options_specification
    connection_requests.refuse_single_tunnel(request)
    tunnel_requests.refuse_certificates(changed)
    asn = bgp_requests.read_asn(
        [each.tunnel_bgp_config for each in changed], tunnel_requests.OPTIONS
    )
    return lambda before: _patch(before, request, asn)


def describe(
    context: operation.Context, request: connection_requests.OneConnection
) -> catalogue.Answer:
    """Show a connection completely, keys included."""
    view = connections.describe_connection(
        context.work,
        context.scope,
        request.vpn_connection_id,
        reveal=permissions.shows_keys(
            context.principal, context.region.id, request.vpn_connection_id
        ),
    )
    return {
        **connection_answers.described(view),
        "Tags": {"Tag": tags.to_wire(view.tags)},
        "ZoneNo": "",
    }


def list_all(
    context: operation.Context, request: connection_requests.DescribeVpnConnections
) -> catalogue.Answer:
    """List connections without their keys."""
    if request.vpn_gateway_id not in {None, connection_answers.NO_GATEWAY}:
        # No connection here belongs to a VPN gateway.
        return {**paging.numbered(request, 0), "VpnConnections": {"VpnConnection": []}}
    found = connections.list_connections(
        context.work,
        context.scope,
        filters.ConnectionFilter(
            connection_id=request.vpn_connection_id,
            customer_gateway_id=request.customer_gateway_id,
            resource_group=request.resource_group_id,
            tags=tags.to_matches(request.tags),
            keyword=request.keyword,
        ),
        paging.by_number(request),
    )
    members = [
        {**connection_answers.described(view), "Tag": {"Tag": tags.to_wire(view.tags)}}
        for view in found.items
    ]
    return {
        **paging.numbered(request, found.total),
        "VpnConnections": {"VpnConnection": members},
    }


def list_attachable(
    context: operation.Context, request: connection_requests.DescribeVpnAttachments
) -> catalogue.Answer:
    """List the connections that transit routers can have."""
    if request.attach_type != connection_answers.ATTACHED_TO_ROUTER:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter AttachType with the value '{request.attach_type[:64]}' is not valid:"
            " connections are attached to transit routers. Send CEN or leave it out.",
            field="AttachType",
        )
    found = connections.list_connections(
        context.work,
        context.scope,
        filters.ConnectionFilter(connection_id=request.vpn_connection_id),
        paging.by_number(request),
    )
    return {
        **paging.numbered(request, found.total),
        "VpnAttachments": [connection_answers.listed(view) for view in found.items],
    }


def delete(
    context: operation.Context, request: connection_requests.DeleteVpnAttachment
) -> catalogue.Answer:
    """Delete a connection that is attached to nothing."""
    connections.delete_connection(context.work, context.scope, request.vpn_connection_id)
    return DONE


def _patch(
    before: views.ConnectionView,
    request: connection_requests.ModifyVpnAttachmentAttribute,
    asn: net.Asn | None,
) -> drafts.ConnectionPatch:
    connection_requests.require_same_type(before.connection.network_type, request.network_type)
    patches = _tunnel_patches(before, request)
    bgp_requests.require_different(
        [patch.bgp_patch for patch in patches.values()], tunnel_requests.OPTIONS
    )
    _require_selectors(before, request, patches)
    initiation = request.effect_immediately
    return drafts.ConnectionPatch(
        name=request.name,
        local_ts=request.local_subnet,
        remote_ts=request.remote_subnet,
        initiation=None if initiation is None else spelling.read_initiation(initiation),
        auto_config_route=request.auto_config_route,
        bgp_enabled=request.enable_tunnels_bgp,
        local_asn=asn,
        tunnels=patches,
    )


def _tunnel_patches(
    before: views.ConnectionView, request: connection_requests.ModifyVpnAttachmentAttribute
) -> dict[str, drafts.TunnelPatch]:
    patches: dict[str, drafts.TunnelPatch] = {}
    for options in request.tunnel_options_specification:
        tunnel = tunnels.find(before, options.tunnel_id).tunnel
        if tunnel.id in patches:
            raise _bad_entry("TunnelId", tunnel.id, "an entry for this tunnel came before")
        if options.tunnel_index not in {0, int(tunnel.index)}:
            raise _bad_entry(
                "TunnelIndex",
                str(options.tunnel_index),
                f"{tunnel.id} has index {int(tunnel.index)}, which never changes",
            )
        patches[tunnel.id] = tunnels.to_patch(options)
    return patches


def _bad_entry(member: str, value: str, rule: str) -> faults.VendorFault:
    field = f"{tunnel_requests.OPTIONS}.{member}"
    return faults.VendorFault(
        f"IllegalParam.{member}",
        400,
        f"Parameter {field} with the value '{value}' is not valid: {rule}. Leave it out.",
        field=field,
    )


def _require_selectors(
    before: views.ConnectionView,
    request: connection_requests.ModifyVpnAttachmentAttribute,
    patches: dict[str, drafts.TunnelPatch],
) -> None:
    versions = []
    for tunnel in before.connection.tunnels:
        patch = patches.get(ids.TunnelId(tunnel.id), drafts.TunnelPatch())
        versions.append(patch.ike_patch.version or tunnel.ike_profile.version)
    connection_requests.require_selectors(
        request.local_subnet or before.connection.local_ts,
        request.remote_subnet or before.connection.remote_ts,
        versions,
    )


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateVpnAttachment",
        product=catalogue.Product.VPC,
        request=connection_requests.CreateVpnAttachment,
        handler=create,
        mutating=True,
        asynchronous=True,
        requires_region=True,
        quota="connections-per-region",
        resource="VpnConnectionId",
        codes={"Destination.Forbidden": ("IllegalParam.RemoteSubnet", 400)},
    ),
    operation.Operation(
        name="ModifyVpnAttachmentAttribute",
        product=catalogue.Product.VPC,
        request=connection_requests.ModifyVpnAttachmentAttribute,
        handler=modify,
        mutating=True,
        asynchronous=True,
        requires_region=True,
        resource="VpnConnectionId",
        codes={"Destination.Forbidden": ("IllegalParam.RemoteSubnet", 400)},
    ),
    operation.Operation(
        name="DescribeVpnAttachments",
        product=catalogue.Product.VPC,
        request=connection_requests.DescribeVpnAttachments,
        handler=list_attachable,
        requires_region=True,
    ),
    operation.Operation(
        name="DeleteVpnAttachment",
        product=catalogue.Product.VPC,
        request=connection_requests.DeleteVpnAttachment,
        handler=delete,
        mutating=True,
        requires_region=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="DescribeVpnConnection",
        reveals_secrets=True,
        product=catalogue.Product.VPC,
        request=connection_requests.OneConnection,
        handler=describe,
        requires_region=True,
    ),
    operation.Operation(
        name="DescribeVpnConnections",
        product=catalogue.Product.VPC,
        request=connection_requests.DescribeVpnConnections,
        handler=list_all,
        requires_region=True,
    ),
)
