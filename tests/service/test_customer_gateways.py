"""Customer gateways through the API."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_customer_gateway_is_shown_as_it_was_created(cloud: Any, group_id: str) -> None:
    made = cloud.call(
        "CreateCustomerGateway",
        IpAddress="203.0.113.9",
        Name="branch",
        Description="router in the cellar",
        Asn="123.456",
        AuthKey="k3y!",
        Tags=[{"Key": "env", "Value": "test"}],
        ResourceGroupId=group_id,
    )
    assert set(made) >= {"CreateTime", "CustomerGatewayId", "Description", "IpAddress", "Name"}
    shown = cloud.call("DescribeCustomerGateway", CustomerGatewayId=made["CustomerGatewayId"])
    assert {**shown, "RequestId": ""} == {
        "CustomerGatewayId": made["CustomerGatewayId"],
        "IpAddress": "203.0.113.9",
        "Name": "branch",
        "Description": "router in the cellar",
        "Asn": 8061384,
        "AuthKey": "k3y!",
        "CreateTime": 1795416998000,
        "ResourceGroupId": group_id,
        "Tags": {"Tag": [{"Key": "env", "Value": "test"}]},
        "RequestId": "",
    }
    (listed,) = cloud.call("DescribeCustomerGateways")["CustomerGateways"]["CustomerGateway"]
    assert {**listed, "AuthKey": "k3y!"} == {n: v for n, v in shown.items() if n != "RequestId"}
    assert listed["AuthKey"] == ""


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({}, "MissingParameter", ["IpAddress"]),
        ({"IpAddress": "203.0.113"}, "InvalidIpAddress.WrongFormat", ["IpAddress", "203.0.113"]),
        ({"IpAddress": "127.0.0.1"}, "InvalidIpAddress.WrongFormat", ["127.0.0.1", "127.0.0.0/8"]),
        ({"IpAddress": "169.254.1.1"}, "InvalidIpAddress.WrongFormat", ["169.254.1.1"]),
        ({"IpAddress": "100.64.0.1"}, "InvalidIpAddress.WrongFormat", ["100.64.0.0/10"]),
        ({"IpAddress": "224.0.0.5"}, "InvalidIpAddress.WrongFormat", ["224.0.0.0/4"]),
        ({"IpAddress": "203.0.113.9", "Asn": "0"}, "IllegalParam.Asn", ["Asn", "4294967295"]),
        ({"IpAddress": "203.0.113.9", "Asn": "1.70000"}, "IllegalParam.Asn", ["1.70000"]),
        ({"IpAddress": "203.0.113.9", "Asn": "45104"}, "IllegalParam.Asn", ["45104"]),
        ({"IpAddress": "203.0.113.9", "AuthKey": "key"}, "OperationDenied.MissingAsn", ["Asn"]),
        (
            {"IpAddress": "203.0.113.9", "Asn": "65001", "AuthKey": "what?"},
            "InvalidAuthkey.Malformed",
            ["AuthKey"],
        ),
        ({"IpAddress": "203.0.113.9", "Name": "http://x"}, "InvalidName", ["Name"]),
        ({"IpAddress": "203.0.113.9", "Description": "d" * 101}, "InvalidDescription", ["100"]),
    ],
)
def test_bad_input_is_refused_and_creates_nothing(
    cloud: Any, values: dict[str, Any], code: str, words: list[str]
) -> None:
    refusal = cloud.refused("CreateCustomerGateway", **values)
    assert refusal.code == code, refusal.message
    for word in words:
        assert word in refusal.message
    assert "what?" not in refusal.message
    assert cloud.call("DescribeCustomerGateways")["TotalCount"] == 0


def test_an_address_is_used_once(cloud: Any, site: Any) -> None:
    refusal = cloud.refused("CreateCustomerGateway", IpAddress="203.0.113.7")
    assert refusal.code == "InvalidIpAddress.AlreadyExist"


def test_name_and_description_change_and_nothing_else(cloud: Any, site: Any) -> None:
    gateway_id = site.gateway_ids[0]
    answer = cloud.call(
        "ModifyCustomerGatewayAttribute",
        CustomerGatewayId=gateway_id,
        Name="renamed",
        Description="moved",
        IpAddress="203.0.113.7",
    )
    assert (answer["Name"], answer["Description"]) == ("renamed", "moved")
    for fixed, value in (("IpAddress", "203.0.113.99"), ("Asn", "65001")):
        refusal = cloud.refused(
            "ModifyCustomerGatewayAttribute", CustomerGatewayId=gateway_id, **{fixed: value}
        )
        assert refusal.code == f"IllegalParam.{fixed}"


def test_a_used_customer_gateway_is_not_deleted(cloud: Any, site: Any) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)
    refusal = cloud.refused("DeleteCustomerGateway", CustomerGatewayId=site.gateway_ids[0])
    assert (refusal.code, refusal.status) == ("DependencyViolation.VpnConnection", 400)
    cloud.call("DeleteVpnAttachment", VpnConnectionId=made["VpnConnectionId"])
    cloud.call("DeleteCustomerGateway", CustomerGatewayId=site.gateway_ids[0])
    gone = cloud.refused("DescribeCustomerGateway", CustomerGatewayId=site.gateway_ids[0])
    assert (gone.code, gone.status) == ("InvalidCustomerGatewayInstanceId.NotFound", 404)


def test_a_quota_is_obeyed_and_can_be_raised(cloud: Any, site: Any) -> None:
    code = "customer-gateways-per-region"
    cloud.call("SetQuota", QuotaCode=code, Value=2)
    listed = cloud.call("ListQuotas")["Quotas"]
    assert {"QuotaCode": code, "Value": 2, "DefaultValue": 100} in listed
    full = cloud.refused("CreateCustomerGateway", IpAddress="203.0.113.10")
    assert full.code == "Resource.QuotaFull"
    cloud.call("SetQuota", QuotaCode=code, Value=3)
    cloud.call("CreateCustomerGateway", IpAddress="203.0.113.10")
    assert cloud.refused("SetQuota", QuotaCode="apples", Value=3).code == "IllegalParam.QuotaCode"
    assert cloud.refused("SetQuota", QuotaCode=code, Value=-1).code == "InvalidParameter"


@pytest.mark.parametrize(
    ("keyword", "wanted"),
    [
        ("BRANCH", ["203.0.113.9"]),
        ("203.0.113", ["203.0.113.9", "203.0.113.10"]),
        ("203.0.113.1", []),
        ("203.0.113.10", ["203.0.113.10"]),
        ("_", []),
        ("203.0.113.300", []),
        ("cgw-", ["203.0.113.9", "203.0.113.10", "198.51.100.1"]),
    ],
)
def test_customer_gateways_are_found_by_name_id_and_first_octets(
    cloud: Any, keyword: str, wanted: list[str]
) -> None:
    for address, name in (
        ("203.0.113.9", "branch"),
        ("203.0.113.10", "head"),
        ("198.51.100.1", "far"),
    ):
        cloud.call("CreateCustomerGateway", IpAddress=address, Name=name)
    found = cloud.call("DescribeCustomerGateways", Keyword=keyword)
    listed = found["CustomerGateways"]["CustomerGateway"]
    assert sorted(each["IpAddress"] for each in listed) == sorted(wanted)
    assert found["TotalCount"] == len(wanted)


def test_every_list_that_may_be_long_finds_a_keyword(cloud: Any, frame: Any) -> None:
    vpc_id = cloud.call("CreateVpc", CidrBlock="10.77.0.0/16", VpcName="needle-vpc")["VpcId"]
    cloud.call("CreateVSwitch", VpcId=vpc_id, CidrBlock="10.77.1.0/24", ZoneId="zone-a")
    cloud.call("CreateUser", UserName="needle-user")
    cen_id = cloud.call("CreateCen", Name="needle-cen")["CenId"]
    for action, keyword, total in (
        ("DescribeVpcs", "needle", 1),
        ("DescribeVpcs", "10.77.", 1),
        ("DescribeVSwitches", vpc_id, 1),
        ("DescribeVSwitches", "10.77.1", 1),
        ("ListUsers", "NEEDLE", 1),
        ("DescribeCens", cen_id, 1),
        ("ListTransitRouters", frame.router_id, 1),
        ("ListTransitRouters", "needle", 0),
    ):
        assert cloud.call(action, Keyword=keyword)["TotalCount"] == total, action
