"""A connection or VPC of one account on the transit router of another, seen from both sides."""

from __future__ import annotations

import dataclasses
import threading
from concurrent import futures
from typing import Any

import pytest

from futago.domain import faults
from futago.store import schema, schema_grants

VPC = "2016-04-28"
CBN = "2017-09-12"
OTHER = "1555555555555555"
THIRD = "1666666666666666"
PSK = "only-the-owner-knows"


def account(cloud: Any, account_id: str) -> Any:
    with cloud.database.begin() as unit:
        unit.session.add(schema.AccountRow(id=account_id, created_at=unit.now))
    return dataclasses.replace(cloud, account_id=account_id)


@pytest.fixture
def owner(cloud: Any) -> Any:
    """The account of connections and VPCs; `cloud` has CEN and router."""
    return account(cloud, OTHER)


@pytest.fixture
def stranger(cloud: Any) -> Any:
    return account(cloud, THIRD)


@pytest.fixture
def connection_id(owner: Any) -> str:
    gateways = [
        owner.call("CreateCustomerGateway", IpAddress=address)["CustomerGatewayId"]
        for address in ("203.0.113.7", "203.0.113.8")
    ]
    return str(
        owner.call(
            "CreateVpnAttachment",
            Name="branch",
            LocalSubnet="0.0.0.0/0",
            RemoteSubnet="0.0.0.0/0",
            TunnelOptionsSpecification=[
                {
                    "TunnelIndex": index,
                    "CustomerGatewayId": gateway_id,
                    "TunnelIkeConfig": {"Psk": PSK},
                }
                for index, gateway_id in enumerate(gateways, start=1)
            ],
        )["VpnConnectionId"]
    )


def key(cloud: Any, frame: Any, instance_id: str, kind: str = "VPN") -> dict[str, Any]:
    return {
        "CenId": frame.cen_id,
        "CenOwnerId": cloud.account_id,
        "InstanceId": instance_id,
        "InstanceType": kind,
    }


def attach(cloud: Any, frame: Any, connection_id: str) -> dict[str, Any]:
    return {"TransitRouterId": frame.router_id, "VpnId": connection_id, "VpnOwnerId": OTHER}


@pytest.fixture
def attached(cloud: Any, owner: Any, node: Any, frame: Any, connection_id: str) -> str:
    """The attachment of the granted connection, settled."""
    owner.call("GrantInstanceToTransitRouter", **key(cloud, frame, connection_id))
    made = cloud.call("CreateTransitRouterVpnAttachment", **attach(cloud, frame, connection_id))
    node.settle()
    return str(made["TransitRouterAttachmentId"])


def test_a_connection_is_attached_abroad_only_with_a_grant(
    cloud: Any, owner: Any, node: Any, frame: Any, connection_id: str
) -> None:
    wanted = attach(cloud, frame, connection_id)
    create = "CreateTransitRouterVpnAttachment"
    assert cloud.refused(create, **wanted).code == "OperationUnsupported.VpnAttachment"
    unknown = cloud.refused(create, **{**wanted, "VpnId": "vco-00000000000000000"})
    assert unknown.code == "OperationUnsupported.VpnAttachment"
    unnamed = cloud.refused(create, **{**wanted, "VpnOwnerId": None})
    assert unnamed.code == "InvalidVpnConnectionInstanceId.NotFound"
    before = owner.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert (before["State"], before["CrossAccountAuthorized"]) == ("init", False)
    owner.call(
        "GrantInstanceToTransitRouter",
        **key(cloud, frame, connection_id),
        OrderType="PayByResourceOwner",
    )
    granted = owner.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    options = granted["TunnelOptionsSpecification"]["TunnelOptions"]
    assert {each["InternetIp"] for each in options} == {""}
    attachment_id = cloud.call(create, **wanted)["TransitRouterAttachmentId"]
    node.settle()
    (shown,) = cloud.call("ListTransitRouterVpnAttachments")["TransitRouterAttachments"]
    assert shown["TransitRouterAttachmentId"] == attachment_id
    assert (shown["Status"], shown["VpnId"]) == ("Attached", connection_id)
    assert shown["VpnOwnerId"] == int(OTHER)
    assert shown["OrderType"] == "PayByResourceOwner"


