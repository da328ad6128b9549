"""What there is to know of a tunnel although nothing failed."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from futago.domain import connection, ids, ike
from futago.plan import tunnel_conditions

TUNNEL = connection.Tunnel(
    id=ids.TunnelId("tun-" + "a" * 17),
    index=connection.TunnelIndex.ONE,
    customer_gateway_id=ids.CustomerGatewayId("cgw-" + "a" * 17),
    ike_profile=ike.IkeProfile(),
    esp_profile=ike.EspProfile(),
)


@pytest.mark.parametrize(
    ("gateway", "peer", "is_told"),
    [
        ("198.51.100.1", "192.168.1.1", True),
        ("198.51.100.1", "172.31.255.1", True),
        ("198.51.100.1", "203.0.113.1", False),
        ("10.99.0.1", "192.168.1.1", False),
        (None, "192.168.1.1", False),
    ],
)
def test_a_private_peer_of_a_public_gateway_is_told(
    gateway: str | None, peer: str, is_told: bool
) -> None:
    ours = None if gateway is None else IPv4Address(gateway)
    found = tunnel_conditions.of_tunnel(TUNNEL, ours, IPv4Address(peer))
    codes = [each.code for each in found]
    assert codes == ([tunnel_conditions.Code.PRIVATE_PEER_ADDRESS] if is_told else [])
    assert all(peer in each.message for each in found)
