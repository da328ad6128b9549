"""CENs, transit routers, address blocks, VPCs, attachments, tables and routes through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def vpc(cloud: Any, node: Any) -> tuple[str, str]:
    """A VPC and its vSwitch in zone-a, settled."""
    vpc_id = cloud.call("CreateVpc", CidrBlock="172.20.0.0/16", VpcName="office")["VpcId"]
    vswitch_id = cloud.call(
        "CreateVSwitch", VpcId=vpc_id, ZoneId="zone-a", CidrBlock="172.20.1.0/24"
    )["VSwitchId"]
    node.settle()
    return vpc_id, vswitch_id


@pytest.fixture
def vpc_attachment_id(cloud: Any, node: Any, frame: Any, vpc: tuple[str, str]) -> str:
    made = cloud.call(
        "CreateTransitRouterVpcAttachment",
        CenId=frame.cen_id,
        VpcId=vpc[0],
        ZoneMappings=[{"ZoneId": "zone-a", "VSwitchId": vpc[1]}],
        TransitRouterAttachmentName="to-office",
        Tag=[{"Key": "env", "Value": "test"}],
    )
    node.settle()
    return str(made["TransitRouterAttachmentId"])


@pytest.fixture
def vpn(cloud: Any, node: Any, frame: Any, site: Any) -> tuple[str, str]:
    """A connection and its attachment, settled."""
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    attachment_id = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )["TransitRouterAttachmentId"]
    node.settle()
    return connection_id, attachment_id


def bound(attachment_id: str, frame: Any) -> dict[str, str]:
    return {
        "TransitRouterAttachmentId": attachment_id,
        "TransitRouterRouteTableId": frame.table_id,
    }


def test_a_cen_is_found_by_id_and_name(cloud: Any) -> None:
    one = cloud.call("CreateCen", Name="one", Tag=[{"Key": "k", "Value": "v"}])["CenId"]
    two = cloud.call("CreateCen", Name="two", Description="second")["CenId"]

    def found(**wanted: Any) -> set[str]:
        answer = cloud.call("DescribeCens", RegionId=None, **wanted)
        return {cen["CenId"] for cen in answer["Cens"]["Cen"]}

    assert found() == {one, two}
    assert found(Filter=[{"Key": "CenId", "Value": [one]}]) == {one}
    assert found(Filter=[{"Key": "Name", "Value": ["one", "two"]}]) == {one, two}
    assert (
        found(Filter=[{"Key": "Name", "Value": ["one"]}, {"Key": "CenId", "Value": [two]}]) == set()
    )
    assert found(Tag=[{"Key": "k"}]) == {one}
    cloud.call("ModifyCenAttribute", CenId=two, Name="zwei")
    assert found(Filter=[{"Key": "Name", "Value": ["zwei"]}]) == {two}
    (cen,) = cloud.call("DescribeCens", Filter=[{"Key": "CenId", "Value": [two]}])["Cens"]["Cen"]
    assert cen["Status"] == "Active"
    assert cen["CreationTime"] == "2026-11-23T06:56Z"
    assert cen["Description"] == "second"
    cloud.call("DeleteCen", CenId=one)
    assert found() == {two}
    assert cloud.refused("DeleteCen", CenId=one).code == "ParameterCenInstanceId"
    assert cloud.refused("DescribeCens", Filter=[{"Key": "X"}]).code == "InvalidParameter"
    assert cloud.refused("CreateCen", ProtectionLevel="FULL").code == "InvalidParameter"


def test_a_router_becomes_active_when_the_node_has_it(cloud: Any, node: Any) -> None:
    cen_id = cloud.call("CreateCen")["CenId"]
    blocks = [{"Cidr": "10.250.0.0/24", "Name": "pool", "PublishCidrRoute": "false"}]
    router_id = cloud.call(
        "CreateTransitRouter",
        CenId=cen_id,
        TransitRouterName="hub",
        TransitRouterCidrList=json.dumps(blocks),
    )["TransitRouterId"]

    def router() -> Any:
        answer = cloud.call("ListTransitRouters", CenId=cen_id, TransitRouterId=router_id)
        return answer["TransitRouters"][0]

    assert router()["Status"] == "Creating"
    node.settle()
    shown = router()
    assert (shown["Status"], shown["Type"], shown["RegionId"]) == (
        "Active",
        "Enterprise",
        "cn-hangzhou",
    )
    (block,) = shown["TransitRouterCidrList"]
    assert (block["Cidr"], block["Name"], block["PublishCidrRoute"]) == (
        "10.250.0.0/24",
        "pool",
        False,
    )
    for wanted, count in (
        ({"Status": "Active"}, 1),
        ({"Status": "Creating"}, 0),
        ({"Status": "Upgrading"}, 0),
        ({"Type": "Enterprise"}, 1),
        ({"Type": "Basic"}, 0),
        ({"TransitRouterName": "hub"}, 1),
        ({"TransitRouterName": "hu"}, 0),
        ({"FeatureFilter": [{"Key": "Multicast", "Value": ["Enabled"]}]}, 0),
    ):
        assert cloud.call("ListTransitRouters", **wanted)["TotalCount"] == count, wanted
    again = cloud.refused("CreateTransitRouter", CenId=cen_id)
    assert again.code == "InstanceExist.TransitRouterInstance"
    busy = cloud.refused("DeleteCen", CenId=cen_id)
    assert busy.code == "InvalidOperation.AttachedChildInstanceExist"
    cloud.call("UpdateTransitRouter", TransitRouterId=router_id, TransitRouterName="core")
    assert router()["TransitRouterName"] == "core"
    cloud.call("DeleteTransitRouter", TransitRouterId=router_id)
    node.settle()
    assert cloud.call("ListTransitRouters", CenId=cen_id)["TransitRouters"] == []
    cloud.call("DeleteCen", CenId=cen_id)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"SupportMulticast": True}, "OperationUnsupported.SupportMulticast"),
        ({"TransitRouterCidrList": "{"}, "IllegalParam.TransitRouterCidrList"),
        ({"TransitRouterCidrList": '[{"Cidr":"10.0.0.1/24"}]'}, "IllegalParam.Cidr"),
        ({"TransitRouterCidrList": '[{"Cidr":"10.0.0.0/25"}]'}, "IllegalParam.Cidr"),
        ({"TransitRouterCidrList": '[{"Name":"x"}]'}, "MissingParameter"),
        ({"TransitRouterName": "https://x"}, "InvalidName"),
        ({"CenId": "cen-00000000000000000"}, "InvalidCenId.NotFound"),
    ],
)
def test_a_bad_router_is_refused_and_not_created(
    cloud: Any, values: dict[str, Any], code: str
) -> None:
    params = {"CenId": cloud.call("CreateCen")["CenId"], **values}
    assert cloud.refused("CreateTransitRouter", **params).code == code
    assert cloud.call("ListTransitRouters")["TotalCount"] == 0


def test_an_address_block_comes_and_goes(cloud: Any, frame: Any) -> None:
    router = {"TransitRouterId": frame.router_id}
    made = cloud.call("CreateTransitRouterCidr", **router, Cidr="10.251.0.0/20", Name="more")
    block = {**router, "TransitRouterCidrId": made["TransitRouterCidrId"]}
    (shown,) = cloud.call("ListTransitRouterCidr", **block)["CidrLists"]
    assert shown["Cidr"] == "10.251.0.0/20"
    assert (shown["Family"], shown["PublishCidrRoute"]) == ("IPv4", True)
    assert len(cloud.call("ListTransitRouterCidr", **router)["CidrLists"]) == 2
    cloud.call("ModifyTransitRouterCidr", **block, Name="renamed", PublishCidrRoute=False)
    (shown,) = cloud.call("ListTransitRouterCidr", **block)["CidrLists"]
    assert (shown["Name"], shown["PublishCidrRoute"]) == ("renamed", False)
    overlap = cloud.refused("CreateTransitRouterCidr", **router, Cidr="10.251.1.0/24")
    assert overlap.code == "OverLappingExist.Cidr"
    cloud.call("DeleteTransitRouterCidr", **block)
    gone = cloud.refused("DeleteTransitRouterCidr", **block)
    assert gone.code == "OperationFailed.CidrNotExist"


def test_a_block_with_allocated_addresses_stays(cloud: Any, frame: Any, vpn: Any) -> None:
    router = {"TransitRouterId": frame.router_id}
    (block,) = cloud.call("ListTransitRouterCidr", **router)["CidrLists"]
    refusal = cloud.refused(
        "DeleteTransitRouterCidr", **router, TransitRouterCidrId=block["TransitRouterCidrId"]
    )
    assert refusal.code == "OperationFailed.CidrBlockAllocated"


def test_attaching_needs_a_block_a_router_and_a_free_connection(
    cloud: Any, node: Any, frame: Any, vpn: Any, site: Any
) -> None:
    nobody = cloud.refused("CreateTransitRouterVpnAttachment", VpnId=vpn[0])
    assert nobody.code == "MissingParam.CenIdOrRegionId"
    here = {"TransitRouterId": frame.router_id}
    twice = cloud.refused("CreateTransitRouterVpnAttachment", **here, VpnId=vpn[0])
    assert twice.code == "InvalidStatus.ResourceStatus"
    unknown = cloud.refused(
        "CreateTransitRouterVpnAttachment", **here, VpnId="vco-00000000000000000"
    )
    assert unknown.code == "InvalidVpnConnectionInstanceId.NotFound"
    free = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    for values, code in (
        ({"VpnOwnerId": 1}, "OperationUnsupported.VpnAttachment"),
        ({"ChargeType": "PREPAY"}, "IllegalParam.ChargeType"),
        ({"Zone": [{"ZoneId": "zone-a"}]}, "OperationUnsupported.ZoneId"),
        ({"TransitRouterId": "tr-00000000000000000"}, "InvalidTransitRouterId.NotFound"),
    ):
        refusal = cloud.refused(
            "CreateTransitRouterVpnAttachment", **{**here, "VpnId": free, **values}
        )
        assert refusal.code == code
    assert cloud.call("ListTransitRouterVpnAttachments")["TotalCount"] == 1
    bare = cloud.call("CreateTransitRouter", CenId=cloud.call("CreateCen")["CenId"])[
        "TransitRouterId"
    ]
    node.settle()
    refusal = cloud.refused("CreateTransitRouterVpnAttachment", TransitRouterId=bare, VpnId=free)
    assert refusal.code == "OperationFailed.AllocateCidrFailed"


def test_a_vpn_attachment_is_listed_with_all_members(
    cloud: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    (shown,) = cloud.call("ListTransitRouterVpnAttachments", TransitRouterAttachmentId=vpn[1])[
        "TransitRouterAttachments"
    ]
    assert shown == {
        "TransitRouterAttachmentId": vpn[1],
        "TransitRouterAttachmentName": "",
        "TransitRouterAttachmentDescription": "",
        "TransitRouterId": frame.router_id,
        "CenId": frame.cen_id,
        "ResourceType": "VPN",
        "Status": "Attached",
        "AutoPublishRouteEnabled": True,
        "ChargeType": "POSTPAY",
        "OrderType": "PayByCenOwner",
        "CreationTime": "2026-11-23T06:56Z",
        "Tags": [],
        "VpnId": vpn[0],
        "VpnOwnerId": int(cloud.account_id),
        "VpnRegionId": "cn-hangzhou",
        "Zones": shown["Zones"],
    }
    cloud.call(
        "UpdateTransitRouterVpnAttachmentAttribute",
        TransitRouterAttachmentId=vpn[1],
        TransitRouterAttachmentName="branch",
        AutoPublishRouteEnabled="False",
    )
    for wanted, count in (
        ({"TransitRouterId": frame.router_id}, 1),
        ({"CenId": frame.cen_id}, 1),
        ({"CenId": "cen-00000000000000000"}, 0),
        ({"TransitRouterAttachmentId": "tr-attach-00000000000000000"}, 0),
        ({"Tag": [{"Key": "a"}]}, 0),
    ):
        answer = cloud.call("ListTransitRouterVpnAttachments", **wanted)
        assert len(answer["TransitRouterAttachments"]) == answer["TotalCount"] == count, wanted
    (shown,) = cloud.call("ListTransitRouterVpnAttachments")["TransitRouterAttachments"]
    assert shown["TransitRouterAttachmentName"] == "branch"
    assert shown["AutoPublishRouteEnabled"] is False


def test_a_vpc_attachment_is_listed_and_detached(
    cloud: Any, node: Any, frame: Any, vpc: tuple[str, str], vpc_attachment_id: str
) -> None:
    (shown,) = cloud.call("ListTransitRouterVpcAttachments", VpcId=vpc[0])[
        "TransitRouterAttachments"
    ]
    assert shown["Status"] == "Attached"
    assert shown["AutoPublishRouteEnabled"] is False
    assert shown["Tags"] == [{"Key": "env", "Value": "test"}]
    assert shown["ZoneMappings"] == [
        {"ZoneId": "zone-a", "VSwitchId": vpc[1], "NetworkInterfaceId": ""}
    ]
    for wanted, count in (
        ({"Status": "Attached"}, 1),
        ({"Status": "Attaching"}, 0),
        ({"Status": "Modifying"}, 0),
        ({"VpcId": "vpc-00000000000000000"}, 0),
        ({"OrderType": "PayByResourceOwner"}, 0),
    ):
        assert cloud.call("ListTransitRouterVpcAttachments", **wanted)["TotalCount"] == count
    attribute = cloud.call("DescribeVpcAttribute", VpcId=vpc[0])
    assert attribute["AssociatedCens"]["AssociatedCen"][0]["CenId"] == frame.cen_id
    assert cloud.refused("DeleteVpc", VpcId=vpc[0]).code == "DependencyViolation"
    cloud.call(
        "UpdateTransitRouterVpcAttachmentAttribute",
        TransitRouterAttachmentId=vpc_attachment_id,
        TransitRouterAttachmentDescription="d",
    )
    cloud.call("DeleteTransitRouterVpcAttachment", TransitRouterAttachmentId=vpc_attachment_id)
    node.settle()
    assert cloud.call("ListTransitRouterVpcAttachments")["TransitRouterAttachments"] == []
    cloud.call("DeleteVSwitch", VSwitchId=vpc[1])
    node.settle()
    cloud.call("DeleteVpc", VpcId=vpc[0])
    node.settle()
    assert cloud.call("DescribeVpcs")["Vpcs"]["Vpc"] == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"ZoneMappings": None}, "IllegalParam.ZoneMappings"),
        ({"ZoneMappings": [{"ZoneId": "zone-a"}]}, "IllegalParam.ZoneMappings"),
        ({"VpcId": "vpc-00000000000000000"}, "InvalidVpcId.NotFound"),
        ({"TransitRouterVPCAttachmentOptions": '{"X":"enable"}'}, "OperationUnsupported"),
        (
            {"TransitRouterVPCAttachmentOptions": "x"},
            "IllegalParam.TransitRouterVPCAttachmentOptions",
        ),
        ({"VpcOwnerId": 7}, "Forbbiden.AttachChildInstanceAcrossBid"),
    ],
)
def test_a_bad_vpc_attachment_is_refused(
    cloud: Any, frame: Any, vpc: tuple[str, str], values: dict[str, Any], code: str
) -> None:
    params = {
        "TransitRouterId": frame.router_id,
        "VpcId": vpc[0],
        "ZoneMappings": [{"ZoneId": "zone-a", "VSwitchId": vpc[1]}],
        **values,
    }
    assert cloud.refused("CreateTransitRouterVpcAttachment", **params).code == code
    assert cloud.call("ListTransitRouterVpcAttachments")["TotalCount"] == 0


def test_vpcs_and_vswitches_are_listed_by_every_filter(cloud: Any, vpc: tuple[str, str]) -> None:
    (shown,) = cloud.call("DescribeVpcs", VpcId=f"{vpc[0]},vpc-x")["Vpcs"]["Vpc"]
    assert (shown["CidrBlock"], shown["Status"]) == ("172.20.0.0/16", "Available")
    assert shown["CreationTime"] == "2026-11-23T06:56:38Z"
    assert shown["VSwitchIds"] == {"VSwitchId": [vpc[1]]}
    for wanted, count in (
        ({"VpcName": "office"}, 1),
        ({"VpcName": "none"}, 0),
        ({"IsDefault": True}, 0),
        ({"VpcOwnerId": 12}, 0),
    ):
        assert cloud.call("DescribeVpcs", **wanted)["TotalCount"] == count
    for wanted, count in (
        ({"VSwitchId": vpc[1]}, 1),
        ({"ZoneId": "zone-b"}, 0),
        ({"VpcId": vpc[0], "ZoneId": "zone-a"}, 1),
    ):
        assert cloud.call("DescribeVSwitches", **wanted)["TotalCount"] == count
    (segment,) = cloud.call("DescribeVSwitches")["VSwitches"]["VSwitch"]
    assert segment["AvailableIpAddressCount"] == 252
    zones = cloud.call("DescribeZones")["Zones"]["Zone"]
    assert [zone["ZoneId"] for zone in zones] == ["zone-a", "zone-b"]


@pytest.mark.parametrize(
    ("action", "values", "code"),
    [
        ("CreateVpc", {"CidrBlock": "10.0.0.0/7"}, "InvalidCidrBlock.Malformed"),
        ("CreateVpc", {"CidrBlock": "10.0.0.1/16"}, "InvalidCidrBlock.Malformed"),
        ("CreateVpc", {"EnableIpv6": True}, "OperationUnsupported"),
        ("CreateVpc", {"UserCidr": "1.0.0.0/8"}, "OperationUnsupported"),
        ("CreateVSwitch", {"CidrBlock": "172.20.1.128/25"}, "InvalidCidrBlock.Overlapped"),
        ("CreateVSwitch", {"CidrBlock": "172.21.0.0/24"}, "InvalidCidrBlock.Malformed"),
        ("CreateVSwitch", {"ZoneId": "zone-z"}, "InvalidZoneId.NotFound"),
        ("CreateVSwitch", {"VpcId": "vpc-x"}, "InvalidVpcId.NotFound"),
        ("CreateVSwitch", {"CidrMask": 24}, "OperationUnsupported"),
    ],
)
def test_a_bad_vpc_or_vswitch_is_refused(
    cloud: Any, vpc: tuple[str, str], action: str, values: dict[str, Any], code: str
) -> None:
    params: dict[str, Any] = {"CidrBlock": "172.20.9.0/24"}
    if action == "CreateVSwitch":
        params |= {"VpcId": vpc[0], "ZoneId": "zone-a"}
    assert cloud.refused(action, **{**params, **values}).code == code
    assert cloud.call("DescribeVpcs")["TotalCount"] == 1
    assert cloud.call("DescribeVSwitches")["TotalCount"] == 1


def test_association_and_propagation_become_active_and_end(
    cloud: Any, node: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    here = bound(vpn[1], frame)
    table = {"TransitRouterRouteTableId": frame.table_id}
    cloud.call("AssociateTransitRouterAttachmentWithRouteTable", **here)
    cloud.call("EnableTransitRouterRouteTablePropagation", **here)

    def association() -> list[Any]:
        answer = cloud.call("ListTransitRouterRouteTableAssociations", **table)
        found: list[Any] = answer["TransitRouterAssociations"]
        return found

    def propagation() -> list[Any]:
        answer = cloud.call("ListTransitRouterRouteTablePropagations", **table)
        found: list[Any] = answer["TransitRouterPropagations"]
        return found

    assert association() == [
        {**here, "ResourceId": vpn[0], "ResourceType": "VPN", "Status": "Associating"}
    ]
    assert propagation()[0]["Status"] == "Enabling"
    node.settle()
    assert association()[0]["Status"] == propagation()[0]["Status"] == "Active"
    assert (
        cloud.call(
            "ListTransitRouterRouteTableAssociations",
            **table,
            TransitRouterAttachmentResourceType="VPC",
        )["TransitRouterAssociations"]
        == []
    )
    twice = cloud.refused("AssociateTransitRouterAttachmentWithRouteTable", **here)
    assert twice.code == "AssociationExist.TransitRouterTable"
    kept = cloud.refused("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=vpn[1])
    assert kept.code == "OperationFailed.RouteTableAssociationExist"
    cloud.call("DissociateTransitRouterAttachmentFromRouteTable", **here)
    assert association()[0]["Status"] == "Dissociating"
    node.settle()
    assert association() == []
    kept = cloud.refused("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=vpn[1])
    assert kept.code == "OperationFailed.RouteTablePropagationExist"
    cloud.call("DisableTransitRouterRouteTablePropagation", **here)
    assert propagation()[0]["Status"] == "Disabling"
    node.settle()
    assert propagation() == []


def test_force_removes_what_holds_an_attachment(
    cloud: Any, node: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    cloud.call("AssociateTransitRouterAttachmentWithRouteTable", **bound(vpn[1], frame))
    node.settle()
    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=vpn[1], Force="true")
    node.settle()
    assert cloud.call("ListTransitRouterVpnAttachments")["TransitRouterAttachments"] == []
    assert cloud.call("DescribeVpnAttachments")["TotalCount"] == 1


def test_unknown_attachments_and_tables_are_said_in_the_words_of_the_action(
    cloud: Any, frame: Any, vpn: tuple[str, str]
) -> None:
    nowhere = bound("tr-attach-00000000000000000", frame)
    refusal = cloud.refused("AssociateTransitRouterAttachmentWithRouteTable", **nowhere)
    assert (refusal.code, refusal.status) == ("InvalidAttachmentId.NotFound", 404)
    wrong = {**bound(vpn[1], frame), "TransitRouterRouteTableId": "vtb-00000000000000000"}
    refusal = cloud.refused("EnableTransitRouterRouteTablePropagation", **wrong)
    assert (refusal.code, refusal.status) == ("InvalidRouteTableId.NotFound", 404)
    refusal = cloud.refused(
        "DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId="tr-attach-x"
    )
    assert (refusal.code, refusal.status) == ("InvalidTransitRouterAttachmentId.NotFound", 400)
    refusal = cloud.refused("ListTransitRouterRouteTableAssociations")
    assert refusal.code == "MissingParameter"


def test_destination_routes_are_added_weighed_and_removed(
    cloud: Any, node: Any, vpn: tuple[str, str]
) -> None:
    connection_id = vpn[0]
    route = {
        "VpnConnectionId": connection_id,
        "NextHop": connection_id,
        "RouteDest": "192.168.10.0/24",
        "Weight": 100,
        "OverlayMode": "Ipsec",
    }
    made = cloud.call("CreateVcoRouteEntry", **route, Description="office")
    assert {**made, "RequestId": ""} == {
        **route,
        "Description": "office",
        "State": "published",
        "CreateTime": 1795416998000,
        "RequestId": "",
    }
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert shown["State"] == "updating"
    node.settle()
    twice = cloud.refused("CreateVcoRouteEntry", **route)
    assert twice.code == "VpnRouteEntry.AlreadyExists"

    def listed(**wanted: Any) -> Any:
        return cloud.call("DescribeVcoRouteEntries", VpnConnectionId=connection_id, **wanted)

    (entry,) = listed()["VcoRouteEntries"]
    assert entry["NextHopTunnelIdList"] == []
    assert listed(RouteEntryType="bgp")["VcoRouteEntries"] == []
    assert listed()["VpnRouteCounts"][0]["RouteCount"] == 1
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    node.see(options[1]["TunnelId"], ike=True, children=1)
    node.see(options[0]["TunnelId"], ike=True)
    node.settle()
    (entry,) = listed()["VcoRouteEntries"]
    assert entry["NextHopTunnelIdList"] == [options[1]["TunnelId"]]
    cloud.call("ModifyVcoRouteEntryWeight", **route, NewWeight=0)
    node.settle()
    assert listed()["VcoRouteEntries"][0]["Weight"] == 0
    missed = cloud.refused("DeleteVcoRouteEntry", **route)
    assert missed.code == "InvalidRouteEntry.NotFound"
    cloud.call("DeleteVcoRouteEntry", **{**route, "Weight": 0})
    node.settle()
    assert listed()["VcoRouteEntries"] == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"RouteDest": "0.0.0.0/0"}, "IllegalParam.RouteDest"),
        ({"RouteDest": "100.64.1.0/24"}, "IllegalParam.RouteDest"),
        ({"RouteDest": "100.0.0.0/8"}, "IllegalParam.RouteDest"),
        ({"RouteDest": "192.168.1.1/24"}, "IllegalParam.RouteDest"),
        ({"RouteDest": "x"}, "IllegalParam.RouteDest"),
        ({"Weight": 50}, "VpnRouteEntry.InvalidWeight"),
        ({"Weight": None}, "MissingParameter"),
        ({"NextHop": "vco-other"}, "InvalidNextHop.NotFound"),
        ({"OverlayMode": "Gre"}, "InvalidParameter"),
    ],
)
def test_a_bad_destination_route_is_refused(
    cloud: Any, vpn: tuple[str, str], values: dict[str, Any], code: str
) -> None:
    route = {"VpnConnectionId": vpn[0], "NextHop": vpn[0], "RouteDest": "10.1.0.0/16", "Weight": 0}
    assert cloud.refused("CreateVcoRouteEntry", **{**route, **values}).code == code
    listed = cloud.call("DescribeVcoRouteEntries", VpnConnectionId=vpn[0])
    assert listed["VcoRouteEntries"] == []


def test_an_unattached_connection_takes_no_routes(cloud: Any, site: Any) -> None:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    refusal = cloud.refused(
        "CreateVcoRouteEntry",
        VpnConnectionId=connection_id,
        NextHop=connection_id,
        RouteDest="10.1.0.0/16",
        Weight=100,
    )
    assert refusal.code == "Vco.StatusNotSupport"


def test_routes_of_a_table_follow_propagations_and_filters(
    cloud: Any, node: Any, frame: Any, vpc_attachment_id: str, vpn: tuple[str, str]
) -> None:
    connection_id, attachment_id = vpn
    for each in (vpc_attachment_id, attachment_id):
        cloud.call("EnableTransitRouterRouteTablePropagation", **bound(each, frame))
    node.settle()
    cloud.call(
        "CreateVcoRouteEntry",
        VpnConnectionId=connection_id,
        NextHop=connection_id,
        RouteDest="192.168.0.0/16",
        Weight=100,
    )
    node.settle()

    def routes(**wanted: Any) -> set[str]:
        answer = cloud.call(
            "ListTransitRouterRouteEntries", TransitRouterRouteTableId=frame.table_id, **wanted
        )
        entries = answer["TransitRouterRouteEntries"]
        return {each["TransitRouterRouteEntryDestinationCidrBlock"] for each in entries}

    learned = {prefix for prefix in routes() if prefix.startswith("172.20.")}
    assert learned
    assert "192.168.0.0/16" not in routes(), "no tunnel can carry it yet"
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    first = shown["TunnelOptionsSpecification"]["TunnelOptions"][0]
    node.see(first["TunnelId"], ike=True, children=1)
    node.settle()
    everything = learned | {"192.168.0.0/16"}
    assert routes() == everything
    prefix = "TransitRouterRouteEntry"
    assert routes(**{f"{prefix}DestinationCidrBlock": "192.168.0.0/16"}) == {"192.168.0.0/16"}
    assert routes(**{f"{prefix}NextHopId": attachment_id}) == {"192.168.0.0/16"}
    assert routes(**{f"{prefix}NextHopResourceId": connection_id}) == {"192.168.0.0/16"}
    assert routes(**{f"{prefix}NextHopResourceType": "VPC"}) == learned
    assert routes(**{f"{prefix}Type": "Static"}) == set()
    assert routes(**{f"{prefix}Status": "All"}) == everything
    assert routes(**{f"{prefix}Status": "Rejected"}) == set()
    for key, value, wanted in (
        ("PrefixExactMatchCidrs", "192.168.0.0/16", {"192.168.0.0/16"}),
        ("LongestPrefixMatchCidrs", "192.168.7.7/32", {"192.168.0.0/16"}),
        ("LongestPrefixMatchCidrs", "192.168.7.7", {"192.168.0.0/16"}),
        ("SubnetOfMatchCidrs", "192.0.0.0/8", {"192.168.0.0/16"}),
        ("SupernetOfMatchCidrs", "192.168.7.0/24", {"192.168.0.0/16"}),
        ("PrefixExactMatchCidrs", "192.168.0.0/24", set()),
    ):
        assert routes(RouteFilter=[{"Key": key, "Value": [value]}]) == wanted, key
    bad = {"TransitRouterRouteTableId": frame.table_id}
    assert (
        cloud.refused("ListTransitRouterRouteEntries", **bad, RouteFilter=[{"Key": "Any"}]).code
        == "InvalidFilterKey"
    )
    assert (
        cloud.refused("ListTransitRouterRouteEntries", **bad, **{f"{prefix}Status": "Odd"}).code
        == "IllegalParam.TransitRouterRouteEntryStatus"
    )
    page = cloud.call("ListTransitRouterRouteEntries", **bad, MaxResults=1)
    rest = cloud.call(
        "ListTransitRouterRouteEntries", **bad, MaxResults=50, NextToken=page["NextToken"]
    )
    assert page["TotalCount"] == len(everything)
    assert len(rest["TransitRouterRouteEntries"]) == len(everything) - 1
    assert rest["NextToken"] == ""


def test_the_table_of_a_router_is_found_by_every_filter(cloud: Any, frame: Any) -> None:
    for wanted, count in (
        ({"TransitRouterRouteTableIds": [frame.table_id]}, 1),
        ({"TransitRouterRouteTableIds": ["vtb-x"]}, 0),
        ({"TransitRouterRouteTableType": "System"}, 1),
        ({"TransitRouterRouteTableType": "Custom"}, 0),
        ({"TransitRouterRouteTableStatus": "Active"}, 1),
        ({"TransitRouterRouteTableStatus": "Deleting"}, 0),
        ({"RouteTableOptions": {"MultiRegionECMP": "enable"}}, 0),
    ):
        answer = cloud.call(
            "ListTransitRouterRouteTables", TransitRouterId=frame.router_id, **wanted
        )
        assert len(answer["TransitRouterRouteTables"]) == answer["TotalCount"] == count, wanted


def test_limits_of_a_router_are_said_in_the_words_of_the_action(
    cloud: Any, frame: Any, site: Any
) -> None:
    cloud.call("SetQuota", QuotaCode="cidrs-per-router", Value=1)
    cloud.call("SetQuota", QuotaCode="vpn-attachments-per-router", Value=0)
    full = cloud.refused(
        "CreateTransitRouterCidr", TransitRouterId=frame.router_id, Cidr="10.9.0.0/24"
    )
    assert full.code == "QuotaExceeded.TransitRouterCidr"
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    full = cloud.refused(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )
    assert full.code == "QuotaExceeded.CenQuotaVpnAttachPerTransitRouter"
