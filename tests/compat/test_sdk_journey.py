"""Both official clients run a whole life of a connection against a real server on loopback.

The server is the real one: signatures, dispatcher, store. The gateway host is simulated, because
the journey is about what clients send and understand.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import threading
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
import uvicorn
from alibabacloud_cbn20170912 import client as cbn_client
from alibabacloud_cbn20170912 import models as cbn
from alibabacloud_tea_openapi import exceptions, utils_models
from alibabacloud_vpc20160428 import client as vpc_client
from alibabacloud_vpc20160428 import models as vpc

from futago.actions import dispatch, registry
from futago.api import app, credentials, nonces
from futago.services import access
from futago.store import unit_of_work
from futago.testing import simulation

pytestmark = pytest.mark.slow
REGION = "cn-hangzhou"
DEADLINE = 20
WITHOUT_MEANING = re.compile(
    r"TunnelBgpConfig|(Connection|Attribute|Config)\.(IkeConfig|IpsecConfig|VcoHealthCheck|VpnBgpConfig)$"
)
"""Members of answers that only BGP or single-tunnel connections have."""
PSK = "p~`!@#$%^&*()_-+={}[]\\|;:',.<>/?\""


class Server(uvicorn.Server):
    """Runs in a thread and tells its port."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.port: futures.Future[int] = futures.Future()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.port.set_result(self.servers[0].sockets[0].getsockname()[1])


class Witness(dispatch.Dispatcher):
    """Compares every answer with what the client's models can read."""

    strange: set[str]
    missing: set[str]

    def dispatch(self, given: dispatch.CallInput) -> dispatch.Outcome:
        outcome = super().dispatch(given)
        if outcome.status == 200:
            module = vpc if given.version == "2016-04-28" else cbn
            answer = json.loads(json.dumps(outcome.answer))
            self._compare(module, f"{given.action}ResponseBody", answer, given.action)
        return outcome

    def _compare(self, module: Any, name: str, answer: dict[str, Any], path: str) -> None:
        known = {each.lower(): each for each in dir(module)}
        if name.lower() not in known:
            return
        source = inspect.getsource(getattr(module, known[name.lower()]).from_map)
        readable = set(re.findall(r"m\.get\('(\w+)'\)", source))
        self.strange |= {f"{path}.{each}" for each in answer.keys() - readable}
        self.missing |= {f"{path}.{each}" for each in readable - answer.keys()}
        for member, value in answer.items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    self._compare(module, name + member, each, f"{path}.{member}")


