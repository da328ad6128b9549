"""Tunnels as the connection actions show them.

The vendor writes the numbers and booleans of a tunnel as text in describe answers and as values in
the answers of changes; `Style` tells the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from futago.actions import catalogue, spelling, states
from futago.domain import health, ike
from futago.plan import tunnel_conditions
from futago.services import views


class Style(Enum):
    """How numbers and booleans of a tunnel are written."""

    TEXT = "text"
    VALUE = "value"


def ike_config(
    profile: ike.IkeProfile,
    local: ike.Identity | None,
    remote: ike.Identity | None,
    psk: ike.PresharedKey | None,
) -> dict[str, catalogue.JSON]:
    """Spell phase 1 with typed numbers."""
    return {
        "Psk": psk.reveal() if psk else "",
        "IkeVersion": spelling.write_version(profile.version),
        "IkeMode": spelling.write_mode(profile.mode),
        "IkeEncAlg": spelling.write_encryption(profile.encryption),
        "IkeAuthAlg": spelling.write_integrity(profile.integrity),
        "IkePfs": spelling.write_group(profile.dh_group),
        "IkeLifetime": int(profile.lifetime.total_seconds()),
        "LocalId": local.text if local else "",
        "RemoteId": remote.text if remote else "",
    }


def ipsec_config(profile: ike.EspProfile) -> dict[str, catalogue.JSON]:
    """Spell phase 2 with typed numbers."""
    return {
        "IpsecEncAlg": spelling.write_encryption(profile.encryption),
        "IpsecAuthAlg": spelling.write_integrity(profile.integrity),
        "IpsecPfs": spelling.write_pfs(profile.pfs),
        "IpsecLifetime": int(profile.lifetime.total_seconds()),
    }


def bgp_config(view: views.TunnelView) -> dict[str, catalogue.JSON]:
    """Spell BGP with typed numbers; nothing while it is off, which every client reads as that."""
    values = view.bgp
    if values is None:
        return {}
    return {
        "TunnelCidr": str(values.cidr.network),
        "LocalAsn": values.local_asn,
        "LocalBgpIp": str(values.local_address),
        "PeerAsn": values.peer_asn,
        "PeerBgpIp": str(values.peer_address),
        "BgpStatus": states.write_bgp_status(values.status),
    }


def switched_bgp_config(view: views.TunnelView) -> dict[str, catalogue.JSON]:
    """Spell BGP as the answer to a change of a tunnel does: with a switch, without a status."""
    values = bgp_config(view)
    values.pop("BgpStatus", None)
    return {"EnableBgp": view.bgp is not None, **values}


def conditions(view: views.TunnelView) -> dict[str, catalogue.JSON]:
    """Spell what there is to know of a tunnel; absent where there is nothing."""
    said = view.facts.said
    found = tunnel_conditions.of_tunnel(
        view.tunnel,
        view.gateway_address,
        view.peer_address,
        is_armed=said is not None and said.is_armed and not said.children_installed,
        translated_port=said.translated_port if said is not None else None,
    )
    if not found:
        return {}
    return {
        "Conditions": [
            {"Code": each.code.value, "Message": each.message, "Remedy": each.remedy}
            for each in found
        ]
    }


def tunnel(view: views.TunnelView, style: Style) -> dict[str, catalogue.JSON]:
    """Spell one tunnel completely."""
    member = view.tunnel
    answer: dict[str, catalogue.JSON] = {
        "TunnelId": member.id,
        "TunnelIndex": int(member.index),
        "Role": spelling.write_role(member.role),
        "State": states.write_tunnel_state(view.state),
        "Status": states.write_sa_status(health.sa_status(view.proven)),
        "ZoneNo": view.zone_id or "",
        "InternetIp": str(view.gateway_address or ""),
        "CustomerGatewayId": view.customer_gateway_id,
        "EnableDpd": _flag(member.dpd, style),
        "EnableNatTraversal": _flag(member.nat_traversal, style),
        "RemoteCaCertificate": "",
        **conditions(view),
        "TunnelIkeConfig": _styled(
            ike_config(member.ike_profile, view.local_identity, view.remote_identity, view.psk),
            style,
        ),
        "TunnelIpsecConfig": _styled(ipsec_config(member.esp_profile), style),
        "TunnelBgpConfig": _styled(bgp_config(view), style),
    }
    return answer


def best_status(tunnels: Sequence[views.TunnelView]) -> str:
    """Spell the status of a connection: that of its best tunnel."""
    return states.write_sa_status(health.best_status([view.proven for view in tunnels]))


def _flag(value: bool, style: Style) -> catalogue.JSON:
    return ("true" if value else "false") if style is Style.TEXT else value


def _styled(members: dict[str, catalogue.JSON], style: Style) -> dict[str, catalogue.JSON]:
    if style is Style.VALUE:
        return members
    return {name: str(value) for name, value in members.items()}
