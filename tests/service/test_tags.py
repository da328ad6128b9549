"""Tags put on, found and taken off by the calls of both products."""

from __future__ import annotations

from typing import Any

import pytest

MANY = [{"Key": f"k{number}", "Value": "v"} for number in range(21)]


@pytest.fixture
def carriers(cloud: Any, node: Any, frame: Any, site: Any) -> dict[str, tuple[str, str]]:
    """Type on the wire to product version and id."""
    vpc_id = cloud.call("CreateVpc", CidrBlock="172.20.0.0/16")["VpcId"]
    vswitch_id = cloud.call(
        "CreateVSwitch", VpcId=vpc_id, ZoneId="zone-a", CidrBlock="172.20.1.0/24"
    )["VSwitchId"]
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    node.settle()
    vpn = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )["TransitRouterAttachmentId"]
    vpc = cloud.call(
        "CreateTransitRouterVpcAttachment",
        TransitRouterId=frame.router_id,
        VpcId=vpc_id,
        ZoneMappings=[{"ZoneId": "zone-a", "VSwitchId": vswitch_id}],
    )["TransitRouterAttachmentId"]
    node.settle()
    return {
        "VPNATTACHMENT": ("2016-04-28", connection_id),
        "VpnConnection": ("2016-04-28", connection_id),
        "CUSTOMERGATEWAY": ("2016-04-28", site.gateway_ids[0]),
        "VPC": ("2016-04-28", vpc_id),
        "VSWITCH": ("2016-04-28", vswitch_id),
        "cen": ("2017-09-12", frame.cen_id),
        "TransitRouter": ("2017-09-12", frame.router_id),
        "TransitRouterRouteTable": ("2017-09-12", frame.table_id),
        "TRANSITROUTERVPNATTACHMENT": ("2017-09-12", vpn),
        "TRANSITROUTERVPCATTACHMENT": ("2017-09-12", vpc),
    }


def pairs(answer: Any) -> list[tuple[str, str, str]]:
    return [
        (each["ResourceId"], each["TagKey"], each["TagValue"])
        for each in answer["TagResources"]["TagResource"]
    ]


def test_every_type_of_both_products_can_be_tagged_and_untagged(cloud: Any, carriers: Any) -> None:
    for kind, (version, resource_id) in carriers.items():
        mine = {"version": version, "ResourceType": kind, "ResourceId": [resource_id]}
        untag = "UnTagResources" if version == "2016-04-28" else "UntagResources"
        cloud.call("TagResources", **mine, Tag=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
        cloud.call("TagResources", **mine, Tag=[{"Key": "a", "Value": "2"}])
        shown = cloud.call("ListTagResources", **mine)
        assert pairs(shown) == [(resource_id, "a", "2"), (resource_id, "b", "")]
        assert shown["TagResources"]["TagResource"][0]["ResourceType"] == kind
        cloud.call(untag, **mine, TagKey=["a"])
        assert pairs(cloud.call("ListTagResources", **mine)) == [(resource_id, "b", "")]
        nothing = cloud.refused(untag, **mine)
        assert nothing.code == "MissingParam"
        cloud.call(untag, **mine, All=True)
        assert pairs(cloud.call("ListTagResources", **mine)) == []


def test_tags_show_up_where_resources_are_listed_and_filter_them(cloud: Any, carriers: Any) -> None:
    both = [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "net"}]
    for kind, (version, resource_id) in carriers.items():
        cloud.call(
            "TagResources", version=version, ResourceType=kind, ResourceId=[resource_id], Tag=both
        )
    for action in (
        "DescribeVpnConnections",
        "DescribeCustomerGateways",
        "DescribeVpcs",
        "DescribeVSwitches",
        "DescribeCens",
        "ListTransitRouters",
        "ListTransitRouterVpnAttachments",
        "ListTransitRouterVpcAttachments",
    ):
        for tags, count in (
            ([{"Key": "env"}], 1),
            ([{"Key": "env", "Value": "prod"}], 1),
            ([{"Key": "env", "Value": "test"}], 0),
            ([{"Key": "env"}, {"Key": "team"}], 1),
            ([{"Key": "env"}, {"Key": "other"}], 0),
        ):
            assert cloud.call(action, Tag=tags)["TotalCount"] == count, (action, tags)


