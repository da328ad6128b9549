"""DownloadVpnConnectionConfig: a connection as the device on the other side configures it.

Local and remote are swapped against what the connection stores, since the reader is the peer. A
connection that is attached to nothing has no gateway addresses yet; `Remote` and the peer's view of
our identity are then empty, and nothing else differs.
"""

from __future__ import annotations

from futago.actions import (
    catalogue,
    connection_requests,
    operation,
    tunnel_answers,
)
from futago.services import connections, views


def download(
    context: operation.Context, request: connection_requests.OneConnection
) -> catalogue.Answer:
    """Show what the peer must configure."""
    view = connections.describe_connection(
        context.work, context.scope, request.vpn_connection_id, reveal=True
    )
    return document(view)


def document(view: views.ConnectionView) -> catalogue.Answer:
    """Write a connection, with its keys, from the peer's point of view."""
    member = view.connection
    return {
        "VpnConnectionConfig": {
            "Local": "",
            "Remote": "",
            "LocalSubnet": connection_requests.spell(member.remote_ts),
            "RemoteSubnet": connection_requests.spell(member.local_ts),
            "TunnelsConfig": {"TunnelConfig": [_tunnel(tunnel) for tunnel in view.tunnels]},
            "BgpConfigs": {
                "BgpConfig": [
                    _session(tunnel.tunnel.id, tunnel.bgp) for tunnel in view.tunnels if tunnel.bgp
                ]
            },
        }
    }


def _session(tunnel_id: str, values: views.SessionView) -> dict[str, catalogue.JSON]:
    return {
        "TunnelId": tunnel_id,
        "TunnelCidr": str(values.cidr.network),
        "LocalAsn": str(values.peer_asn),
        "LocalBgpIp": str(values.peer_address),
        "PeerAsn": str(values.local_asn),
        "PeerBgpIp": str(values.local_address),
    }


def _tunnel(view: views.TunnelView) -> dict[str, catalogue.JSON]:
    return {
        "TunnelId": view.tunnel.id,
        "Local": str(view.peer_address),
        "Remote": str(view.gateway_address or ""),
        "IkeConfig": tunnel_answers.ike_config(
            view.tunnel.ike_profile, view.remote_identity, view.local_identity, view.psk
        ),
        "IpsecConfig": tunnel_answers.ipsec_config(view.tunnel.esp_profile),
        **tunnel_answers.conditions(view),
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DownloadVpnConnectionConfig",
        reveals_secrets=True,
        product=catalogue.Product.VPC,
        request=connection_requests.OneConnection,
        handler=download,
        requires_region=True,
    ),
)
