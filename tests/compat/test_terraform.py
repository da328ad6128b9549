"""What the Terraform provider sends, replayed field by field.

It signs with the RPC signature 1.0, puts the parameters of the operation into the body, and sends
empty texts and zeros for whatever the user left out. After each step it reads the resource back and
compares every field; a list is read by its first element, and an empty list means "gone".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from futago.testing import provider as terraform

pytestmark = pytest.mark.slow


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[terraform.Provider]:
    with terraform.serve(tmp_path) as served:
        yield served


def create_gateway(provider: terraform.Provider, address: str) -> str:
    made = provider.call(
        "vpc",
        "CreateCustomerGateway",
        IpAddress=address,
        Name="tf-gateway",
        Description="",
        Asn="",
        ClientToken=terraform.token("CreateCustomerGateway"),
    )
    gateway_id = str(made["CustomerGatewayId"])
    shown = provider.call("vpc", "DescribeCustomerGateway", CustomerGatewayId=gateway_id)
    assert (shown["IpAddress"], shown["Name"]) == (address, "tf-gateway")
    return gateway_id


def read(provider: terraform.Provider, connection_id: str) -> dict[str, Any]:
    return provider.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)


def create_connection(provider: terraform.Provider, gateway_ids: list[str]) -> str:
    made = provider.call(
        "vpc",
        "CreateVpnAttachment",
        Name="tf-connection",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        NetworkType="public",
        EffectImmediately=True,
        AutoConfigRoute=True,
        EnableTunnelsBgp=False,
        EnableDpd=True,
        EnableNatTraversal=True,
        CustomerGatewayId="",
        IkeConfig="",
        IpsecConfig="",
        BgpConfig="",
        HealthCheckConfig="",
        RemoteCaCert="",
        ResourceGroupId="",
        Tags=[{"Key": "Created", "Value": "TF"}],
        TunnelOptionsSpecification=[
            terraform.block(index, each) for index, each in enumerate(gateway_ids, start=1)
        ],
        ClientToken=terraform.token("CreateVpnAttachment"),
    )
    return str(made["VpnConnectionId"])


FIELDS_OF_TUNNELS = {
    "TunnelIkeConfig": {
        "IkeAuthAlg",
        "IkeEncAlg",
        "IkeLifetime",
        "IkeMode",
        "IkePfs",
        "IkeVersion",
        "LocalId",
        "RemoteId",
        "Psk",
    },
    "TunnelIpsecConfig": {"IpsecAuthAlg", "IpsecEncAlg", "IpsecLifetime", "IpsecPfs"},
}


def require_complete(tunnel: dict[str, Any]) -> None:
    """Require all fields that are read back; the provider compares each with its state."""
    for member in ("CustomerGatewayId", "EnableDpd", "EnableNatTraversal", "TunnelId", "State"):
        assert tunnel[member] not in {None, ""}, member
    for name, members in FIELDS_OF_TUNNELS.items():
        assert members <= tunnel[name].keys()
        unset = {"LocalId"} if not tunnel["InternetIp"] else set()
        assert all(tunnel[name][each] for each in members - unset), tunnel[name]


def test_a_connection_is_created_read_updated_imported_and_deleted(
    provider: terraform.Provider,
) -> None:
    gateway_ids = [create_gateway(provider, address) for address in ("203.0.113.7", "203.0.113.8")]
    connection_id = create_connection(provider, gateway_ids)
    first = read(provider, connection_id)
    assert (first["State"], first["Name"]) == ("init", "tf-connection")
    tunnels = first["TunnelOptionsSpecification"]["TunnelOptions"]
    for tunnel in tunnels:
        require_complete(tunnel)
        assert tunnel["TunnelIkeConfig"]["IkeLifetime"] == "86400"
    # What an import reads is what the creation left: the same every time.
    again = read(provider, connection_id)
    assert {**again, "RequestId": ""} == {**first, "RequestId": ""}
    update(provider, connection_id, gateway_ids, tunnels)
    tag(provider, connection_id)
    provider.call(
        "vpc",
        "DeleteVpnAttachment",
        VpnConnectionId=connection_id,
        ClientToken=terraform.token("DeleteVpnAttachment"),
    )
    gone = provider.refused("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    assert gone == (404, "InvalidVpnConnectionInstanceId.NotFound")
    for gateway_id in gateway_ids:
        provider.call("vpc", "DeleteCustomerGateway", CustomerGatewayId=gateway_id)
        gone = provider.refused("vpc", "DescribeCustomerGateway", CustomerGatewayId=gateway_id)
        assert gone == (404, "InvalidCustomerGatewayInstanceId.NotFound")


def update(
    provider: terraform.Provider,
    connection_id: str,
    gateway_ids: list[str],
    tunnels: list[dict[str, Any]],
) -> None:
    options = []
    for tunnel, gateway_id in zip(tunnels, gateway_ids, strict=True):
        index = int(tunnel["TunnelIndex"])
        ike = {**tunnel["TunnelIkeConfig"], "IkePfs": "group14"}
        options.append(
            {
                **terraform.block(index, gateway_id, TunnelId=tunnel["TunnelId"]),
                "TunnelIkeConfig": ike,
            }
        )
    provider.call(
        "vpc",
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=connection_id,
        Name="tf-renamed",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EffectImmediately=False,
        AutoConfigRoute=True,
        EnableTunnelsBgp=False,
        TunnelOptionsSpecification=options,
        ClientToken=terraform.token("ModifyVpnAttachmentAttribute"),
    )
    shown = read(provider, connection_id)
    assert (shown["Name"], shown["EffectImmediately"]) == ("tf-renamed", False)
    after = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    assert [each["TunnelId"] for each in after] == [each["TunnelId"] for each in tunnels]
    assert {each["TunnelIkeConfig"]["IkePfs"] for each in after} == {"group14"}
    keys = [each["TunnelIkeConfig"]["Psk"] for each in tunnels]
    assert [each["TunnelIkeConfig"]["Psk"] for each in after] == keys


def tag(provider: terraform.Provider, connection_id: str) -> None:
    target = {"ResourceType": "VPNATTACHMENT", "ResourceId": [connection_id]}
    provider.call("vpc", "TagResources", Tag=[{"Key": "For", "Value": "Test"}], **target)
    provider.call("vpc", "UnTagResources", TagKey=["Created"], **target)
    tags = read(provider, connection_id)["Tags"]["Tag"]
    assert [(each["Key"], each["Value"]) for each in tags] == [("For", "Test")]


def test_an_attachment_is_polled_until_it_is_attached_and_until_the_list_is_empty(
    provider: terraform.Provider,
) -> None:
    cen_id = provider.call("cbn", "CreateCen", Name="tf-cen", Description="")["CenId"]
    (cen,) = provider.call("cbn", "DescribeCens", Filter=[{"Key": "CenId", "Value": [cen_id]}])[
        "Cens"
    ]["Cen"]
    assert cen["Status"] == "Active"
    router_id = create_router(provider, cen_id)
    gateway_ids = [create_gateway(provider, address) for address in ("203.0.113.7", "203.0.113.8")]
    connection_id = create_connection(provider, gateway_ids)
    attachment_id = provider.call(
        "cbn",
        "CreateTransitRouterVpnAttachment",
        CenId=cen_id,
        TransitRouterId=router_id,
        VpnId=connection_id,
        VpnOwnerId=0,
        TransitRouterAttachmentName="tf",
        TransitRouterAttachmentDescription="",
        AutoPublishRouteEnabled=True,
        ChargeType="POSTPAY",
        ClientToken=terraform.token("CreateTransitRouterVpnAttachment"),
    )["TransitRouterAttachmentId"]
    assert poll(provider, attachment_id) == ["Attaching"]
    provider.service.node.settle()
    assert poll(provider, attachment_id) == ["Attached"]
    provider.call(
        "cbn", "DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id
    )
    assert poll(provider, attachment_id) == ["Detaching"]
    provider.service.node.settle()
    assert poll(provider, attachment_id) == []
    provider.call("cbn", "DeleteTransitRouter", TransitRouterId=router_id)
    provider.service.node.settle()
    absent = provider.call("cbn", "ListTransitRouters", CenId=cen_id, TransitRouterId=router_id)
    assert absent["TransitRouters"] == []
    provider.call("cbn", "DeleteCen", CenId=cen_id)


def create_router(provider: terraform.Provider, cen_id: str) -> str:
    made = provider.call(
        "cbn",
        "CreateTransitRouter",
        CenId=cen_id,
        TransitRouterName="tf-router",
        TransitRouterDescription="",
        SupportMulticast=False,
        ClientToken=terraform.token("CreateTransitRouter"),
    )
    router_id = str(made["TransitRouterId"])
    provider.service.node.settle()
    (shown,) = provider.call("cbn", "ListTransitRouters", CenId=cen_id, TransitRouterId=router_id)[
        "TransitRouters"
    ]
    assert (shown["Status"], shown["TransitRouterName"]) == ("Active", "tf-router")
    cidr_id = provider.call(
        "cbn",
        "CreateTransitRouterCidr",
        TransitRouterId=router_id,
        Cidr="10.250.0.0/24",
        Name="",
        Description="",
        PublishCidrRoute=True,
    )["TransitRouterCidrId"]
    (pool,) = provider.call(
        "cbn", "ListTransitRouterCidr", TransitRouterId=router_id, TransitRouterCidrId=cidr_id
    )["CidrLists"]
    assert (pool["Cidr"], pool["PublishCidrRoute"]) == ("10.250.0.0/24", True)
    return router_id


def poll(provider: terraform.Provider, attachment_id: str) -> list[str]:
    """Read an attachment as the provider does: by nothing but its id."""
    listed = provider.call(
        "cbn", "ListTransitRouterVpnAttachments", TransitRouterAttachmentId=attachment_id
    )
    return [each["Status"] for each in listed["TransitRouterAttachments"]]
