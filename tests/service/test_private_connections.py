"""Private connections: gateway addresses out of the router's blocks, and the blocks in tables."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from futago.messages import codec
from futago.plan import intent
from futago.store import schema
from futago.testing import simulation

BLOCK = "10.250.0.0/24"
"""Of the router that `frame` makes."""
RESERVED = IPv4Network("10.250.0.0/27"), IPv4Network("10.250.0.32/28")
ENTRY = "TransitRouterRouteEntry"


@pytest.fixture
def node(database: Any) -> simulation.ObedientNode:
    """A node whose zones have private pools that overlap the router's block."""
    zones = (
        codec.ZoneOffer(
            zone_id="zone-a",
            public_pools=("198.51.100.0/25",),
            private_pools=("10.250.0.0/25",),
        ),
        codec.ZoneOffer(
            zone_id="zone-b",
            public_pools=("198.51.100.128/25",),
            private_pools=("10.250.0.128/26", "10.8.0.0/24"),
        ),
    )
    made = simulation.ObedientNode(database, zones)
    made.register()
    return made


def create(cloud: Any, site: Any, **more: Any) -> str:
    made = cloud.call(
        "CreateVpnAttachment", **{**site.connection, "NetworkType": "private"}, **more
    )
    return str(made["VpnConnectionId"])


def attach(cloud: Any, node: Any, frame: Any, connection_id: str) -> str:
    made = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )
    node.settle()
    return str(made["TransitRouterAttachmentId"])


def addresses(cloud: Any, connection_id: str) -> list[IPv4Address]:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert shown["NetworkType"] == "private"
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    return [IPv4Address(each["InternetIp"]) for each in options]


def entries(cloud: Any, frame: Any) -> list[Any]:
    answer = cloud.call(
        "ListTransitRouterRouteEntries",
        TransitRouterRouteTableId=frame.table_id,
        TransitRouterRouteEntryStatus="All",
    )
    return list(answer["TransitRouterRouteEntries"])


def test_gateway_addresses_are_in_the_block_behind_what_it_reserves(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    connection_id = create(cloud, site)
    attachment_id = attach(cloud, node, frame, connection_id)
    first, second = addresses(cloud, connection_id)
    assert {first in IPv4Network("10.250.0.0/25"), second in IPv4Network("10.250.0.0/25")} == {
        True,
        False,
    }, "one in each zone"
    for address in (first, second):
        assert address in IPv4Network(BLOCK)
        assert not any(address in part for part in RESERVED)
    listed = cloud.call("ListTransitRouterCidrAllocation", TransitRouterId=frame.router_id)
    parts = [each["AllocatedCidrBlock"] for each in listed["TransitRouterCidrAllocations"]]
    assert parts[:3] == ["10.250.0.0/28", "10.250.0.16/28", "10.250.0.32/28"]
    assert set(parts[3:]) == {
        str(IPv4Network((address, 28), strict=False)) for address in (first, second)
    }
    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
    node.settle()
    listed = cloud.call("ListTransitRouterCidrAllocation", TransitRouterId=frame.router_id)
    assert listed["TransitRouterCidrAllocations"] == []


def test_a_public_connection_on_the_same_router_has_public_addresses(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection)
    attach(cloud, node, frame, made["VpnConnectionId"])
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=made["VpnConnectionId"])
    assert shown["NetworkType"] == "public"
    for each in shown["TunnelOptionsSpecification"]["TunnelOptions"]:
        assert IPv4Address(each["InternetIp"]) in IPv4Network("198.51.100.0/24")


def test_without_a_common_address_the_attachment_is_refused_and_says_where(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    other = cloud.call(
        "CreateTransitRouter",
        CenId=cloud.call("CreateCen")["CenId"],
        TransitRouterCidrList=json.dumps([{"Cidr": "10.60.0.0/24"}]),
    )["TransitRouterId"]
    node.settle()
    refusal = cloud.refused(
        "CreateTransitRouterVpnAttachment", TransitRouterId=other, VpnId=create(cloud, site)
    )
    assert (refusal.status, refusal.code) == (400, "OperationFailed.AllocateCidrFailed")
    for part in ("10.60.0.0/24", "10.250.0.0/25", "10.8.0.0/24", "Add a block"):
        assert part in refusal.message


def test_the_type_never_changes(cloud: Any, node: Any, frame: Any, site: Any) -> None:
    connection_id = create(cloud, site)
    same = {"VpnConnectionId": connection_id, "NetworkType": "private"}
    cloud.call("ModifyVpnAttachmentAttribute", **same, Name="renamed")
    refusal = cloud.refused(
        "ModifyVpnAttachmentAttribute", VpnConnectionId=connection_id, NetworkType="public"
    )
    assert refusal.code == "IllegalParam.NetworkType"
    assert "private" in refusal.message


def test_a_table_that_learns_from_it_has_the_published_block_as_a_blackhole(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    attachment_id = attach(cloud, node, frame, create(cloud, site))
    learning = {
        "TransitRouterAttachmentId": attachment_id,
        "TransitRouterRouteTableId": frame.table_id,
    }
    assert entries(cloud, frame) == []
    cloud.call("EnableTransitRouterRouteTablePropagation", **learning)
    node.settle()
    (shown,) = entries(cloud, frame)
    assert (
        shown[f"{ENTRY}DestinationCidrBlock"],
        shown[f"{ENTRY}Type"],
        shown[f"{ENTRY}NextHopType"],
        shown[f"{ENTRY}Status"],
        shown[f"{ENTRY}Description"],
    ) == (BLOCK, "Static", "BlackHole", "Active", "CidrRoute")
    refusal = cloud.refused(
        "DeleteTransitRouterRouteEntry", TransitRouterRouteEntryId=shown[f"{ENTRY}Id"]
    )
    assert refusal.code == "IllegalParam.TransitRouterRouteEntryId"
    (block,) = cloud.call("ListTransitRouterCidr", TransitRouterId=frame.router_id)["CidrLists"]
    switch = {
        "TransitRouterId": frame.router_id,
        "TransitRouterCidrId": block["TransitRouterCidrId"],
    }
    for publish, count in ((False, 0), (True, 1)):
        cloud.call("ModifyTransitRouterCidr", **switch, PublishCidrRoute=publish)
        node.settle()
        assert len(entries(cloud, frame)) == count
        assert len(wanted_blackholes(cloud, frame)) == count
    cloud.call("DisableTransitRouterRouteTablePropagation", **learning)
    node.settle()
    assert entries(cloud, frame) == []
    assert wanted_blackholes(cloud, frame) == []


def wanted_blackholes(cloud: Any, frame: Any) -> list[IPv4Network]:
    """What the node shall drop."""
    with cloud.database.read() as unit:
        row = unit.session.query(schema.IntentRow).filter_by(resource_id=frame.router_id).one()
        wanted = codec.decode_intent(intent.IntentKind.ROUTER, row.intent_json)
    assert isinstance(wanted, intent.RouterIntent)
    return [each.prefix for each in wanted.entries if each.attachment_id is None]