def test_the_owner_sees_where_the_connection_is_and_works_on_it(
    cloud: Any, owner: Any, node: Any, frame: Any, connection_id: str, attached: str
) -> None:
    shown = owner.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert shown["CrossAccountAuthorized"] is True
    assert (shown["AttachType"], shown["AttachInstanceId"]) == ("CEN", frame.cen_id)
    assert (shown["TransitRouterId"], shown["TransitRouterName"]) == (frame.router_id, "")
    assert shown["State"] == "attached"
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    assert all(each["InternetIp"] for each in options)
    assert {each["TunnelIkeConfig"]["Psk"] for each in options} == {PSK}
    (listed,) = owner.call("DescribeVpnAttachments")["VpnAttachments"]
    assert listed["CrossAccountAuthorized"] is True
    (rule,) = owner.call("DescribeVpnCrossAccountAuthorizations", VpnConnectionId=connection_id)[
        "CrossAccountAuthorizations"
    ]
    assert rule["AliUid"] == int(OTHER)
    assert rule["BindUid"] == int(cloud.account_id)
    assert (rule["BindInstance"], rule["BindProduct"]) == (frame.cen_id, "CEN")
    owner.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=connection_id,
        TunnelId=options[0]["TunnelId"],
        TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": "another"}},
    )
    node.settle()
    owner.call(
        "CreateVcoRouteEntry",
        VpnConnectionId=connection_id,
        NextHop=connection_id,
        RouteDest="192.168.0.0/16",
        Weight=100,
        OverlayMode="Ipsec",
    )
    node.settle()
    ends = {
        "TransitRouterAttachmentId": attached,
        "TransitRouterRouteTableId": frame.table_id,
    }
    assert owner.refused("EnableTransitRouterRouteTablePropagation", **ends).status >= 400
    cloud.call("AssociateTransitRouterAttachmentWithRouteTable", **ends)
    cloud.call("EnableTransitRouterRouteTablePropagation", **ends)
    for each in options:
        node.see(each["TunnelId"], ike=True, children=1)
    node.settle()
    entries = cloud.call("ListTransitRouterRouteEntries", TransitRouterRouteTableId=frame.table_id)[
        "TransitRouterRouteEntries"
    ]
    assert [each["TransitRouterRouteEntryDestinationCidrBlock"] for each in entries] == [
        "192.168.0.0/16"
    ]
    tables = owner.send("ListTransitRouterRouteTables", TransitRouterId=frame.router_id)
    assert frame.table_id not in str(tables.answer)
    assert owner.call("ListTransitRouterVpnAttachments")["TotalCount"] == 0


def test_the_owner_of_the_cen_never_sees_tunnels_or_keys(
    cloud: Any, connection_id: str, attached: str
) -> None:
    named = {"VpnConnectionId": connection_id}
    for action, values in (
        ("DescribeVpnConnection", named),
        ("ModifyVpnAttachmentAttribute", {**named, "Name": "mine"}),
        ("DeleteVpnAttachment", named),
        ("DownloadVpnConnectionConfig", named),
        ("DescribeVpnCrossAccountAuthorizations", named),
        ("DescribeVcoRouteEntries", named),
    ):
        refusal = cloud.refused(action, **values)
        assert refusal.code == "InvalidVpnConnectionInstanceId.NotFound", action
    assert cloud.call("DescribeVpnConnections")["TotalCount"] == 0
    assert cloud.call("DescribeVpnAttachments")["TotalCount"] == 0