@dataclass
class World:
    vpc: vpc_client.Client
    cbn: cbn_client.Client
    node: simulation.ObedientNode
    account_id: str
    witness: Witness


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = unit_of_work.Database(
        f"sqlite:///{tmp_path / 'futago.db'}", simulation.ClearSealer()
    )
    database.migrate()
    with database.begin() as unit:
        account_id = access.ensure_bootstrap_account(unit)
        key = access.create_access_key(unit, account_id, "admin")
    node = simulation.ObedientNode(database)
    node.register()

    def now() -> Any:
        with database.read() as unit:
            return unit.now

    witness = Witness(database, registry.catalogue(region_id=REGION), now)
    witness.strange, witness.missing = set(), set()
    face = app.create_app(
        witness,
        credentials.Gatekeeper(
            credentials.StoredKeys(database), now, nonces.NonceWindow(simulation.memory(tmp_path))
        ),
        registry=prometheus_client.CollectorRegistry(),
    )
    server = Server(uvicorn.Config(face, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        config = utils_models.Config(
            access_key_id=key.access_key_id,
            access_key_secret=key.secret,
            region_id=REGION,
            endpoint=f"127.0.0.1:{server.port.result(DEADLINE)}",
            protocol="http",
        )
        yield World(vpc_client.Client(config), cbn_client.Client(config), node, account_id, witness)
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        database.close()
    assert not thread.is_alive()


def create_frame(world: World) -> tuple[str, str, str]:
    cen_id = world.cbn.create_cen(cbn.CreateCenRequest(name="frame")).body.cen_id
    router_id = world.cbn.create_transit_router(
        cbn.CreateTransitRouterRequest(
            cen_id=cen_id,
            region_id=REGION,
            transit_router_name="hub",
            transit_router_cidr_list=[
                cbn.CreateTransitRouterRequestTransitRouterCidrList(
                    cidr="10.250.0.0/24", name="pool", publish_cidr_route=True
                )
            ],
        )
    ).body.transit_router_id
    world.node.settle()
    routers = world.cbn.list_transit_routers(
        cbn.ListTransitRoutersRequest(cen_id=cen_id, transit_router_id=router_id, region_id=REGION)
    ).body.transit_routers
    assert [(each.status, each.transit_router_name) for each in routers] == [("Active", "hub")]
    assert routers[0].transit_router_cidr_list[0].cidr == "10.250.0.0/24"
    tables = world.cbn.list_transit_router_route_tables(
        cbn.ListTransitRouterRouteTablesRequest(transit_router_id=router_id)
    ).body.transit_router_route_tables
    return cen_id, router_id, tables[0].transit_router_route_table_id


def create_vpc(world: World) -> tuple[str, str]:
    vpc_id = world.vpc.create_vpc(
        vpc.CreateVpcRequest(region_id=REGION, cidr_block="172.20.0.0/16", vpc_name="office")
    ).body.vpc_id
    zones = world.vpc.describe_zones(vpc.DescribeZonesRequest(region_id=REGION)).body.zones.zone
    vswitch_id = world.vpc.create_vswitch(
        vpc.CreateVSwitchRequest(
            region_id=REGION, vpc_id=vpc_id, zone_id=zones[0].zone_id, cidr_block="172.20.1.0/24"
        )
    ).body.v_switch_id
    world.node.settle()
    return vpc_id, vswitch_id


def create_connection(world: World) -> str:
    gateways = [
        world.vpc.create_customer_gateway(
            vpc.CreateCustomerGatewayRequest(
                region_id=REGION, ip_address=address, name=f"site {address}", asn="65001"
            )
        ).body.customer_gateway_id
        for address in ("203.0.113.7", "203.0.113.8")
    ]
    prefix = "CreateVpnAttachmentRequestTunnelOptionsSpecification"
    tunnel = getattr(vpc, prefix)
    ike_config = getattr(vpc, f"{prefix}TunnelIkeConfig")
    ipsec_config = getattr(vpc, f"{prefix}TunnelIpsecConfig")
    answer = world.vpc.create_vpn_attachment(
        vpc.CreateVpnAttachmentRequest(
            region_id=REGION,
            name="office über all",
            local_subnet="0.0.0.0/0",
            remote_subnet="0.0.0.0/0",
            effect_immediately=True,
            tags=[vpc.CreateVpnAttachmentRequestTags(key="env", value="test")],
            tunnel_options_specification=[
                tunnel(
                    tunnel_index=index,
                    customer_gateway_id=gateway_id,
                    enable_dpd=True,
                    tunnel_ike_config=ike_config(psk=PSK, ike_enc_alg="aes256", ike_lifetime=0),
                    tunnel_ipsec_config=ipsec_config(ipsec_pfs="group14"),
                )
                for index, gateway_id in enumerate(gateways, start=1)
            ],
        )
    ).body
    assert (answer.code, answer.success) == ("200", True)
    return str(answer.vpn_connection_id)


def attach(world: World, router_id: str, connection_id: str) -> str:
    attachment_id = world.cbn.create_transit_router_vpn_attachment(
        cbn.CreateTransitRouterVpnAttachmentRequest(
            region_id=REGION, transit_router_id=router_id, vpn_id=connection_id
        )
    ).body.transit_router_attachment_id
    world.node.settle()
    (shown,) = world.cbn.list_transit_router_vpn_attachments(
        cbn.ListTransitRouterVpnAttachmentsRequest(
            region_id=REGION, transit_router_attachment_id=attachment_id
        )
    ).body.transit_router_attachments
    assert (shown.status, shown.vpn_id) == ("Attached", connection_id)
    assert shown.vpn_owner_id == int(world.account_id)
    return str(attachment_id)


def describe(world: World, connection_id: str) -> Any:
    return world.vpc.describe_vpn_connection(
        vpc.DescribeVpnConnectionRequest(region_id=REGION, vpn_connection_id=connection_id)
    ).body


def test_a_connection_lives_from_creation_to_deletion(world: World) -> None:
    cen_id, router_id, table_id = create_frame(world)
    vpc_id, vswitch_id = create_vpc(world)
    connection_id = create_connection(world)
    attachment_id = attach(world, router_id, connection_id)
    shown = describe(world, connection_id)
    assert (shown.state, shown.attach_type, shown.name) == ("attached", "CEN", "office über all")
    assert shown.tags.tag[0].value == "test"
    options = shown.tunnel_options_specification.tunnel_options
    assert [each.tunnel_ike_config.psk for each in options] == [PSK, PSK]
    assert options[0].tunnel_ike_config.ike_lifetime == "86400"
    vpc_attachment_id = attach_vpc(world, router_id, vpc_id, vswitch_id)
    for each in (attachment_id, vpc_attachment_id):
        bind(world, each, table_id)
    for tunnel in options:
        world.node.see(tunnel.tunnel_id, ike=True, children=1)
    add_route(world, connection_id)
    assert describe(world, connection_id).status == "ipsec_sa_established"
    check_routes(world, connection_id, table_id)
    change(world, connection_id, options[0].tunnel_id)
    look_at_the_rest(world, connection_id, options[0].tunnel_id)
    take_down(world, connection_id, [attachment_id], [vpc_attachment_id])
    world.vpc.delete_vswitch(vpc.DeleteVSwitchRequest(region_id=REGION, v_switch_id=vswitch_id))
    world.node.settle()
    world.vpc.delete_vpc(vpc.DeleteVpcRequest(region_id=REGION, vpc_id=vpc_id))
    world.cbn.delete_transit_router(cbn.DeleteTransitRouterRequest(transit_router_id=router_id))
    world.node.settle()
    world.cbn.delete_cen(cbn.DeleteCenRequest(cen_id=cen_id))
    assert world.cbn.describe_cens(cbn.DescribeCensRequest()).body.cens.cen == []
    assert world.witness.strange == set()
    assert {path for path in world.witness.missing if not WITHOUT_MEANING.search(path)} == set()


def attach_vpc(world: World, router_id: str, vpc_id: str, vswitch_id: str) -> str:
    mapping = cbn.CreateTransitRouterVpcAttachmentRequestZoneMappings(
        zone_id="zone-a", v_switch_id=vswitch_id
    )
    attachment_id = world.cbn.create_transit_router_vpc_attachment(
        cbn.CreateTransitRouterVpcAttachmentRequest(
            region_id=REGION,
            transit_router_id=router_id,
            vpc_id=vpc_id,
            zone_mappings=[mapping],
            transit_router_vpcattachment_options={"ipv6Support": "disable"},
        )
    ).body.transit_router_attachment_id
    world.node.settle()
    return str(attachment_id)


def bind(world: World, attachment_id: str, table_id: str) -> None:
    ends = {
        "transit_router_attachment_id": attachment_id,
        "transit_router_route_table_id": table_id,
    }
    world.cbn.associate_transit_router_attachment_with_route_table(
        cbn.AssociateTransitRouterAttachmentWithRouteTableRequest(**ends)
    )
    world.cbn.enable_transit_router_route_table_propagation(
        cbn.EnableTransitRouterRouteTablePropagationRequest(**ends)
    )
    world.node.settle()
    associations = world.cbn.list_transit_router_route_table_associations(
        cbn.ListTransitRouterRouteTableAssociationsRequest(**ends)
    ).body.transit_router_associations
    propagations = world.cbn.list_transit_router_route_table_propagations(
        cbn.ListTransitRouterRouteTablePropagationsRequest(**ends)
    ).body.transit_router_propagations
    assert [each.status for each in (*associations, *propagations)] == ["Active", "Active"]


def add_route(world: World, connection_id: str) -> None:
    answer = world.vpc.create_vco_route_entry(
        vpc.CreateVcoRouteEntryRequest(
            region_id=REGION,
            vpn_connection_id=connection_id,
            next_hop=connection_id,
            route_dest="192.168.0.0/16",
            weight=100,
            overlay_mode="Ipsec",
        )
    ).body
    assert answer.state == "published"
    assert describe(world, connection_id).state == "updating"
    world.node.settle()
    assert describe(world, connection_id).state == "attached"


def check_routes(world: World, connection_id: str, table_id: str) -> None:
    (entry,) = world.vpc.describe_vco_route_entries(
        vpc.DescribeVcoRouteEntriesRequest(region_id=REGION, vpn_connection_id=connection_id)
    ).body.vco_route_entries
    assert len(entry.next_hop_tunnel_id_list) == 2
    entries = world.cbn.list_transit_router_route_entries(
        cbn.ListTransitRouterRouteEntriesRequest(
            transit_router_route_table_id=table_id,
            route_filter=[
                cbn.ListTransitRouterRouteEntriesRequestRouteFilter(
                    key="LongestPrefixMatchCidrs", value=["192.168.7.7/32"]
                )
            ],
        )
    ).body.transit_router_route_entries
    assert [each.transit_router_route_entry_destination_cidr_block for each in entries] == [
        "192.168.0.0/16"
    ]


def change(world: World, connection_id: str, tunnel_id: str) -> None:
    prefix = "ModifyTunnelAttributeRequestTunnelOptionsSpecification"
    answer = world.vpc.modify_tunnel_attribute(
        vpc.ModifyTunnelAttributeRequest(
            region_id=REGION,
            vpn_connection_id=connection_id,
            tunnel_id=tunnel_id,
            tunnel_options_specification=getattr(vpc, prefix)(
                tunnel_ike_config=getattr(vpc, f"{prefix}TunnelIkeConfig")(psk="a+bc"),
            ),
        )
    ).body
    assert answer.tunnel_ike_config.psk == "a+bc"
    assert answer.tunnel_ike_config.ike_lifetime == 86400
    world.node.settle()
    renamed = world.vpc.modify_vpn_attachment_attribute(
        vpc.ModifyVpnAttachmentAttributeRequest(
            region_id=REGION,
            vpn_connection_id=connection_id,
            name="renamed",
            local_subnet="0.0.0.0/0",
            remote_subnet="0.0.0.0/0",
        )
    ).body
    assert renamed.name == "renamed"
    assert renamed.tunnel_options_specification[0].tunnel_ike_config.psk == "a+bc"
    world.node.settle()


def look_at_the_rest(world: World, connection_id: str, tunnel_id: str) -> None:
    mine = {"region_id": REGION, "vpn_connection_id": connection_id}
    download = world.vpc.download_vpn_connection_config(
        vpc.DownloadVpnConnectionConfigRequest(**mine)
    ).body.vpn_connection_config
    first = download.tunnels_config.tunnel_config[0]
    assert (first.local, first.ike_config.psk) == ("203.0.113.7", "a+bc")
    verdicts = world.vpc.diagnose_vpn_connections(
        vpc.DiagnoseVpnConnectionsRequest(region_id=REGION, tunnel_ids=[tunnel_id])
    ).body.vpn_connections
    assert [each.failed_reason_code for each in verdicts] == ["NoExceptionFound"]
    (attached,) = world.vpc.describe_vpn_attachments(
        vpc.DescribeVpnAttachmentsRequest(**mine)
    ).body.vpn_attachments
    assert json.loads(attached.tag) == {"BGPSupport": True}
    (listed,) = world.vpc.describe_vpn_connections(
        vpc.DescribeVpnConnectionsRequest(**mine)
    ).body.vpn_connections.vpn_connection
    options = listed.tunnel_options_specification.tunnel_options
    assert {each.tunnel_ike_config.psk for each in options} == {""}
    regions = world.vpc.describe_regions(vpc.DescribeRegionsRequest()).body.regions.region
    assert [each.region_id for each in regions] == [REGION]


def take_down(
    world: World, connection_id: str, vpn_attachments: list[str], vpc_attachments: list[str]
) -> None:
    with pytest.raises(exceptions.ClientException) as caught:
        world.vpc.delete_vpn_attachment(
            vpc.DeleteVpnAttachmentRequest(region_id=REGION, vpn_connection_id=connection_id)
        )
    assert caught.value.code == "Vco.StatusNotSupport"
    for each in vpn_attachments:
        world.cbn.delete_transit_router_vpn_attachment(
            cbn.DeleteTransitRouterVpnAttachmentRequest(
                transit_router_attachment_id=each, force=True
            )
        )
    for each in vpc_attachments:
        world.cbn.delete_transit_router_vpc_attachment(
            cbn.DeleteTransitRouterVpcAttachmentRequest(
                transit_router_attachment_id=each, force=True
            )
        )
    world.node.settle()
    assert describe(world, connection_id).state == "init"
    world.vpc.delete_vpn_attachment(
        vpc.DeleteVpnAttachmentRequest(region_id=REGION, vpn_connection_id=connection_id)
    )
    with pytest.raises(exceptions.ClientException) as caught:
        describe(world, connection_id)
    assert caught.value.code == "InvalidVpnConnectionInstanceId.NotFound"
    gateways = world.vpc.describe_customer_gateways(
        vpc.DescribeCustomerGatewaysRequest(region_id=REGION)
    ).body.customer_gateways.customer_gateway
    for each in gateways:
        world.vpc.delete_customer_gateway(
            vpc.DeleteCustomerGatewayRequest(
                region_id=REGION, customer_gateway_id=each.customer_gateway_id
            )
        )


def ask(world: World, action: str, **members: Any) -> Any:
    """Call an operation of the CBN client by its wire name."""
    words = re.sub(r"(?<!^)([A-Z])", r"_\1", action).lower()
    return getattr(world.cbn, words)(getattr(cbn, f"{action}Request")(**members)).body


def listed_entries(world: World, table_id: str, **members: Any) -> list[tuple[str, str, str]]:
    answer = ask(
        world,
        "ListTransitRouterRouteEntries",
        transit_router_route_table_id=table_id,
        transit_router_route_entry_status="All",
        **members,
    )
    return [
        (
            each.transit_router_route_entry_destination_cidr_block,
            each.transit_router_route_entry_next_hop_type,
            each.transit_router_route_entry_status,
        )
        for each in answer.transit_router_route_entries
    ]


def attach_office(world: World, cen_id: str, router_id: str) -> str:
    vpc_id, vswitch_id = create_vpc(world)
    zones = world.vpc.describe_zones(vpc.DescribeZonesRequest(region_id=REGION)).body.zones.zone
    other = world.vpc.create_vswitch(
        vpc.CreateVSwitchRequest(
            region_id=REGION, vpc_id=vpc_id, zone_id=zones[1].zone_id, cidr_block="172.20.2.0/24"
        )
    ).body.v_switch_id
    attachment_id: str = ask(
        world,
        "CreateTransitRouterVpcAttachment",
        cen_id=cen_id,
        transit_router_id=router_id,
        region_id=REGION,
        vpc_id=vpc_id,
        zone_mappings=[
            cbn.CreateTransitRouterVpcAttachmentRequestZoneMappings(
                zone_id=zones[0].zone_id, v_switch_id=vswitch_id
            )
        ],
    ).transit_router_attachment_id
    ask(
        world,
        "UpdateTransitRouterVpcAttachmentZones",
        transit_router_attachment_id=attachment_id,
        add_zone_mappings=[
            cbn.UpdateTransitRouterVpcAttachmentZonesRequestAddZoneMappings(
                zone_id=zones[1].zone_id, v_switch_id=other
            )
        ],
    )
    world.node.settle()
    (shown,) = ask(
        world, "ListTransitRouterVpcAttachments", transit_router_attachment_id=attachment_id
    ).transit_router_attachments
    assert [each.v_switch_id for each in shown.zone_mappings] == [vswitch_id, other]
    return attachment_id


def test_the_official_client_makes_tables_and_static_routes(world: World) -> None:
    cen_id, router_id, system = create_frame(world)
    attachment_id = attach_office(world, cen_id, router_id)
    table_id = ask(
        world,
        "CreateTransitRouterRouteTable",
        transit_router_id=router_id,
        transit_router_route_table_name="blue",
        route_table_options=cbn.CreateTransitRouterRouteTableRequestRouteTableOptions(
            multi_region_ecmp="disable"
        ),
        tag=[cbn.CreateTransitRouterRouteTableRequestTag(key="team", value="blue")],
    ).transit_router_route_table_id
    world.node.settle()
    (table,) = ask(
        world,
        "ListTransitRouterRouteTables",
        transit_router_id=router_id,
        transit_router_route_table_ids=[table_id],
    ).transit_router_route_tables
    assert (table.transit_router_route_table_status, table.tags[0].value) == ("Active", "blue")
    bound = {"transit_router_attachment_id": attachment_id}
    ask(
        world,
        "AssociateTransitRouterAttachmentWithRouteTable",
        **bound,
        transit_router_route_table_id=system,
    )
    world.node.settle()
    bound["transit_router_route_table_id"] = table_id
    ask(world, "ReplaceTransitRouterRouteTableAssociation", **bound)
    made = ask(
        world,
        "CreateTransitRouterRouteEntry",
        transit_router_route_table_id=table_id,
        transit_router_route_entry_destination_cidr_block="172.20.0.0/16",
        transit_router_route_entry_next_hop_type="Attachment",
        transit_router_route_entry_next_hop_id=attachment_id,
    ).transit_router_route_entry_id
    blackhole = {
        "transit_router_route_table_id": table_id,
        "transit_router_route_entry_destination_cidr_block": "192.168.0.0/16",
        "transit_router_route_entry_next_hop_type": "BlackHole",
    }
    ask(world, "CreateTransitRouterRouteEntry", **blackhole)
    world.node.settle()
    assert listed_entries(world, table_id) == [
        ("172.20.0.0/16", "Attachment", "Active"),
        ("192.168.0.0/16", "BlackHole", "Active"),
    ]
    take_tables_down(world, router_id, bound, made, blackhole)
    assert world.witness.strange == set()
    assert {path for path in world.witness.missing if not WITHOUT_MEANING.search(path)} == set()


def take_tables_down(
    world: World, router_id: str, bound: dict[str, str], entry_id: str, blackhole: dict[str, str]
) -> None:
    table = {"transit_router_route_table_id": bound["transit_router_route_table_id"]}
    ask(world, "DeleteTransitRouterRouteEntry", transit_router_route_entry_id=entry_id)
    ask(world, "DeleteTransitRouterRouteEntry", **blackhole)
    ask(world, "DissociateTransitRouterAttachmentFromRouteTable", **bound)
    world.node.settle()
    ask(world, "DeleteTransitRouterRouteTable", **table)
    world.node.settle()
    left = ask(world, "ListTransitRouterRouteTables", transit_router_id=router_id)
    assert left.total_count == 1
    empty = ask(
        world,
        "ListTransitRouterCidrAllocation",
        transit_router_id=router_id,
        region_id=REGION,
    )
    assert empty.transit_router_cidr_allocations == []
    zones = ask(world, "ListTransitRouterAvailableResource", region_id=REGION)
    assert zones.available_zones == ["zone-a", "zone-b"]
    assert ask(world, "CheckTransitRouterService").enabled == "true"
