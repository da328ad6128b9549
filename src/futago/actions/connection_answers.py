"""Connections as the VPC product shows them."""

from __future__ import annotations

from futago.actions import catalogue, connection_requests, spelling, states, tags, tunnel_answers
from futago.protocols.rpc import timestamps
from futago.services import views

NO_GATEWAY = "vpn-not-exist"
"""The vendor's literal for connections that belong to a transit router."""
ATTACHED_TO_ROUTER = "CEN"
UNATTACHED = "NO_ASSOCIATED"
CAPABILITIES = '{"BGPSupport":true}'
"""System tag of a connection, as JSON text."""
NOT_MODIFIED = frozenset({"RemoteCaCertificate", "Status", "ZoneNo"})
"""Members of a tunnel that ModifyVpnAttachmentAttribute does not answer with."""


def attachment_type(view: views.ConnectionView) -> str:
    """Spell what a connection is attached to."""
    return UNATTACHED if view.attachment is None else ATTACHED_TO_ROUTER


def described(view: views.ConnectionView) -> dict[str, catalogue.JSON]:
    """Spell what both describe actions show of a connection; tags stand elsewhere in each."""
    attachment = view.attachment
    options = [tunnel_answers.tunnel(tunnel, tunnel_answers.Style.TEXT) for tunnel in view.tunnels]
    return {
        **_common(view),
        "State": states.write_connection_state(view.state),
        "TransitRouterId": attachment.router_id if attachment else "",
        "TransitRouterName": attachment.router_name if attachment else "",
        "TunnelBandwidth": spelling.write_bandwidth(view.connection.bandwidth),
        "CrossAccountAuthorized": attachment is not None and attachment.is_foreign,
        "InternetIp": "",
        "RemoteCaCertificate": "",
        "TunnelOptionsSpecification": {"TunnelOptions": options},
    }


def modified(view: views.ConnectionView) -> dict[str, catalogue.JSON]:
    """Spell the answer to a change of a connection."""
    options = [tunnel_answers.tunnel(tunnel, tunnel_answers.Style.VALUE) for tunnel in view.tunnels]
    return {
        **_common(view),
        "Description": "",
        "TunnelOptionsSpecification": [
            {name: value for name, value in each.items() if name not in NOT_MODIFIED}
            for each in options
        ],
    }


def listed(view: views.ConnectionView) -> dict[str, catalogue.JSON]:
    """Spell a connection in the list of those that transit routers can have."""
    attachment = view.attachment
    return {
        "InstanceId": view.connection.id,
        "Name": view.connection.name,
        "Description": "",
        "AttachType": ATTACHED_TO_ROUTER,
        "CrossAccountAuthorized": attachment is not None and attachment.is_foreign,
        "Tag": CAPABILITIES,
        "Tags": tags.to_wire(view.tags),
        "TransitRouterId": attachment.router_id if attachment else "",
        "TransitRouterName": attachment.router_name if attachment else "",
        "TunnelBandwidth": spelling.write_bandwidth(view.connection.bandwidth),
    }


def _common(view: views.ConnectionView) -> dict[str, catalogue.JSON]:
    member = view.connection
    return {
        "VpnConnectionId": member.id,
        "Name": member.name,
        "VpnGatewayId": NO_GATEWAY,
        "CustomerGatewayId": "",
        "AttachType": attachment_type(view),
        "AttachInstanceId": view.attachment.cen_id if view.attachment else "",
        "CreateTime": timestamps.to_milliseconds(view.created_at),
        "Status": tunnel_answers.best_status(view.tunnels),
        "NetworkType": spelling.write_network_type(member.network_type),
        "Spec": spelling.write_spec(member.bandwidth),
        "LocalSubnet": connection_requests.spell(member.local_ts),
        "RemoteSubnet": connection_requests.spell(member.remote_ts),
        "EffectImmediately": spelling.write_initiation(member.initiation),
        "EnableTunnelsBgp": member.bgp_enabled,
        "EnableDpd": all(tunnel.dpd for tunnel in member.tunnels),
        "EnableNatTraversal": all(tunnel.nat_traversal for tunnel in member.tunnels),
        "ResourceGroupId": view.resource_group or "",
    }