def test_who_may_delete_what_and_in_which_order(
    cloud: Any, owner: Any, node: Any, frame: Any, connection_id: str, attached: str
) -> None:
    revoke = key(cloud, frame, connection_id)
    one = {"TransitRouterAttachmentId": attached}
    assert owner.refused("DeleteTransitRouterVpnAttachment", **one).status == 400
    in_use = owner.refused("DeleteVpnAttachment", VpnConnectionId=connection_id)
    assert in_use.code == "Vco.StatusNotSupport"
    assert owner.refused("RevokeInstanceFromTransitRouter", **revoke).code == "IncorrectStatus.Cen"
    older = owner.refused("RevokeInstanceFromCen", **revoke)
    assert older.code == "IncorrectStatus.cbnStatus"
    assert cloud.refused("RevokeInstanceFromTransitRouter", **revoke).status == 404
    cloud.call("DeleteTransitRouterVpnAttachment", **one)
    # Until the node has let go, the attachment still stands on the grant.
    assert owner.refused("RevokeInstanceFromTransitRouter", **revoke).code == "IncorrectStatus.Cen"
    node.settle()
    shown = owner.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert (shown["State"], shown["CrossAccountAuthorized"]) == ("init", False)
    owner.call("RevokeInstanceFromTransitRouter", **revoke)
    again = owner.refused("RevokeInstanceFromTransitRouter", **revoke)
    assert (again.status, again.code) == (404, "InvalidInstanceId.NotFound")
    refused = cloud.refused(
        "CreateTransitRouterVpnAttachment", **attach(cloud, frame, connection_id)
    )
    assert refused.code == "OperationUnsupported.VpnAttachment"
    owner.call("DeleteVpnAttachment", VpnConnectionId=connection_id)


