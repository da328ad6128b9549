"""What a tenant makes: router, VPC, connections, routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cloud

PSK = "benchmarkkey"
GATEWAY_NAMES = ("gateway1.bench", "gateway2.bench")
"""Identities of the gateway's tunnels, known before its addresses are."""


@dataclass(frozen=True, kw_only=True)
class Router:
    """A transit router."""

    cen_id: str
    router_id: str
    table_id: str


def create_router(api: cloud.Cloud) -> Router:
    """Make a transit router and wait for it."""
    cen_id = api.call(cloud.CBN, "CreateCen")["CenId"]
    router_id = api.call(
        cloud.CBN,
        "CreateTransitRouter",
        CenId=cen_id,
        TransitRouterCidrList=[{"Cidr": "10.99.0.0/24"}],
    )["TransitRouterId"]

    def is_active() -> bool:
        listed = api.call(cloud.CBN, "ListTransitRouters", CenId=cen_id)["TransitRouters"]
        return [each["Status"] for each in listed] == ["Active"]

    cloud.until(is_active, "the router is active")
    tables = api.call(cloud.CBN, "ListTransitRouterRouteTables", TransitRouterId=router_id)
    table_id = tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]
    return Router(cen_id=cen_id, router_id=router_id, table_id=table_id)


def create_vpc(api: cloud.Cloud, router: Router) -> tuple[str, str]:
    """Make a VPC that is plugged into a router; gives its id and that of a vSwitch."""
    vpc_id = api.call(cloud.VPC, "CreateVpc", CidrBlock="10.20.0.0/16")["VpcId"]
    zones = [each["ZoneId"] for each in api.call(cloud.VPC, "DescribeZones")["Zones"]["Zone"]][:2]
    vswitches = [
        api.call(
            cloud.VPC,
            "CreateVSwitch",
            VpcId=vpc_id,
            CidrBlock=f"10.20.{number}.0/24",
            ZoneId=zone,
        )["VSwitchId"]
        for number, zone in enumerate(zones)
    ]
    attachment_id = api.call(
        cloud.CBN,
        "CreateTransitRouterVpcAttachment",
        CenId=router.cen_id,
        TransitRouterId=router.router_id,
        VpcId=vpc_id,
        AutoPublishRouteEnabled=True,
        ZoneMappings=[
            {"VSwitchId": vswitch, "ZoneId": zone}
            for vswitch, zone in zip(vswitches, zones, strict=True)
        ],
    )["TransitRouterAttachmentId"]
    cloud.until(
        lambda: [each["Status"] for each in attachments(api, "Vpc", attachment_id)] == ["Attached"],
        "the VPC is attached",
    )
    plug(api, router, attachment_id)
    return vpc_id, vswitches[0]


def create_gateways(api: cloud.Cloud, addresses: Sequence[str]) -> list[str]:
    """Make customer gateways."""
    return [
        api.call(cloud.VPC, "CreateCustomerGateway", IpAddress=each)["CustomerGatewayId"]
        for each in addresses
    ]


def create_connection(api: cloud.Cloud, gateways: Sequence[str]) -> str:
    """Make a connection whose key and identities are known beforehand."""
    made = api.call(
        cloud.VPC,
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EffectImmediately=True,
        TunnelOptionsSpecification=[
            {
                "CustomerGatewayId": gateway,
                "TunnelIndex": number,
                "TunnelIkeConfig": {"Psk": PSK, "LocalId": name},
            }
            for number, (gateway, name) in enumerate(zip(gateways, GATEWAY_NAMES, strict=True), 1)
        ],
    )
    return str(made["VpnConnectionId"])


def attach(api: cloud.Cloud, router: Router, connection_id: str) -> str:
    """Attach a connection; gives the attachment."""
    made = api.call(
        cloud.CBN,
        "CreateTransitRouterVpnAttachment",
        CenId=router.cen_id,
        TransitRouterId=router.router_id,
        VpnId=connection_id,
    )
    return str(made["TransitRouterAttachmentId"])


def detach(api: cloud.Cloud, attachment_id: str, connection_id: str) -> None:
    """Detach a connection, wait, and delete it."""
    api.call(cloud.CBN, "DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
    cloud.until(lambda: not attachments(api, "Vpn", attachment_id), "the connection is detached")
    api.call(cloud.VPC, "DeleteVpnAttachment", VpnConnectionId=connection_id)


def plug(api: cloud.Cloud, router: Router, attachment_id: str) -> None:
    """Associate an attachment and have it propagate."""
    members = {
        "TransitRouterAttachmentId": attachment_id,
        "TransitRouterRouteTableId": router.table_id,
    }
    api.call(cloud.CBN, "AssociateTransitRouterAttachmentWithRouteTable", **members)
    api.call(cloud.CBN, "EnableTransitRouterRouteTablePropagation", **members)


def create_route(api: cloud.Cloud, connection_id: str, prefix: str) -> None:
    """Route a prefix into a connection; returns before it is in force."""
    _route(api, "CreateVcoRouteEntry", connection_id, prefix)


def delete_route(api: cloud.Cloud, connection_id: str, prefix: str) -> None:
    """Take a route away; returns before it is gone."""
    _route(api, "DeleteVcoRouteEntry", connection_id, prefix)


def _route(api: cloud.Cloud, action: str, connection_id: str, prefix: str) -> None:
    api.call(
        cloud.VPC,
        action,
        VpnConnectionId=connection_id,
        RouteDest=prefix,
        NextHop=connection_id,
        Weight=100,
        OverlayMode="Ipsec",
    )


def attachments(api: cloud.Cloud, kind: str, attachment_id: str) -> list[dict[str, Any]]:
    """Read an attachment, as a list of one or none."""
    answer = api.call(
        cloud.CBN,
        f"ListTransitRouter{kind}Attachments",
        TransitRouterAttachmentId=attachment_id,
    )
    return list(answer["TransitRouterAttachments"])
