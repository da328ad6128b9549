"""The vendor's old Python client walks the whole life of a dual-tunnel connection.

It signs with the RPC signature 1.0 and sends everything that newer clients know structures for as
flat parameters; what it has no method for is added as a parameter by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from futago.services import access
from futago.testing import loopback

pytestmark = [
    pytest.mark.slow,
    # The old client carries libraries of ten years ago.
    pytest.mark.filterwarnings("ignore"),
]
core = pytest.importorskip("aliyunsdkcore.client", reason="the old client is not installed")
exceptions = import_module("aliyunsdkcore.acs_exception.exceptions")
PACKAGES = {"vpc": "aliyunsdkvpc.request.v20160428", "cbn": "aliyunsdkcbn.request.v20170912"}
PSK = "p~`!@#$%^&*()_-+={}[]\\|;:',.<>/?\""


@dataclass
class Old:
    client: Any
    service: loopback.Service
    port: int

    def call(self, product: str, name: str, **values: Any) -> Any:
        module = import_module(f"{PACKAGES[product]}.{name}Request")
        request = getattr(module, f"{name}Request")()
        request.set_endpoint("127.0.0.1")
        for member, value in values.items():
            setter = getattr(request, f"set_{member}", None)
            if setter is not None:
                setter(value)
            else:
                add(request, member, value)
        return json.loads(self.client.do_action_with_exception(request))

    def refused(self, product: str, name: str, **values: Any) -> tuple[int, str]:
        with pytest.raises(exceptions.ServerException) as caught:
            self.call(product, name, **values)
        return caught.value.http_status, caught.value.error_code

    def of_another_account(self) -> tuple[Old, str]:
        """Make an account, and give its client and its id."""
        with self.service.database.begin() as unit:
            account_id = access.create_account(unit, "branch")
            key = access.create_access_key(unit, account_id, access.ADMINISTRATOR)
        return Old(connect(key, self.port), self.service, self.port), account_id


def add(request: Any, name: str, value: Any) -> None:
    """Add what this client has no method for, as its users do."""
    if isinstance(value, list):
        for index, each in enumerate(value, start=1):
            add(request, f"{name}.{index}", each)
    elif isinstance(value, dict):
        for member, each in value.items():
            add(request, f"{name}.{member}", each)
    else:
        request.add_query_param(name, value)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Old]:
    with loopback.serve(tmp_path) as served:
        key = served.service.key
        yield Old(connect(key, served.port), served.service, served.port)


def connect(key: Any, port: int) -> Any:
    return core.AcsClient(key.access_key_id, key.secret, loopback.REGION, port=port, timeout=20)


def tunnel(index: int, gateway_id: str) -> dict[str, Any]:
    return {
        "TunnelIndex": index,
        "CustomerGatewayId": gateway_id,
        "EnableDpd": True,
        "EnableNatTraversal": True,
        "TunnelIkeConfig": {"Psk": PSK, "IkeVersion": "ikev2", "IkeEncAlg": "aes256"},
        "TunnelIpsecConfig": {"IpsecPfs": "group14", "IpsecLifetime": 86400},
    }


def create_router(old: Old) -> tuple[str, str]:
    """Make a CEN and a transit router."""
    cen_id = old.call("cbn", "CreateCen", Name="frame")["CenId"]
    blocks = [{"Cidr": "10.250.0.0/24", "PublishCidrRoute": True}]
    router_id = old.call("cbn", "CreateTransitRouter", CenId=cen_id, TransitRouterCidrList=blocks)[
        "TransitRouterId"
    ]
    old.service.node.settle()
    routers = old.call("cbn", "ListTransitRouters", CenId=cen_id)["TransitRouters"]
    assert [each["Status"] for each in routers] == ["Active"]
    return cen_id, router_id


def create_connection(old: Old) -> tuple[list[str], str]:
    """Make two customer gateways and a connection between them."""
    gateways = [
        old.call("vpc", "CreateCustomerGateway", IpAddress=address, Name="dc 1")[
            "CustomerGatewayId"
        ]
        for address in ("203.0.113.7", "203.0.113.8")
    ]
    created = old.call(
        "vpc",
        "CreateVpnAttachment",
        Name="büro & mehr",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EffectImmediately=True,
        ClientToken="tok-1",
        TunnelOptionsSpecification=[tunnel(1, gateways[0]), tunnel(2, gateways[1])],
    )
    return gateways, created["VpnConnectionId"]


def test_a_connection_lives_from_creation_to_deletion(old: Old) -> None:
    cen_id, router_id = create_router(old)
    gateways, connection_id = create_connection(old)
    walk(old, router_id, connection_id)
    for gateway_id in gateways:
        old.call("vpc", "DeleteCustomerGateway", CustomerGatewayId=gateway_id)
    old.call("cbn", "DeleteTransitRouter", TransitRouterId=router_id)
    old.service.node.settle()
    old.call("cbn", "DeleteCen", CenId=cen_id)


def walk(old: Old, router_id: str, connection_id: str) -> None:
    attachment_id = old.call(
        "cbn", "CreateTransitRouterVpnAttachment", TransitRouterId=router_id, VpnId=connection_id
    )["TransitRouterAttachmentId"]
    shown = old.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    assert (shown["State"], shown["Name"]) == ("attaching", "büro & mehr")
    old.service.node.settle()
    shown = old.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    assert shown["State"] == "attached"
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    assert [each["TunnelIkeConfig"]["Psk"] for each in options] == [PSK, PSK]
    with pytest.raises(exceptions.ServerException) as caught:
        old.call("vpc", "DeleteVpnAttachment", VpnConnectionId=connection_id)
    assert (caught.value.error_code, caught.value.http_status) == ("Vco.StatusNotSupport", 400)
    assert caught.value.request_id
    changed = old.call(
        "vpc",
        "ModifyTunnelAttribute",
        VpnConnectionId=connection_id,
        TunnelId=options[0]["TunnelId"],
        TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": "a+b%c"}},
    )
    assert changed["TunnelIkeConfig"]["Psk"] == "a+b%c"
    old.service.node.settle()
    listed = old.call("vpc", "DescribeVpnConnections", VpnConnectionId=connection_id)
    assert listed["TotalCount"] == 1
    old.call("cbn", "DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
    old.service.node.settle()
    old.call("vpc", "DeleteVpnAttachment", VpnConnectionId=connection_id)
    with pytest.raises(exceptions.ServerException) as caught:
        old.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    assert caught.value.error_code == "InvalidVpnConnectionInstanceId.NotFound"


def test_a_connection_lives_on_the_router_of_another_account(old: Old) -> None:
    branch, branch_id = old.of_another_account()
    cen_id, router_id = create_router(old)
    _, connection_id = create_connection(branch)
    attach = {"TransitRouterId": router_id, "VpnId": connection_id, "VpnOwnerId": branch_id}
    create = "CreateTransitRouterVpnAttachment"
    assert old.refused("cbn", create, **attach) == (400, "OperationUnsupported.VpnAttachment")
    granted = {
        "CenId": cen_id,
        "CenOwnerId": old.service.account_id,
        "InstanceId": connection_id,
        "InstanceType": "VPN",
    }
    branch.call("cbn", "GrantInstanceToTransitRouter", **granted)
    require_seen_from_both_sides(old, branch, cen_id, connection_id)
    attachment_id = old.call("cbn", create, **attach)["TransitRouterAttachmentId"]
    old.service.node.settle()
    (shown,) = old.call("cbn", "ListTransitRouterVpnAttachments", CenId=cen_id)[
        "TransitRouterAttachments"
    ]
    assert (shown["Status"], shown["VpnOwnerId"]) == ("Attached", int(branch_id))
    mine = branch.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    assert (mine["State"], mine["CrossAccountAuthorized"]) == ("attached", True)
    assert (mine["TransitRouterId"], mine["AttachInstanceId"]) == (router_id, cen_id)
    hidden = old.refused("vpc", "DescribeVpnConnection", VpnConnectionId=connection_id)
    assert hidden == (404, "InvalidVpnConnectionInstanceId.NotFound")
    revoke = "RevokeInstanceFromTransitRouter"
    assert branch.refused("cbn", revoke, **granted) == (400, "IncorrectStatus.Cen")
    old.call("cbn", "DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
    old.service.node.settle()
    branch.call("cbn", revoke, **granted)
    rules = old.call("cbn", "DescribeGrantRulesToCen", CenId=cen_id, ProductType="VPN")
    assert rules["TotalCount"] == 0
    branch.call("vpc", "DeleteVpnAttachment", VpnConnectionId=connection_id)


def require_seen_from_both_sides(old: Old, branch: Old, cen_id: str, connection_id: str) -> None:
    rules = old.call("cbn", "DescribeGrantRulesToCen", CenId=cen_id, ProductType="VPN")
    (rule,) = rules["GrantRules"]["GrantRule"]
    assert rule["ChildInstanceId"] == connection_id
    (rule,) = branch.call(
        "cbn", "DescribeGrantRulesToResource", ResourceId=connection_id, ProductType="VPN"
    )["GrantRules"]
    assert (rule["CenId"], rule["CenOwnerId"]) == (cen_id, int(old.service.account_id))
    (rule,) = branch.call(
        "vpc", "DescribeVpnCrossAccountAuthorizations", VpnConnectionId=connection_id
    )["CrossAccountAuthorizations"]
    assert rule["BindInstance"] == cen_id


def test_a_wrong_secret_is_told_in_the_words_this_client_compares(old: Old) -> None:
    key = old.service.key
    old.client = core.AcsClient(key.access_key_id, "wrong", loopback.REGION, port=old.port)
    with pytest.raises(exceptions.ServerException) as caught:
        old.call("vpc", "DescribeVpnConnections")
    # It found its own string to sign in the message.
    assert caught.value.error_code == "InvalidAccessKeySecret"
