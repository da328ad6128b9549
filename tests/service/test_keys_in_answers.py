"""No answer shows a key but those that are made for it: each read of the catalogue is asked."""

from __future__ import annotations

from typing import Any

import pytest

from futago.actions import catalogue, registry, requests
from futago.testing import parameters, speakers

PSK = "a-key-nobody-may-see"
SHOWS_PSK = {"DescribeVpnConnection", "DownloadVpnConnectionConfig", "RevealTunnelPsk"}
"""Reads that carry keys, since infrastructure-as-code clients need them; one is asked for a key."""
SHOWS_BGP_KEY = {"DescribeCustomerGateway", "DescribeCustomerGateways", "DescribeVpnConnection"}
"""Source: vendor operations of customer gateways, AuthKey."""
READS = [
    each
    for each in registry.catalogue(region_id="cn-hangzhou")
    if not each.mutating and each.support is not catalogue.Support.REFUSED
]


@pytest.fixture
def known(cloud: Any, attached: speakers.Attached) -> dict[str, Any]:
    """Ids of what is there, by the names of parameters."""
    connection_id = attached.connection_id
    described = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnels = described["TunnelOptionsSpecification"]["TunnelOptions"]
    tunnel_id = tunnels[0]["TunnelId"]
    cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=connection_id,
        TunnelId=tunnel_id,
        TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": PSK}},
    )
    attached.node.settle()
    cloud.call("RekeyTunnel", VpnConnectionId=connection_id, TunnelId=tunnel_id)
    return {
        "VpnConnectionId": connection_id,
        "TunnelId": tunnel_id,
        "TunnelIds": [tunnel_id],
        "CustomerGatewayId": tunnels[0]["CustomerGatewayId"],
        "TransitRouterId": attached.router_id,
        "InstanceId": connection_id,
        "MinutePeriod": 10,
    }


def test_keys_are_in_the_answers_that_are_made_for_them_only(
    cloud: Any, known: dict[str, Any]
) -> None:
    answered, with_psk, with_bgp_key = set(), set(), set()
    for action in READS:
        values = {**parameters.sample(action)}
        for name in requests.wire_names(action.request) & known.keys():
            values[name] = known[name]
        values["RegionId"] = "cn-hangzhou"
        answer = cloud.send(action.name, version=action.product.value, **values).answer
        if "Code" not in answer:
            answered.add(action.name)
        with_psk |= {action.name} if PSK in str(answer) else set()
        with_bgp_key |= {action.name} if speakers.KEY in str(answer) else set()
    assert with_psk == SHOWS_PSK
    assert with_bgp_key <= SHOWS_BGP_KEY
    assert len(answered) > len(READS) // 2, sorted(each.name for each in READS)
