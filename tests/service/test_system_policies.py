"""The policy between VPN attachments that the system makes, and that nobody changes."""

from __future__ import annotations

from typing import Any


def listed(cloud: Any, cen_id: str, **wanted: Any) -> list[Any]:
    answer = cloud.call("DescribeCenRouteMaps", CenId=cen_id, **wanted)
    maps: list[Any] = answer["RouteMaps"]["RouteMap"]
    assert answer["TotalCount"] == len(maps)
    return maps


def test_every_table_of_a_router_with_vpn_attachments_has_the_policy(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    assert listed(cloud, frame.cen_id) == []
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    attachment_id = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )["TransitRouterAttachmentId"]
    (shown,) = listed(cloud, frame.cen_id)
    assert shown["Status"] == "Creating"
    node.settle()
    (shown,) = listed(cloud, frame.cen_id)
    assert (shown["Status"], shown["Priority"], shown["MapResult"]) == ("Active", 5000, "Deny")
    assert (shown["TransmitDirection"], shown["TransitRouterRouteTableId"]) == (
        "RegionOut",
        frame.table_id,
    )
    assert "VPN" in shown["SourceChildInstanceTypes"]["SourceChildInstanceType"]
    assert "VPN" in shown["DestinationChildInstanceTypes"]["DestinationChildInstanceType"]

    custom = cloud.call("CreateTransitRouterRouteTable", TransitRouterId=frame.router_id)
    custom_id = custom["TransitRouterRouteTableId"]
    node.settle()
    every = listed(cloud, frame.cen_id)
    assert {each["TransitRouterRouteTableId"] for each in every} == {frame.table_id, custom_id}
    assert len({each["RouteMapId"] for each in every}) == 2
    (one,) = listed(cloud, frame.cen_id, RouteMapId=shown["RouteMapId"])
    assert one == shown
    (one,) = listed(cloud, frame.cen_id, TransitRouterRouteTableId=custom_id)
    assert one["RouteMapId"] != shown["RouteMapId"]
    assert listed(cloud, frame.cen_id, TransmitDirection="RegionIn") == []
    assert listed(cloud, frame.cen_id, CenRegionId="elsewhere-1") == []

    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
    node.settle()
    assert listed(cloud, frame.cen_id) == []


def test_nobody_changes_the_policy(cloud: Any, frame: Any) -> None:
    wanted = {"CenId": frame.cen_id, "CenRegionId": "cn-hangzhou", "RouteMapId": "cenrmap-x"}
    assert cloud.refused("DeleteCenRouteMap", **wanted).code == (
        "OperationUnsupported.DeleteCenRouteMap"
    )


def test_bad_questions_are_refused(cloud: Any, frame: Any) -> None:
    assert cloud.refused("DescribeCenRouteMaps", CenId="cen-x").code == "InvalidCenId.NotFound"
    refusal = cloud.refused(
        "DescribeCenRouteMaps", CenId=frame.cen_id, TransmitDirection="Sideways"
    )
    assert refusal.code == "InvalidParameter"
    assert "RegionOut" in refusal.message
