"""The Terraform provider's attachments of VPCs and grants to other accounts, field by field.

What an id names is read by nothing but the parts of the id; that is also how a resource is
imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from futago.testing import loopback
from futago.testing import provider as terraform

pytestmark = pytest.mark.slow


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[terraform.Provider]:
    with terraform.serve(tmp_path) as served:
        yield served


@pytest.fixture
def router(provider: terraform.Provider) -> tuple[str, str]:
    """CEN and transit router."""
    cen_id = provider.call("cbn", "CreateCen", Name="tf-cen")["CenId"]
    made = provider.call("cbn", "CreateTransitRouter", CenId=cen_id, TransitRouterName="tf")
    provider.service.node.settle()
    wanted = {"TransitRouterId": made["TransitRouterId"], "Cidr": "10.250.0.0/24"}
    provider.call("cbn", "CreateTransitRouterCidr", **wanted, PublishCidrRoute=True)
    return cen_id, made["TransitRouterId"]


def read(provider: terraform.Provider, kind: str, id_: str) -> dict[str, Any] | None:
    """Look for an attachment among all pages, by CEN and id."""
    cen_id, attachment_id = id_.split(":")
    listed = provider.call(
        "cbn",
        f"ListTransitRouter{kind}Attachments",
        CenId=cen_id,
        TransitRouterAttachmentId=attachment_id,
    )
    for each in listed["TransitRouterAttachments"]:
        if (each["CenId"], each["TransitRouterAttachmentId"]) == (cen_id, attachment_id):
            return dict(each)
    return None


def statuses(provider: terraform.Provider, kind: str, id_: str) -> tuple[str | None, str | None]:
    """Give the status before and after the gateway hosts did their work."""
    before = read(provider, kind, id_)
    provider.service.node.settle()
    after = read(provider, kind, id_)
    return before and before["Status"], after and after["Status"]


def zones_of(shown: dict[str, Any]) -> list[dict[str, str]]:
    """Keep of zones what the provider reads."""
    return [
        {name: each[name] for name in ("ZoneId", "VSwitchId")} for each in shown["ZoneMappings"]
    ]


def create_vpc(provider: terraform.Provider) -> tuple[str, list[dict[str, str]]]:
    vpc_id = provider.call("vpc", "CreateVpc", CidrBlock="172.20.0.0/16", VpcName="tf")["VpcId"]
    zones = []
    for zone, prefix in (("zone-a", "172.20.1.0/24"), ("zone-b", "172.20.2.0/24")):
        made = provider.call(
            "vpc", "CreateVSwitch", VpcId=vpc_id, ZoneId=zone, CidrBlock=prefix, VSwitchName="tf"
        )
        zones.append({"ZoneId": zone, "VSwitchId": made["VSwitchId"]})
    provider.service.node.settle()
    return vpc_id, zones


def test_a_vpc_attachment_is_created_changed_imported_and_deleted(
    provider: terraform.Provider, router: tuple[str, str]
) -> None:
    vpc_id, zones = create_vpc(provider)
    create = "CreateTransitRouterVpcAttachment"
    made = provider.call(
        "cbn",
        create,
        RegionId=None,
        in_query={"RegionId": loopback.REGION},
        CenId=router[0],
        TransitRouterId=router[1],
        VpcId=vpc_id,
        VpcOwnerId=0,
        ResourceType="VPC",
        ChargeType="POSTPAY",
        ZoneMappings=zones[:1],
        TransitRouterAttachmentName="tf-vpc",
        TransitRouterAttachmentDescription="",
        TransitRouterVPCAttachmentOptions='{"ipv6Support":"disable"}',
        AutoPublishRouteEnabled=False,
        RouteTableAssociationEnabled=False,
        RouteTablePropagationEnabled=False,
        DryRun=False,
        Tag=[{"Key": "Created", "Value": "TF"}],
        ClientToken=terraform.token(create),
    )
    attachment_id = made["TransitRouterAttachmentId"]
    id_ = f"{router[0]}:{attachment_id}"
    assert statuses(provider, "Vpc", id_) == ("Attaching", "Attached")
    shown = read(provider, "Vpc", id_)
    assert shown is not None
    assert (shown["VpcId"], shown["TransitRouterId"]) == (vpc_id, router[1])
    assert shown["VpcOwnerId"] == int(provider.service.account_id)
    assert (shown["ChargeType"], shown["ResourceType"]) == ("POSTPAY", "VPC")
    assert shown["TransitRouterAttachmentName"] == "tf-vpc"
    assert shown["AutoPublishRouteEnabled"] is False
    assert zones_of(shown) == zones[:1]
    assert [(each["Key"], each["Value"]) for each in shown["Tags"]] == [("Created", "TF")]
    change(provider, id_, zones)
    delete = "DeleteTransitRouterVpcAttachment"
    named = {"RegionId": None, "TransitRouterAttachmentId": attachment_id, "Force": False}
    provider.call("cbn", delete, **named, DryRun=False, ClientToken=terraform.token(delete))
    assert statuses(provider, "Vpc", id_) == ("Detaching", None)
    gone = provider.refused("cbn", delete, **named, ClientToken=terraform.token(delete))
    assert gone[1].endswith(".NotFound")


def change(provider: terraform.Provider, id_: str, zones: list[dict[str, str]]) -> None:
    """Update attributes, zones and tags; the id of the attachment travels in the query."""
    attachment_id = id_.split(":")[1]
    named = {"TransitRouterAttachmentId": attachment_id}
    update = "UpdateTransitRouterVpcAttachmentAttribute"
    provider.call(
        "cbn",
        update,
        RegionId=None,
        in_query=named,
        TransitRouterAttachmentName="tf-renamed",
        TransitRouterAttachmentDescription="tf",
        AutoPublishRouteEnabled=True,
        TransitRouterVPCAttachmentOptions='{"ipv6Support":"disable"}',
        DryRun=False,
        ClientToken=terraform.token(update),
    )
    assert statuses(provider, "Vpc", id_)[1] == "Attached"
    # The token of the first update comes along with the action's old name.
    provider.call(
        "cbn",
        "UpdateTransitRouterVpcAttachmentZones",
        RegionId=None,
        in_query=named,
        AddZoneMappings=zones[1:],
        RemoveZoneMappings=zones[:1],
        ClientToken=terraform.token(update),
    )
    assert statuses(provider, "Vpc", id_)[1] == "Attached"
    target = {"ResourceType": "TRANSITROUTERVPCATTACHMENT", "ResourceId": [attachment_id]}
    provider.call("cbn", "UntagResources", **target, TagKey=["Created"])
    provider.call("cbn", "TagResources", **target, Tag=[{"Key": "For", "Value": "Test"}])
    shown = read(provider, "Vpc", id_)
    assert shown is not None
    assert shown["TransitRouterAttachmentName"] == "tf-renamed"
    assert shown["TransitRouterAttachmentDescription"] == "tf"
    assert shown["AutoPublishRouteEnabled"] is True
    assert zones_of(shown) == zones[1:]
    assert [(each["Key"], each["Value"]) for each in shown["Tags"]] == [("For", "Test")]


def create_connection(provider: terraform.Provider) -> str:
    gateway_ids = [
        provider.call("vpc", "CreateCustomerGateway", IpAddress=address)["CustomerGatewayId"]
        for address in ("203.0.113.7", "203.0.113.8")
    ]
    made = provider.call(
        "vpc",
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        TunnelOptionsSpecification=[
            terraform.block(index, each) for index, each in enumerate(gateway_ids, start=1)
        ],
    )
    return str(made["VpnConnectionId"])


def read_grant(provider: terraform.Provider, id_: str) -> dict[str, Any] | None:
    kind, instance_id, owner_id, cen_id = id_.split(":")
    listed = provider.call(
        "cbn", "DescribeGrantRulesToResource", ProductType=kind, ResourceId=instance_id
    )
    for each in listed["GrantRules"]:
        if (each["CenId"], str(each["CenOwnerId"])) == (cen_id, owner_id):
            return dict(each)
    return None


@pytest.mark.parametrize("kind", ["VPN", "VPC"])
def test_a_grant_is_created_imported_used_and_revoked(
    provider: terraform.Provider, router: tuple[str, str], kind: str
) -> None:
    branch, branch_id = provider.of_another_account()
    zones: list[dict[str, str]] = []
    if kind == "VPN":
        instance_id = create_connection(branch)
    else:
        instance_id, zones = create_vpc(branch)
    owner_id = provider.service.account_id
    wanted = {
        "CenId": router[0],
        "CenOwnerId": owner_id,
        "InstanceId": instance_id,
        "InstanceType": kind,
    }
    id_ = f"{kind}:{instance_id}:{owner_id}:{router[0]}"
    assert read_grant(branch, id_) is None
    branch.call("cbn", "GrantInstanceToTransitRouter", **wanted, OrderType="PayByResourceOwner")
    granted = read_grant(branch, id_)
    assert granted is not None
    assert granted["OrderType"] == "PayByResourceOwner"
    spelled = kind.title()
    places = {"ZoneMappings": zones[:1]} if zones else {}
    made = provider.call(
        "cbn",
        f"CreateTransitRouter{spelled}Attachment",
        CenId=router[0],
        TransitRouterId=router[1],
        **{f"{spelled}Id": instance_id, f"{spelled}OwnerId": branch_id},
        **places,
    )
    attachment = f"{router[0]}:{made['TransitRouterAttachmentId']}"
    assert statuses(provider, spelled, attachment) == ("Attaching", "Attached")
    shown = read(provider, spelled, attachment)
    assert shown is not None
    assert shown[f"{spelled}OwnerId"] == int(branch_id)
    revoke = "RevokeInstanceFromTransitRouter"
    assert branch.refused("cbn", revoke, **wanted)[1] == "IncorrectStatus.Cen"
    provider.call(
        "cbn",
        f"DeleteTransitRouter{spelled}Attachment",
        TransitRouterAttachmentId=made["TransitRouterAttachmentId"],
    )
    assert statuses(provider, spelled, attachment) == ("Detaching", None)
    branch.call("cbn", revoke, **wanted)
    assert read_grant(branch, id_) is None
    again = branch.refused("cbn", revoke, **wanted)
    assert again == (404, "InvalidInstanceId.NotFound")


def test_what_an_id_names_is_imported_by_the_id(
    provider: terraform.Provider, router: tuple[str, str]
) -> None:
    cen_id, router_id = router
    filtered = [{"Key": "CenId", "Value": [cen_id]}]
    (cen,) = provider.call("cbn", "DescribeCens", Filter=filtered)["Cens"]["Cen"]
    assert (cen["CenId"], cen["Name"], cen["Status"]) == (cen_id, "tf-cen", "Active")
    (found,) = provider.call("cbn", "ListTransitRouters", CenId=cen_id, TransitRouterId=router_id)[
        "TransitRouters"
    ]
    assert (found["TransitRouterId"], found["TransitRouterName"]) == (router_id, "tf")
    (pool,) = provider.call("cbn", "ListTransitRouterCidr", TransitRouterId=router_id)["CidrLists"]
    again = provider.call(
        "cbn",
        "ListTransitRouterCidr",
        TransitRouterId=router_id,
        TransitRouterCidrId=pool["TransitRouterCidrId"],
        ClientToken=terraform.token("ListTransitRouterCidr"),
    )
    assert again["CidrLists"] == [pool]
    connection_id = create_connection(provider)
    create = "CreateTransitRouterVpnAttachment"
    made = provider.call("cbn", create, TransitRouterId=router_id, VpnId=connection_id)
    provider.service.node.settle()
    attachment_id = made["TransitRouterAttachmentId"]
    (by_id,) = provider.call(
        "cbn", "ListTransitRouterVpnAttachments", TransitRouterAttachmentId=attachment_id
    )["TransitRouterAttachments"]
    assert (by_id["CenId"], by_id["TransitRouterId"]) == (cen_id, router_id)
    assert (by_id["VpnId"], by_id["Status"]) == (connection_id, "Attached")
    nothing = provider.call(
        "cbn", "ListTransitRouterVpnAttachments", TransitRouterAttachmentId="tr-attach-none"
    )
    assert nothing["TransitRouterAttachments"] == []
