"""A transit router with a VPC and a dual-tunnel connection."""

from __future__ import annotations

from alibabacloud_cbn20170912 import models as cbn
from alibabacloud_vpc20160428 import models as vpc

from demo import setting
from futago.lab import wait


def create(story: setting.Story) -> None:
    """Make a transit router with a VPC and a dual-tunnel connection."""
    with story.told.step("Create a transit router and a VPC"):
        _create_router(story)
        _create_vpc(story)
    with story.told.step("Create a dual-tunnel connection and attach it") as facts:
        _create_connection(story)
        tunnels = story.cloud.tunnels(story.ids["connection"])
        story.tunnel_ids = [each.tunnel_id for each in tunnels]
        facts["connection"] = story.ids["connection"]
        facts["gateway addresses"] = [f"{each.internet_ip} ({each.zone_no})" for each in tunnels]
        assert len({each.zone_no for each in tunnels}) == 2, "two zones"


def _create_router(story: setting.Story) -> None:
    story.ids["cen"] = story.cloud.cbn("CreateCen", name="demo").cen_id
    block = cbn.CreateTransitRouterRequestTransitRouterCidrList(cidr="10.99.0.0/24")
    story.ids["router"] = story.cloud.cbn(
        "CreateTransitRouter", cen_id=story.ids["cen"], transit_router_cidr_list=[block]
    ).transit_router_id

    def active() -> bool:
        listed = story.cloud.cbn("ListTransitRouters", cen_id=story.ids["cen"]).transit_routers
        return [each.status for each in listed] == ["Active"]

    wait.eventually(active, within=20, every=0.2)
    tables = story.cloud.cbn(
        "ListTransitRouterRouteTables", transit_router_id=story.ids["router"]
    ).transit_router_route_tables
    story.ids["table"] = tables[0].transit_router_route_table_id


def _create_vpc(story: setting.Story) -> None:
    story.ids["vpc"] = story.cloud.vpc("CreateVpc", cidr_block=setting.VPC_PREFIX).vpc_id
    listed = story.cloud.vpc("DescribeZones").zones.zone
    zones = [each.zone_id for each in listed][:2]
    mappings = []
    for number, zone in enumerate(zones):
        vswitch = story.cloud.vpc(
            "CreateVSwitch",
            vpc_id=story.ids["vpc"],
            cidr_block=f"10.20.{number}.0/24",
            zone_id=zone,
        ).v_switch_id
        story.vswitches.append(vswitch)
        mapping = cbn.CreateTransitRouterVpcAttachmentRequestZoneMappings
        mappings.append(mapping(v_switch_id=vswitch, zone_id=zone))
    story.ids["vpc attachment"] = story.cloud.cbn(
        "CreateTransitRouterVpcAttachment",
        cen_id=story.ids["cen"],
        transit_router_id=story.ids["router"],
        vpc_id=story.ids["vpc"],
        zone_mappings=mappings,
        auto_publish_route_enabled=True,
    ).transit_router_attachment_id
    _wait_attached(story, "Vpc", story.ids["vpc attachment"])
    _plug(story, story.ids["vpc attachment"])


def _create_connection(story: setting.Story) -> None:
    for address in story.site["addresses"]:
        made = story.cloud.vpc("CreateCustomerGateway", ip_address=address, asn=setting.SITE_ASN)
        story.gateways.append(made.customer_gateway_id)
    tunnel = vpc.CreateVpnAttachmentRequestTunnelOptionsSpecification
    story.ids["connection"] = story.cloud.vpc(
        "CreateVpnAttachment",
        name="demo",
        local_subnet="0.0.0.0/0",
        remote_subnet="0.0.0.0/0",
        effect_immediately=True,
        tunnel_options_specification=[
            tunnel(customer_gateway_id=gateway, tunnel_index=index)
            for index, gateway in enumerate(story.gateways, 1)
        ],
    ).vpn_connection_id
    story.ids["vpn attachment"] = story.cloud.cbn(
        "CreateTransitRouterVpnAttachment",
        cen_id=story.ids["cen"],
        transit_router_id=story.ids["router"],
        vpn_id=story.ids["connection"],
    ).transit_router_attachment_id
    _wait_attached(story, "Vpn", story.ids["vpn attachment"])
    _plug(story, story.ids["vpn attachment"])
    wait.eventually(
        lambda: story.cloud.connection(story.ids["connection"]).state == "attached",
        within=20,
        every=0.2,
    )


def _plug(story: setting.Story, attachment: str) -> None:
    """Associate and propagate, as the two check boxes of the vendor's console do."""
    members = {
        "transit_router_attachment_id": attachment,
        "transit_router_route_table_id": story.ids["table"],
    }
    story.cloud.cbn("AssociateTransitRouterAttachmentWithRouteTable", **members)
    story.cloud.cbn("EnableTransitRouterRouteTablePropagation", **members)
    for kind in ("Association", "Propagation"):
        wait.eventually(lambda k=kind: story.plug_states(k, members) == ["Active"], within=20)


def _wait_attached(story: setting.Story, kind: str, attachment: str) -> None:
    wait.eventually(
        lambda: [each.status for each in story.attachments(kind, attachment)] == ["Attached"],
        within=20,
        every=0.2,
    )
