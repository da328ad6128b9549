"""The Terraform provider with BGP, field by field.

A tunnel's BGP block is optional and computed: what was read once is sent again with every later
change, also with the one that turns BGP off.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from futago.testing import provider as terraform

pytestmark = pytest.mark.slow

READ = ("TunnelCidr", "LocalAsn", "LocalBgpIp")
COMPUTED = ("BgpStatus", "PeerAsn", "PeerBgpIp")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[terraform.Provider]:
    with terraform.serve(tmp_path) as served:
        yield served


def create_gateway(provider: terraform.Provider, address: str, asn: str) -> str:
    made = provider.call(
        "vpc",
        "CreateCustomerGateway",
        IpAddress=address,
        Name="tf-gateway",
        Description="",
        Asn=asn,
        AuthKey="tf-key",
        ClientToken=terraform.token("CreateCustomerGateway"),
    )
    gateway_id = str(made["CustomerGatewayId"])
    shown = provider.call("vpc", "DescribeCustomerGateway", CustomerGatewayId=gateway_id)
    assert (str(shown["Asn"]), shown["AuthKey"]) == (asn, "tf-key")
    return gateway_id


def values(asn: int, cidr: str, address: str) -> dict[str, Any]:
    return {"LocalAsn": asn, "LocalBgpIp": address, "TunnelCidr": cidr}


def read(provider: terraform.Provider, connection_id: str) -> tuple[bool, list[dict[str, Any]]]:
    """Give the switch and the blocks of both tunnels, as the provider keeps them."""
    shown = provider.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnels = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    return shown["EnableTunnelsBgp"], [each["TunnelBgpConfig"] for each in tunnels]


def modify(
    provider: terraform.Provider,
    connection_id: str,
    blocks: list[dict[str, Any]],
    *,
    enabled: bool,
) -> None:
    """Send what the provider sends for any change of the connection."""
    shown = provider.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnels = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    options = [
        {
            **terraform.block(
                int(tunnel["TunnelIndex"]), tunnel["CustomerGatewayId"], TunnelId=tunnel["TunnelId"]
            ),
            "TunnelBgpConfig": block,
        }
        for tunnel, block in zip(tunnels, blocks, strict=True)
    ]
    provider.call(
        "vpc",
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=connection_id,
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EnableTunnelsBgp=enabled,
        TunnelOptionsSpecification=options,
        ClientToken=terraform.token("ModifyVpnAttachmentAttribute"),
    )


def test_bgp_is_created_read_back_changed_and_turned_off(provider: terraform.Provider) -> None:
    gateways = [
        create_gateway(provider, address, asn)
        for address, asn in (("203.0.113.7", "65001"), ("203.0.113.8", "65001"))
    ]
    blocks = [
        values(1219001, "169.254.10.0/30", "169.254.10.1"),
        values(1219001, "169.254.20.0/30", "169.254.20.2"),
    ]
    made = provider.call(
        "vpc",
        "CreateVpnAttachment",
        Name="tf-bgp",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EnableTunnelsBgp=True,
        BgpConfig="",
        TunnelOptionsSpecification=[
            {**terraform.block(index, gateway_id), "TunnelBgpConfig": block}
            for index, (gateway_id, block) in enumerate(zip(gateways, blocks, strict=True), start=1)
        ],
        ClientToken=terraform.token("CreateVpnAttachment"),
    )
    connection_id = str(made["VpnConnectionId"])
    enabled, shown = read(provider, connection_id)
    assert enabled is True
    assert [{name: each[name] for name in READ} for each in shown] == [
        {**block, "LocalAsn": "1219001"} for block in blocks
    ]
    assert all(set(COMPUTED) <= each.keys() for each in shown)
    assert [each["PeerBgpIp"] for each in shown] == ["169.254.10.2", "169.254.20.1"]
    changed = [
        values(1219002, "169.254.44.0/30", "169.254.44.1"),
        values(1219002, "169.254.20.0/30", "169.254.20.1"),
    ]
    modify(provider, connection_id, changed, enabled=True)
    _, shown = read(provider, connection_id)
    assert [{name: each[name] for name in READ} for each in shown] == [
        {**block, "LocalAsn": "1219002"} for block in changed
    ]
    # Without a change nothing moves: what was read is what the next plan compares.
    modify(provider, connection_id, shown, enabled=True)
    assert read(provider, connection_id) == (True, shown)
    modify(provider, connection_id, shown, enabled=False)
    assert read(provider, connection_id) == (False, [{}, {}])
    nothing = {"LocalAsn": 0, "LocalBgpIp": "", "TunnelCidr": ""}
    modify(provider, connection_id, [nothing, nothing], enabled=True)
    assert read(provider, connection_id) == (True, shown)


def test_turning_bgp_on_for_gateways_without_a_number_is_refused(
    provider: terraform.Provider,
) -> None:
    made = provider.call("vpc", "CreateCustomerGateway", IpAddress="203.0.113.7", Asn="")
    block = values(0, "169.254.10.0/30", "")
    other = values(0, "169.254.20.0/30", "")
    answer = provider.refused(
        "vpc",
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EnableTunnelsBgp=True,
        TunnelOptionsSpecification=[
            {**terraform.block(index, made["CustomerGatewayId"]), "TunnelBgpConfig": each}
            for index, each in enumerate((block, other), start=1)
        ],
    )
    assert answer == (400, "MissingParam.CustomerGatewayAsn")