def test_grants_are_listed_from_both_sides_and_change_their_payer(
    cloud: Any, owner: Any, stranger: Any, frame: Any, connection_id: str
) -> None:
    owner.call("GrantInstanceToTransitRouter", **key(cloud, frame, connection_id))
    of_cen = {"version": CBN, "CenId": frame.cen_id, "ProductType": "VPN"}
    (rule,) = cloud.call("DescribeGrantRulesToCen", **of_cen)["GrantRules"]["GrantRule"]
    assert rule == {
        "CenId": frame.cen_id,
        "CenOwnerId": int(cloud.account_id),
        "ChildInstanceId": connection_id,
        "ChildInstanceOwnerId": int(OTHER),
        "ChildInstanceRegionId": "cn-hangzhou",
        "ChildInstanceType": "VPN",
        "CreateTime": rule["CreateTime"],
        "EffectiveOrderType": "PayByCenOwner",
        "OrderType": "PayByCenOwner",
    }
    owner.call(
        "ModifyGrantInstanceToTransitRouter",
        CenId=frame.cen_id,
        InstanceId=connection_id,
        OrderType="PayByResourceOwner",
    )
    of_resource = {"ProductType": "VPN", "ResourceId": connection_id}
    (rule,) = owner.call("DescribeGrantRulesToResource", **of_resource)["GrantRules"]
    assert (rule["CenId"], rule["OrderType"]) == (frame.cen_id, "PayByResourceOwner")
    for wanted, count in (
        ({"ProductType": "VPC"}, 0),
        ({"ProductType": "VBR"}, 0),
        ({"ChildInstanceId": connection_id}, 1),
        ({"ChildInstanceId": "x"}, 0),
        ({"ChildInstanceOwnerId": OTHER}, 1),
        ({"ChildInstanceOwnerId": 7}, 0),
        ({"EnabledIpv6": True}, 0),
        ({"MaxResults": 1}, 1),
    ):
        answer = cloud.call("DescribeGrantRulesToCen", **{**of_cen, **wanted})
        assert answer["TotalCount"] == count, wanted
    older = owner.call(
        "DescribeGrantRulesToCen", version=VPC, InstanceId=connection_id, InstanceType="VPN"
    )
    (rule,) = older["CenGrantRules"]["CbnGrantRule"]
    assert (rule["CenInstanceId"], rule["CenOwnerId"]) == (frame.cen_id, int(cloud.account_id))
    assert stranger.refused("DescribeGrantRulesToCen", **of_cen).code == "InvalidCenId.NotFound"
    assert stranger.call("DescribeGrantRulesToResource", **of_resource)["GrantRules"] == []


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"CenId": "cen-00000000000000000"}, ("IllegalParam.CenId", "Invalid.Grant")),
        ({"CenOwnerId": 7}, ("IllegalParam.CenId", "Invalid.Grant")),
        ({"CenOwnerId": OTHER}, ("IllegalParam.CenId", "Invalid.Grant")),
        ({"InstanceId": "vco-0"}, ("InvalidInstanceId.NotFound", "InvalidInstanceId.NotFound")),
        ({"InstanceType": "VPC"}, ("InvalidInstanceId.NotFound", "InvalidInstanceId.NotFound")),
        ({"InstanceType": "ExpressConnect"}, ("InvalidVbr.NotFound", "InvalidVbr.NotFound")),
        ({"InstanceType": "ECR"}, ("InvalidInstanceId.NotFound", "InvalidInstanceId.NotFound")),
        ({"InstanceType": "Elephant"}, ("InvalidParameter", "InstanceType.Invalid")),
        ({"CenId": None}, ("MissingParameter", "MissingParam.CenInstanceId")),
        ({"CenOwnerId": "x"}, ("InvalidParameter", "InvalidParameter")),
    ],
)
def test_a_bad_grant_is_refused(
    cloud: Any,
    owner: Any,
    frame: Any,
    connection_id: str,
    values: dict[str, Any],
    codes: tuple[str, str],
) -> None:
    sent = {**key(cloud, frame, connection_id), **values}
    assert owner.refused("GrantInstanceToTransitRouter", **sent).code == codes[0]
    assert owner.refused("GrantInstanceToCen", **sent).code == codes[1]
    rules = owner.call("DescribeGrantRulesToResource", ProductType="VPN", ResourceId=connection_id)
    assert rules["TotalCount"] == 0


def test_an_attached_connection_cannot_be_granted(
    cloud: Any, frame: Any, node: Any, site: Any, owner: Any
) -> None:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )
    node.settle()
    abroad = owner.call("CreateCen")["CenId"]
    sent = {
        "CenId": abroad,
        "CenOwnerId": OTHER,
        "InstanceId": connection_id,
        "InstanceType": "VPN",
    }
    refused = cloud.refused("GrantInstanceToTransitRouter", **sent)
    assert refused.code == "InvalidStatus.ResourceStatus"
    assert cloud.refused("GrantInstanceToCen", **sent).code == "IncorrectStatus"
    free = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call("GrantInstanceToTransitRouter", **{**sent, "InstanceId": free})
    owner.call("DeleteCen", CenId=abroad)
    gone = cloud.call("DescribeGrantRulesToResource", ProductType="VPN", ResourceId=free)
    assert gone["TotalCount"] == 0


