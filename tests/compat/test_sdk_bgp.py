"""BGP by the official client: create, look, change, and read what was learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_cbn20170912 import client as cbn_client
from alibabacloud_cbn20170912 import models as cbn
from alibabacloud_tea_openapi import exceptions, utils_models
from alibabacloud_vpc20160428 import client as vpc_client
from alibabacloud_vpc20160428 import models as vpc

from futago.domain import ids
from futago.plan import observation
from futago.testing import loopback, simulation

pytestmark = pytest.mark.slow
REGION = loopback.REGION


@dataclass
class World:
    vpc: vpc_client.Client
    cbn: cbn_client.Client
    node: simulation.ObedientNode


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with loopback.serve(tmp_path) as served:
        key = served.service.key
        config = utils_models.Config(
            access_key_id=key.access_key_id,
            access_key_secret=key.secret,
            region_id=REGION,
            endpoint=f"127.0.0.1:{served.port}",
            protocol="http",
        )
        yield World(vpc_client.Client(config), cbn_client.Client(config), served.service.node)


def create(world: World) -> str:
    gateways = [
        world.vpc.create_customer_gateway(
            vpc.CreateCustomerGatewayRequest(
                region_id=REGION, ip_address=address, asn="65001", auth_key="s3cret"
            )
        ).body.customer_gateway_id
        for address in ("203.0.113.7", "203.0.113.8")
    ]
    prefix = "CreateVpnAttachmentRequestTunnelOptionsSpecification"
    tunnel, values = getattr(vpc, prefix), getattr(vpc, f"{prefix}TunnelBgpConfig")
    answer = world.vpc.create_vpn_attachment(
        vpc.CreateVpnAttachmentRequest(
            region_id=REGION,
            local_subnet="0.0.0.0/0",
            remote_subnet="0.0.0.0/0",
            enable_tunnels_bgp=True,
            tunnel_options_specification=[
                tunnel(
                    tunnel_index=index,
                    customer_gateway_id=gateway_id,
                    tunnel_bgp_config=values(
                        local_asn=8061384,
                        local_bgp_ip=f"169.254.{index}0.1",
                        tunnel_cidr=f"169.254.{index}0.0/30",
                    ),
                )
                for index, gateway_id in enumerate(gateways, start=1)
            ],
        )
    ).body
    return str(answer.vpn_connection_id)


def attach(world: World, connection_id: str) -> tuple[str, str]:
    """Give the ids of router and attachment."""
    cen_id = world.cbn.create_cen(cbn.CreateCenRequest(name="frame")).body.cen_id
    router_id = world.cbn.create_transit_router(
        cbn.CreateTransitRouterRequest(
            cen_id=cen_id,
            region_id=REGION,
            transit_router_cidr_list=[
                cbn.CreateTransitRouterRequestTransitRouterCidrList(cidr="10.250.0.0/24")
            ],
        )
    ).body.transit_router_id
    world.node.settle()
    attachment_id = world.cbn.create_transit_router_vpn_attachment(
        cbn.CreateTransitRouterVpnAttachmentRequest(
            region_id=REGION, transit_router_id=router_id, vpn_id=connection_id
        )
    ).body.transit_router_attachment_id
    world.node.settle()
    return router_id, attachment_id


def describe(world: World, connection_id: str) -> Any:
    return world.vpc.describe_vpn_connection(
        vpc.DescribeVpnConnectionRequest(region_id=REGION, vpn_connection_id=connection_id)
    ).body


def routes(world: World, connection_id: str) -> Any:
    return world.vpc.describe_vco_route_entries(
        vpc.DescribeVcoRouteEntriesRequest(
            region_id=REGION, vpn_connection_id=connection_id, route_entry_type="bgp"
        )
    ).body


def test_bgp_from_creation_to_learned_routes(world: World) -> None:
    connection_id = create(world)
    router_id, _ = attach(world, connection_id)
    shown = describe(world, connection_id)
    assert shown.enable_tunnels_bgp is True
    tunnels = shown.tunnel_options_specification.tunnel_options
    first = tunnels[0].tunnel_bgp_config
    assert (first.local_asn, first.peer_asn) == ("8061384", "65001")
    assert (first.tunnel_cidr, first.peer_bgp_ip) == ("169.254.10.0/30", "169.254.10.2")
    assert first.bgp_status == "failed"
    tunnel_ids = [ids.TunnelId(each.tunnel_id) for each in tunnels]
    for tunnel_id in tunnel_ids:
        world.node.see(tunnel_id, ike=True, children=1)
        world.node.hear(
            observation.BgpObservation(
                tunnel_id=tunnel_id, state=observation.BgpState.ESTABLISHED, imported=1
            )
        )
    world.node.settle()
    world.node.tell_routes(
        router_id,
        connection_id,
        observation.BgpRoute(
            prefix=IPv4Network("10.9.0.0/16"),
            direction=observation.RouteDirection.LEARNED,
            tunnel_ids=tuple(tunnel_ids),
            as_path=(65001,),
            communities=("65001:7",),
        ),
    )
    for each in describe(world, connection_id).tunnel_options_specification.tunnel_options:
        assert each.tunnel_bgp_config.bgp_status == "success"
    body = routes(world, connection_id)
    (route,) = body.vco_route_entries
    assert (route.route_dest, route.as_path, route.community) == (
        "10.9.0.0/16",
        "[65001]",
        "65001:7",
    )
    assert (route.route_entry_type, route.source, route.state) == ("bgp", "VPN_BGP", "Active")
    assert sorted(route.next_hop_tunnel_id_list) == sorted(tunnel_ids)
    counts = {
        (each.route_entry_type, each.source): each.route_count for each in body.vpn_route_counts
    }
    assert counts["bgp", "VPN_BGP"] == 1
    enabled = world.vpc.check_vpn_bgp_enabled(vpc.CheckVpnBgpEnabledRequest(region_id=REGION))
    assert enabled.body.bgp_enabled is True


def test_bgp_is_downloaded_and_changed_by_the_client(world: World) -> None:
    connection_id = create(world)
    attach(world, connection_id)
    download = world.vpc.download_vpn_connection_config(
        vpc.DownloadVpnConnectionConfigRequest(region_id=REGION, vpn_connection_id=connection_id)
    ).body.vpn_connection_config
    first = download.bgp_configs.bgp_config[0]
    assert (first.local_asn, first.local_bgp_ip) == ("65001", "169.254.10.2")
    assert (first.peer_asn, first.peer_bgp_ip) == ("8061384", "169.254.10.1")
    prefix = "ModifyTunnelAttributeRequestTunnelOptionsSpecification"
    values = getattr(vpc, f"{prefix}TunnelBgpConfig")

    def change(**members: Any) -> Any:
        return world.vpc.modify_tunnel_attribute(
            vpc.ModifyTunnelAttributeRequest(
                region_id=REGION,
                vpn_connection_id=connection_id,
                tunnel_id=first.tunnel_id,
                tunnel_options_specification=getattr(vpc, prefix)(
                    tunnel_bgp_config=values(**members)
                ),
            )
        ).body

    answer = change(tunnel_cidr="169.254.30.0/30").tunnel_bgp_config
    assert (answer.enable_bgp, answer.local_asn) == (True, 8061384)
    assert (answer.local_bgp_ip, answer.peer_bgp_ip) == ("169.254.30.1", "169.254.30.2")
    world.node.settle()
    for members, code in (
        ({"local_asn": 65530}, "IllegalParam.LocalAsn"),
        ({"local_bgp_ip": "169.254.30.3"}, "IllegalParam.LocalBgpIp"),
        ({"tunnel_cidr": "169.254.20.0/30"}, "IllegalParam.TunnelCidr"),
    ):
        with pytest.raises(exceptions.ClientException) as caught:
            change(**members)
        assert caught.value.code == code
