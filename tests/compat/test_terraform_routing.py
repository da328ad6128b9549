"""The Terraform provider's resources for routing, attachments of VPCs and grants, field by field.

Each resource is created, polled, read, updated and deleted in the provider's own order. A resource
is imported by its id alone, which is what reading does here: it takes nothing but the id.
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


@pytest.fixture
def router(provider: terraform.Provider) -> str:
    """The id of a transit router as the provider keeps it: of the CEN, a colon, of the router."""
    cen_id = provider.call("cbn", "CreateCen", Name="tf-cen")["CenId"]
    made = provider.call("cbn", "CreateTransitRouter", CenId=cen_id, TransitRouterName="tf")
    provider.service.node.settle()
    wanted = {"TransitRouterId": made["TransitRouterId"], "Cidr": "10.250.0.0/24"}
    provider.call("cbn", "CreateTransitRouterCidr", **wanted, PublishCidrRoute=True)
    return f"{cen_id}:{made['TransitRouterId']}"


@pytest.fixture
def connection(provider: terraform.Provider) -> str:
    return create_connection(provider)


@pytest.fixture
def vpn(provider: terraform.Provider, router: str, connection: str) -> str:
    """The attachment of the connection."""
    made = provider.call(
        "cbn",
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=router.split(":")[1],
        VpnId=connection,
    )
    provider.service.node.settle()
    return str(made["TransitRouterAttachmentId"])


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


def first(members: list[dict[str, Any]], name: str, value: str) -> dict[str, Any] | None:
    """Take the first element as the provider does; another id in it means that it is gone."""
    return members[0] if members and members[0][name] == value else None


def read_table(provider: terraform.Provider, id_: str) -> dict[str, Any] | None:
    router_id, table_id = id_.split(":")
    listed = provider.call(
        "cbn",
        "ListTransitRouterRouteTables",
        TransitRouterId=router_id,
        TransitRouterRouteTableIds=[table_id],
    )
    return first(listed["TransitRouterRouteTables"], "TransitRouterRouteTableId", table_id)


def read_entry(provider: terraform.Provider, id_: str) -> dict[str, Any] | None:
    table_id, entry_id = id_.split(":")
    listed = provider.call(
        "cbn",
        "ListTransitRouterRouteEntries",
        RegionId=None,
        TransitRouterRouteTableId=table_id,
        TransitRouterRouteEntryIds=[entry_id],
    )
    return first(listed["TransitRouterRouteEntries"], "TransitRouterRouteEntryId", entry_id)


def read_binding(provider: terraform.Provider, kind: str, id_: str) -> dict[str, Any] | None:
    attachment_id, table_id = id_.split(":")
    listed = provider.call(
        "cbn",
        f"ListTransitRouterRouteTable{kind}s",
        RegionId=None,
        TransitRouterAttachmentId=attachment_id,
        TransitRouterRouteTableId=table_id,
    )
    return first(listed[f"TransitRouter{kind}s"], "TransitRouterAttachmentId", attachment_id)


def create_table(provider: terraform.Provider, router: str) -> str:
    router_id = router.split(":")[1]
    made = provider.call(
        "cbn",
        "CreateTransitRouterRouteTable",
        RegionId=None,
        TransitRouterId=router_id,
        TransitRouterRouteTableName="tf-table",
        TransitRouterRouteTableDescription="",
        DryRun=False,
    )
    id_ = f"{router_id}:{made['TransitRouterRouteTableId']}"
    assert status_of(read_table(provider, id_), "TransitRouterRouteTable") == "Creating"
    provider.service.node.settle()
    assert status_of(read_table(provider, id_), "TransitRouterRouteTable") == "Active"
    return id_


def status_of(shown: dict[str, Any] | None, prefix: str = "") -> str | None:
    return str(shown[f"{prefix}Status"]) if shown else None


def test_a_route_table_is_created_tagged_renamed_and_deleted(
    provider: terraform.Provider, router: str
) -> None:
    id_ = create_table(provider, router)
    table_id = id_.split(":")[1]
    target = {"ResourceType": "TransitRouterRouteTable", "ResourceId": [table_id]}
    provider.call("cbn", "TagResources", **target, Tag=[{"Key": "Created", "Value": "TF"}])
    (tag,) = provider.call("cbn", "ListTagResources", **target)["TagResources"]["TagResource"]
    assert (tag["TagKey"], tag["TagValue"]) == ("Created", "TF")
    provider.call("cbn", "UntagResources", **target, TagKey=["Created"])
    provider.call(
        "cbn",
        "UpdateTransitRouterRouteTable",
        RegionId=None,
        TransitRouterRouteTableId=table_id,
        TransitRouterRouteTableName="tf-renamed",
        TransitRouterRouteTableDescription="of the second team",
    )
    provider.service.node.settle()
    shown = read_table(provider, id_)
    assert shown is not None
    assert shown["TransitRouterRouteTableName"] == "tf-renamed"
    assert shown["TransitRouterRouteTableDescription"] == "of the second team"
    assert (shown["TransitRouterRouteTableType"], shown["Tags"]) == ("Custom", [])
    delete = "DeleteTransitRouterRouteTable"
    wanted = {"RegionId": None, "TransitRouterRouteTableId": table_id}
    provider.call("cbn", delete, **wanted, ClientToken=terraform.token(delete))
    assert status_of(read_table(provider, id_), "TransitRouterRouteTable") == "Deleting"
    again = provider.refused("cbn", delete, **wanted, ClientToken=terraform.token(delete))
    assert again[1] == "IncorrectStatus.TransitRouterRouteTable"
    provider.service.node.settle()
    assert read_table(provider, id_) is None
    gone = provider.refused("cbn", delete, **wanted, ClientToken=terraform.token(delete))
    assert gone[1] == "InvalidTransitRouterRouteTableId.NotFound"


def test_associations_and_propagations_are_polled_until_active_and_until_gone(
    provider: terraform.Provider, router: str, vpn: str
) -> None:
    tables = [create_table(provider, router).split(":")[1] for _ in range(2)]
    for kind, create, delete in (
        (
            "Association",
            "AssociateTransitRouterAttachmentWithRouteTable",
            "DissociateTransitRouterAttachmentFromRouteTable",
        ),
        (
            "Propagation",
            "EnableTransitRouterRouteTablePropagation",
            "DisableTransitRouterRouteTablePropagation",
        ),
    ):
        id_ = f"{vpn}:{tables[0]}"
        wanted = {
            "RegionId": None,
            "TransitRouterAttachmentId": vpn,
            "TransitRouterRouteTableId": tables[0],
            "DryRun": False,
        }
        assert read_binding(provider, kind, id_) is None
        provider.call("cbn", create, **wanted)
        assert status_of(read_binding(provider, kind, id_)) in {"Associating", "Enabling"}
        provider.service.node.settle()
        assert status_of(read_binding(provider, kind, id_)) == "Active"
        if kind == "Association":
            replace(provider, vpn, tables)
            wanted["TransitRouterRouteTableId"] = tables[1]
            id_ = f"{vpn}:{tables[1]}"
        provider.call("cbn", delete, **wanted)
        assert status_of(read_binding(provider, kind, id_)) in {"Dissociating", "Disabling"}
        provider.service.node.settle()
        assert read_binding(provider, kind, id_) is None


def replace(provider: terraform.Provider, vpn: str, tables: list[str]) -> None:
    provider.call(
        "cbn",
        "ReplaceTransitRouterRouteTableAssociation",
        RegionId=None,
        TransitRouterAttachmentId=vpn,
        TransitRouterRouteTableId=tables[1],
        ClientToken=terraform.token("ReplaceTransitRouterRouteTableAssociation"),
    )
    provider.service.node.settle()
    assert read_binding(provider, "Association", f"{vpn}:{tables[0]}") is None
    assert status_of(read_binding(provider, "Association", f"{vpn}:{tables[1]}")) == "Active"


@pytest.mark.parametrize("next_hop", ["Attachment", "BlackHole"])
def test_a_route_entry_is_created_renamed_and_deleted(
    provider: terraform.Provider, router: str, vpn: str, next_hop: str
) -> None:
    table_id = create_table(provider, router).split(":")[1]
    hop = {"TransitRouterRouteEntryNextHopType": next_hop, "RegionId": None}
    if next_hop == "Attachment":
        hop["TransitRouterRouteEntryNextHopId"] = vpn
    wanted = {
        **hop,
        "TransitRouterRouteTableId": table_id,
        "TransitRouterRouteEntryDestinationCidrBlock": "192.168.0.0/24",
        "TransitRouterRouteEntryName": "tf-entry",
        "TransitRouterRouteEntryDescription": "tf",
        "DryRun": False,
    }
    create = "CreateTransitRouterRouteEntry"
    made = provider.call("cbn", create, **wanted, ClientToken=terraform.token(create))
    id_ = f"{table_id}:{made['TransitRouterRouteEntryId']}"
    assert status_of(read_entry(provider, id_), "TransitRouterRouteEntry") == "Creating"
    provider.service.node.settle()
    shown = read_entry(provider, id_)
    assert shown is not None
    kept = {name: shown[name] for name in wanted if name in shown}
    assert kept == {name: value for name, value in wanted.items() if name in kept}
    assert shown["TransitRouterRouteEntryStatus"] == "Active"
    same = provider.refused("cbn", create, **wanted, ClientToken=terraform.token(create))
    assert same[1] == "OperationFailed.CreateRouteEntryWithSameDestinationCidrBlock"
    this = {"RegionId": None, "TransitRouterRouteEntryId": shown["TransitRouterRouteEntryId"]}
    update = "UpdateTransitRouterRouteEntry"
    renamed = {"TransitRouterRouteEntryName": "tf-renamed", "DryRun": False}
    provider.call("cbn", update, **this, **renamed, ClientToken=terraform.token(update))
    provider.service.node.settle()
    shown = read_entry(provider, id_)
    assert shown is not None
    assert shown["TransitRouterRouteEntryName"] == "tf-renamed"
    # The next hop comes along with the id.
    delete = "DeleteTransitRouterRouteEntry"
    named = {**this, **hop, "DryRun": False}
    provider.call("cbn", delete, **named, ClientToken=terraform.token(delete))
    provider.service.node.settle()
    assert read_entry(provider, id_) is None
    gone = provider.refused("cbn", delete, **named, ClientToken=terraform.token(delete))
    assert gone[1] == "IllegalParam.TransitRouterRouteEntryId"


def read_destination(provider: terraform.Provider, id_: str) -> dict[str, Any] | None:
    connection_id, prefix, next_hop, weight = id_.split(":")
    listed = provider.call(
        "vpc",
        "DescribeVcoRouteEntries",
        VpnConnectionId=connection_id,
        PageNumber=1,
        PageSize=50,
    )
    for each in listed["VcoRouteEntries"]:
        if (each["RouteDest"], each["NextHop"], str(each["Weight"])) == (prefix, next_hop, weight):
            return dict(each)
    return None


def test_a_destination_route_is_found_by_the_four_parts_of_its_id(
    provider: terraform.Provider, connection: str, vpn: str
) -> None:
    del vpn
    wanted = {
        "VpnConnectionId": connection,
        "RouteDest": "192.168.12.0/24",
        "NextHop": connection,
        "Weight": 100,
    }
    create, delete = "CreateVcoRouteEntry", "DeleteVcoRouteEntry"
    provider.call("vpc", create, **wanted, ClientToken=terraform.token(create))
    id_ = ":".join(str(each) for each in wanted.values())
    shown = read_destination(provider, id_)
    assert shown is not None
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["State"] == "published"
    provider.service.node.settle()
    provider.call("vpc", delete, **wanted, ClientToken=terraform.token(delete))
    provider.service.node.settle()
    assert [read_destination(provider, id_) for _ in range(3)] == [None] * 3


def test_a_connection_moves_between_resource_groups_in_an_update(
    provider: terraform.Provider, connection: str
) -> None:
    made = provider.call(
        "groups", "CreateResourceGroup", RegionId=None, Name="tf", DisplayName="tf"
    )
    group_id = made["ResourceGroup"]["Id"]
    provider.call(
        "vpc",
        "MoveVpnResourceGroup",
        InstanceId=connection,
        NewResourceGroupId=group_id,
        ResourceType="VPNATTACHMENT",
    )
    shown = provider.call("vpc", "DescribeVpnConnection", VpnConnectionId=connection)
    assert shown["ResourceGroupId"] == group_id
    target = {"ResourceType": "VPNATTACHMENT", "ResourceId": [connection]}
    provider.call("vpc", "TagResources", Tag=[{"Key": "For", "Value": "Test"}], **target)
    (tag,) = provider.call("vpc", "ListTagResources", **target)["TagResources"]["TagResource"]
    assert (tag["TagKey"], tag["ResourceId"]) == ("For", connection)