def test_a_vpc_of_another_account_is_attached_with_its_grant(
    cloud: Any, owner: Any, stranger: Any, node: Any, frame: Any
) -> None:
    vpc_id = owner.call("CreateVpc", CidrBlock="172.20.0.0/16")["VpcId"]
    vswitch_id = owner.call(
        "CreateVSwitch",
        VpcId=vpc_id,
        ZoneId="zone-a",
        CidrBlock="172.20.1.0/24",
        VSwitchName="front",
    )["VSwitchId"]
    node.settle()
    seen = {"CenId": frame.cen_id, "VpcId": vpc_id}
    assert cloud.refused("ListGrantVSwitchesToCen", **seen).code == "InvalidVpcId.NotFound"
    wanted = {
        "TransitRouterId": frame.router_id,
        "VpcId": vpc_id,
        "VpcOwnerId": OTHER,
        "ZoneMappings": [{"ZoneId": "zone-a", "VSwitchId": vswitch_id}],
    }
    create = "CreateTransitRouterVpcAttachment"
    assert cloud.refused(create, **wanted).code == "Forbbiden.AttachChildInstanceAcrossBid"
    owner.call("GrantInstanceToCen", **key(cloud, frame, vpc_id, "VPC"))
    (shown,) = cloud.call("ListGrantVSwitchesToCen", **seen)["VSwitches"]
    assert shown == {
        "VSwitchId": vswitch_id,
        "VSwitchName": "front",
        "VpcId": vpc_id,
        "ZoneId": "zone-a",
    }
    for more, count in (({"ZoneId": "zone-b"}, 0), ({"EnabledIpv6": True}, 0)):
        assert cloud.call("ListGrantVSwitchesToCen", **seen, **more)["TotalCount"] == count
    interfaces = cloud.call("ListGrantVSwitchEnis", **seen, VSwitchId=vswitch_id)
    assert (interfaces["GrantVSwitchEnis"], interfaces["TotalCount"]) == ([], "0")
    absent = cloud.refused("ListGrantVSwitchEnis", **seen, VSwitchId="vsw-0")
    assert absent.code == "InvalidVSwitchId.NotFound"
    assert stranger.refused("ListGrantVSwitchesToCen", **seen).code == "InvalidCenId.NotFound"
    attachment_id = cloud.call(create, **wanted)["TransitRouterAttachmentId"]
    node.settle()
    (shown,) = cloud.call("ListTransitRouterVpcAttachments")["TransitRouterAttachments"]
    assert (shown["VpcOwnerId"], shown["Status"]) == (int(OTHER), "Attached")
    busy = owner.refused("RevokeInstanceFromCen", **key(cloud, frame, vpc_id, "VPC"))
    assert busy.code == "IncorrectStatus.cbnStatus"
    second = owner.call("CreateVSwitch", VpcId=vpc_id, ZoneId="zone-b", CidrBlock="172.20.2.0/24")
    node.settle()
    cloud.call(
        "UpdateTransitRouterVpcAttachmentZones",
        TransitRouterAttachmentId=attachment_id,
        AddZoneMappings=[{"ZoneId": "zone-b", "VSwitchId": second["VSwitchId"]}],
    )
    node.settle()
    cloud.call("DeleteTransitRouterVpcAttachment", TransitRouterAttachmentId=attachment_id)
    node.settle()
    owner.call("RevokeInstanceFromCen", **key(cloud, frame, vpc_id, "VPC"))


def test_the_payer_of_an_attachment_changes_only_between_two_accounts(
    cloud: Any, node: Any, frame: Any, site: Any, attached: str
) -> None:
    update = "UpdateTransitRouterVpnAttachmentAttribute"
    cloud.call(update, TransitRouterAttachmentId=attached, OrderType="PayByResourceOwner")
    (shown,) = cloud.call("ListTransitRouterVpnAttachments")["TransitRouterAttachments"]
    assert shown["OrderType"] == "PayByResourceOwner"
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    own = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )["TransitRouterAttachmentId"]
    node.settle()
    mine = {"TransitRouterAttachmentId": own}
    cloud.call(update, **mine, OrderType="PayByCenOwner")
    refused = cloud.refused(update, **mine, OrderType="PayByResourceOwner")
    assert refused.code == "InvalidParameter"
    assert cloud.refused(update, **mine, OrderType="Nobody").code == "InvalidParameter"