def test_tags_are_listed_in_pages_and_by_tags_that_must_all_be_there(cloud: Any, site: Any) -> None:
    first, second = sorted(site.gateway_ids)
    gateways = {"version": "2016-04-28", "ResourceType": "CUSTOMERGATEWAY"}
    tag = {"Key": "env", "Value": "prod"}
    cloud.call("TagResources", **gateways, ResourceId=[first, second], Tag=[tag, {"Key": "x"}])
    cloud.call("TagResources", **gateways, ResourceId=[second], Tag=[{"Key": "only"}])
    found: list[tuple[str, str, str]] = []
    token = None
    for _ in range(3):
        answer = cloud.call(
            "ListTagResources", **gateways, Tag=[tag], MaxResults=2, NextToken=token
        )
        found += pairs(answer)
        token = answer["NextToken"]
    assert token == ""
    assert found == [
        (first, "env", "prod"),
        (first, "x", ""),
        (second, "env", "prod"),
        (second, "only", ""),
        (second, "x", ""),
    ]
    both = cloud.call("ListTagResources", **gateways, Tag=[tag, {"Key": "only"}])
    assert {resource_id for resource_id, _, _ in pairs(both)} == {second}
    keys = cloud.call("DescribeTagKeys", ResourceType="CustomerGateway")["TagKeys"]["TagKey"]
    assert keys == [{"TagKey": key, "Type": "Custom"} for key in ("env", "only", "x")]
    page = cloud.call("DescribeTagKeys", MaxResult=2)
    assert [each["TagKey"] for each in page["TagKeys"]["TagKey"]] == ["env", "only"]
    rest = cloud.call("DescribeTagKeys", MaxResult=2, NextToken=page["NextToken"])
    assert [each["TagKey"] for each in rest["TagKeys"]["TagKey"]] == ["x"]
    for wanted, count in (
        ({"Keyword": "n"}, 2),
        ({"Keyword": "%"}, 0),
        ({"ResourceId": [first]}, 2),
        ({"ResourceType": "VPC"}, 0),
    ):
        found_keys = cloud.call("DescribeTagKeys", **wanted)["TagKeys"]["TagKey"]
        assert len(found_keys) == count, wanted


@pytest.mark.parametrize(
    ("action", "values", "codes"),
    [
        ("TagResources", {"ResourceType": "Elephant"}, ("InvalidInstanceType.NotFound", None)),
        ("TagResources", {"ResourceType": None}, ("MissingParam", None)),
        ("TagResources", {"ResourceId": None}, ("MissingParam", None)),
        ("TagResources", {"ResourceId": ["nothing"]}, ("InvalidInstanceIds.NotFound", None)),
        (
            "TagResources",
            {"ResourceId": [f"x{number}" for number in range(21)]},
            ("SizeLimitExceeded.ResourceId", "SizeLimitExceeded.ResourceIdNum"),
        ),
        ("TagResources", {"Tag": None}, ("MissingParam.Tags", "MissingParam")),
        ("TagResources", {"Tag": [{"Value": "v"}]}, ("MissingParameter.TagKey", None)),
        ("TagResources", {"Tag": [{"Key": "aliyun-x"}]}, ("InvalidTagKey", None)),
        ("TagResources", {"Tag": [{"Key": "ACS:x"}]}, ("InvalidTagKey", None)),
        ("TagResources", {"Tag": [{"Key": "a http://x"}]}, ("InvalidTagKey", None)),
        ("TagResources", {"Tag": [{"Key": "k" * 65}]}, ("InvalidTagKey", None)),
        ("TagResources", {"Tag": [{"Key": "k", "Value": "v" * 129}]}, ("InvalidTagValue", None)),
        ("TagResources", {"Tag": [{"Key": "k", "Value": "aliyun"}]}, ("InvalidTagValue", None)),
        ("TagResources", {"Tag": MANY}, ("SizeLimitExceeded.TagNum", "QuotaExceeded.TagNum")),
        (
            "TagResources",
            {"Tag": [{"Key": "k"}, {"Key": "k"}]},
            ("Forbidden.TagKey.Duplicated", "DuplicatedParam.TagKey"),
        ),
        ("ListTagResources", {"ResourceId": None}, ("BothEmpty.TagsAndResources", None)),
        ("ListTagResources", {"Tag": [{"Value": "v"}]}, ("MissingParameter.TagKey", None)),
        ("ListTagResources", {"NextToken": "?"}, ("IllegalParam.NextToken", None)),
    ],
)
def test_a_bad_tag_call_is_refused_in_the_words_of_its_product(
    cloud: Any, frame: Any, site: Any, action: str, values: dict[str, Any], codes: Any
) -> None:
    vpc, cbn = codes
    tag = [{"Key": "k"}] if action == "TagResources" else None
    for version, kind, resource_id, code in (
        ("2016-04-28", "CUSTOMERGATEWAY", site.gateway_ids[0], vpc),
        ("2017-09-12", "cen", frame.cen_id, cbn or vpc),
    ):
        sent = {"ResourceType": kind, "ResourceId": [resource_id], "Tag": tag, **values}
        assert cloud.refused(action, version=version, **sent).code == code


def test_a_resource_carries_twenty_tags_and_not_one_more(cloud: Any, frame: Any) -> None:
    mine = {"version": "2017-09-12", "ResourceType": "cen", "ResourceId": [frame.cen_id]}
    cloud.call("TagResources", **mine, Tag=MANY[:20])
    assert cloud.refused("TagResources", **mine, Tag=MANY[20:]).code == "QuotaExceeded.TagNum"
    cloud.call("TagResources", **mine, Tag=[{"Key": "k0", "Value": "changed"}])
    assert len(pairs(cloud.call("ListTagResources", **mine, PageSize=50))) == 20


def test_tags_go_with_their_resource(cloud: Any) -> None:
    gateway_id = cloud.call(
        "CreateCustomerGateway", IpAddress="203.0.113.9", Tags=[{"Key": "k", "Value": "v"}]
    )["CustomerGatewayId"]
    cloud.call("DeleteCustomerGateway", CustomerGatewayId=gateway_id)
    assert cloud.call("DescribeTagKeys")["TagKeys"]["TagKey"] == []
