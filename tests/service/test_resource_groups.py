"""Resource groups: the default one, own ones, and moving resources between them."""

from __future__ import annotations

from typing import Any

import pytest

VPC = "2016-04-28"
CBN = "2017-09-12"
LISTS = {
    "DescribeVpnConnections": ("VpnConnections", "VpnConnection"),
    "DescribeCustomerGateways": ("CustomerGateways", "CustomerGateway"),
    "DescribeVpcs": ("Vpcs", "Vpc"),
    "DescribeVSwitches": ("VSwitches", "VSwitch"),
    "DescribeCens": ("Cens", "Cen"),
}


@pytest.fixture
def default_id(cloud: Any) -> str:
    groups = cloud.call("ListResourceGroups")["ResourceGroups"]["ResourceGroup"]
    return str(groups[0]["Id"])


def test_every_account_has_a_default_group_and_may_make_more(
    cloud: Any, default_id: str, group_id: str
) -> None:
    answer = cloud.call("ListResourceGroups", IncludeTags=True)
    default, north = answer["ResourceGroups"]["ResourceGroup"]
    assert (default["Id"], default["Name"], default["Status"]) == (default_id, "default", "OK")
    assert default_id.startswith("rg-")
    assert north["DisplayName"] == "Everything up north"
    assert north["AccountId"] == cloud.account_id
    assert north["Tags"]["Tag"] == [{"TagKey": "team", "TagValue": "net"}]
    for wanted, count in (
        ({"Name": "north"}, 1),
        ({"DisplayName": "other"}, 0),
        ({"ResourceGroupId": group_id}, 1),
        ({"ResourceGroupIds": [group_id, default_id]}, 2),
        ({"ResourceGroupIds": [group_id], "ResourceGroupId": default_id}, 0),
        ({"Status": "PendingDelete"}, 0),
        ({"Tag": [{"Key": "team"}]}, 1),
        ({"Tag": [{"Key": "team", "Value": "other"}]}, 0),
        ({"PageSize": 1, "PageNumber": 2}, 2),
    ):
        assert cloud.call("ListResourceGroups", **wanted)["TotalCount"] == count, wanted
    shown = cloud.call("GetResourceGroup", ResourceGroupId=group_id)["ResourceGroup"]
    assert shown["RegionStatuses"]["RegionStatus"] == [{"RegionId": "cn-hangzhou", "Status": "OK"}]
    assert shown["Tags"] == {"Tag": []}
    again = cloud.refused("CreateResourceGroup", Name="north", DisplayName="x")
    assert (again.status, again.code) == (409, "EntityAlreadyExists.ResourceGroup")
    default_again = cloud.refused("CreateResourceGroup", Name="default", DisplayName="x")
    assert default_again.code == "EntityAlreadyExists.ResourceGroup"
    unknown = cloud.refused("GetResourceGroup", ResourceGroupId="rg-0000000000000000")
    assert (unknown.status, unknown.code) == (404, "EntityNotExists.ResourceGroup")
    bad = cloud.refused("CreateResourceGroup", Name="9 lives", DisplayName="x")
    assert bad.code == "InvalidParameter.Name"
    long = cloud.refused("CreateResourceGroup", Name="ok", DisplayName="x" * 51)
    assert long.code == "InvalidParameter.DisplayName"


def test_resources_are_in_the_default_group_unless_told_and_move(
    cloud: Any, node: Any, site: Any, frame: Any, default_id: str, group_id: str
) -> None:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    vpc_id = cloud.call("CreateVpc", CidrBlock="172.20.0.0/16")["VpcId"]
    cloud.call("CreateVSwitch", VpcId=vpc_id, ZoneId="zone-a", CidrBlock="172.20.1.0/24")
    for action, (outer, inner) in LISTS.items():
        found = cloud.call(action, ResourceGroupId=default_id)[outer][inner]
        assert found, action
        assert {each["ResourceGroupId"] for each in found} == {default_id}
        assert cloud.call(action, ResourceGroupId=group_id)["TotalCount"] == 0
    to = {"NewResourceGroupId": group_id}
    vpn = "MoveVpnResourceGroup"
    cloud.call(vpn, **to, ResourceType="VpnAttachment", InstanceId=connection_id)
    cloud.call(vpn, **to, ResourceType="CUSTOMERGATEWAY", InstanceId=site.gateway_ids[0])
    cloud.call("MoveResourceGroup", version=VPC, **to, ResourceType="VPC", ResourceId=vpc_id)
    dry = {"version": CBN, **to, "ResourceType": "CEN", "ResourceId": frame.cen_id}
    assert cloud.refused("MoveResourceGroup", **dry, DryRun=True).code == "DryRunOperation"
    cloud.call("MoveResourceGroup", **dry)
    for action, (outer, inner) in LISTS.items():
        found = cloud.call(action, ResourceGroupId=group_id)[outer][inner]
        assert len(found) == 1, action


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("CreateCustomerGateway", {"IpAddress": "203.0.113.99"}),
        ("CreateVpc", {"CidrBlock": "172.20.0.0/16"}),
        ("CreateCen", {}),
    ],
)
def test_nothing_is_made_in_an_unknown_group(
    cloud: Any, action: str, values: dict[str, Any], group_id: str
) -> None:
    cloud.call(action, **values, ResourceGroupId=group_id)
    values = {**values, **({"IpAddress": "203.0.113.98"} if "IpAddress" in values else {})}
    refusal = cloud.refused(action, **values, ResourceGroupId="rg-0000000000000000")
    assert refusal.code == "InvalidResourceGroupId"


def test_a_bad_move_is_refused(cloud: Any, site: Any, frame: Any, group_id: str) -> None:
    gateway = {"InstanceId": site.gateway_ids[0], "ResourceType": "CustomerGateway"}
    to = {"NewResourceGroupId": group_id}
    vpn = "MoveVpnResourceGroup"
    unknown = cloud.refused(vpn, **gateway, NewResourceGroupId="rg-0")
    assert unknown.code == "InvalidResourceGroupId"
    for values, code in (
        ({"InstanceId": "cgw-0"}, "InvalidInstanceId.NotFound"),
        ({"ResourceType": "VpnAttachment"}, "InvalidInstanceId.NotFound"),
        ({"ResourceType": "VpnGateway"}, "InvalidInstanceId.NotFound"),
        ({"ResourceType": "Elephant"}, "IllegalParam.ResourceType"),
    ):
        assert cloud.refused(vpn, **{**gateway, **to, **values}).code == code
    assert cloud.send(vpn, method="GET", **gateway, **to).answer["Code"] == "UnsupportedHTTPMethod"
    nothing = {"ResourceId": "x", **to}
    missing = cloud.refused("MoveResourceGroup", version=VPC, ResourceType="vpc", **nothing)
    assert missing.code == "InvalidResourceId.NotFound"
    missing = cloud.refused("MoveResourceGroup", version=CBN, ResourceType="cen", **nothing)
    assert missing.code == "InvalidCenId.NotFound"
    missing = cloud.refused(
        "MoveResourceGroup", version=CBN, ResourceType="bandwidthpackage", **nothing
    )
    assert missing.code == "InvalidInstanceId.NotFound"