def test_a_refusal_does_not_tell_where_somebody_elses_connection_is(
    cloud: Any, owner: Any, stranger: Any, frame: Any, attached: str
) -> None:
    (connection,) = owner.call("DescribeVpnAttachments")["VpnAttachments"]
    connection_id = connection["InstanceId"]
    cen_id = stranger.call("CreateCen")["CenId"]
    router_id = stranger.call(
        "CreateTransitRouter",
        CenId=cen_id,
        TransitRouterCidrList='[{"Cidr":"10.251.0.0/24"}]',
    )["TransitRouterId"]
    with cloud.database.begin() as unit:
        # As if it had been granted to both before it was attached.
        first = unit.session.get_one(schema_grants.RouterGrantRow, (connection_id, frame.cen_id))
        unit.session.add(
            schema_grants.RouterGrantRow(
                instance_id=connection_id,
                cen_id=cen_id,
                cen_owner_id=THIRD,
                account_id=OTHER,
                region_id=first.region_id,
                kind=first.kind,
                payer=first.payer,
                created_at=first.created_at,
            )
        )
    refused = stranger.refused(
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=router_id,
        VpnId=connection_id,
        VpnOwnerId=OTHER,
    )
    assert refused.code == "InvalidStatus.ResourceStatus"
    assert frame.router_id not in refused.message
    assert attached not in refused.message


def test_the_store_itself_refuses_to_lose_a_grant_in_use(
    cloud: Any, frame: Any, connection_id: str, attached: str
) -> None:
    def lose() -> None:
        with cloud.database.begin() as unit:
            row = unit.session.get_one(schema_grants.RouterGrantRow, (connection_id, frame.cen_id))
            unit.session.delete(row)

    with pytest.raises(faults.Unavailable):
        lose()


def at_once(*calls: tuple[Any, str, dict[str, Any]]) -> list[Any]:
    """Send several calls at one time, each from a thread of its own."""
    start = threading.Barrier(len(calls))

    def send(call: tuple[Any, str, dict[str, Any]]) -> Any:
        who, action, values = call
        start.wait(10)
        return who.send(action, **values)

    with futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, calls, timeout=30))


def test_attach_against_revoke_never_leaves_an_attachment_without_a_grant(
    cloud: Any, owner: Any, node: Any, frame: Any, connection_id: str
) -> None:
    named = key(cloud, frame, connection_id)
    for _ in range(6):
        owner.call("GrantInstanceToTransitRouter", **named)
        outcomes = at_once(
            (
                cloud,
                "CreateTransitRouterVpnAttachment",
                attach(cloud, frame, connection_id),
            ),
            (owner, "RevokeInstanceFromTransitRouter", named),
        )
        is_attached, is_revoked = (each.status == 200 for each in outcomes)
        assert is_attached is not is_revoked
        rules = owner.call(
            "DescribeGrantRulesToResource", ProductType="VPN", ResourceId=connection_id
        )
        assert rules["TotalCount"] == int(is_attached)
        assert cloud.call("ListTransitRouterVpnAttachments")["TotalCount"] == int(is_attached)
        if is_attached:
            attachment_id = outcomes[0].answer["TransitRouterAttachmentId"]
            node.settle()
            cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
            node.settle()
            owner.call("RevokeInstanceFromTransitRouter", **named)


def test_the_owner_of_the_cen_is_told_what_concerns_it(
    cloud: Any, owner: Any, stranger: Any, node: Any, connection_id: str, attached: str
) -> None:
    shown = owner.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnels = [each["TunnelId"] for each in shown["TunnelOptionsSpecification"]["TunnelOptions"]]
    for each in tunnels:
        node.see(each, ike=True, children=1)
    node._apply()
    told = [each["Name"] for each in cloud.call("ListEvents")["Events"]]
    assert told == ["connection_up", "attachment_attached", "attachment_attaching"]
    assert "tunnel_up" in [each["Name"] for each in owner.call("ListEvents")["Events"]]
    assert stranger.call("ListEvents")["Events"] == []
    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attached)
    node.settle()
    assert cloud.call("ListEvents")["Events"][0]["Name"] == "attachment_detached"
