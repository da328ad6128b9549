"""Two accounts with the official client each: grant, attach, look from both sides, take down.

Tags and resource groups ride along. For resource groups no client of its own is installed; the
generic one, which all clients are made of, calls them by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_cbn20170912 import client as cbn_client
from alibabacloud_cbn20170912 import models as cbn
from alibabacloud_tea_openapi import client as any_client
from alibabacloud_tea_openapi import exceptions, utils_models
from alibabacloud_vpc20160428 import client as vpc_client
from alibabacloud_vpc20160428 import models as vpc
from darabonba.runtime import RuntimeOptions

from futago.services import access
from futago.testing import loopback

pytestmark = pytest.mark.slow
REGION = loopback.REGION


@dataclass
class Account:
    """An account and its clients."""

    id: str
    vpc: vpc_client.Client
    cbn: cbn_client.Client
    any: any_client.Client

    def groups(self, action: str, **query: str) -> Any:
        """Call an action on resource groups."""
        params = utils_models.Params(
            action=action,
            version="2020-03-31",
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = utils_models.OpenApiRequest(query=query)
        return self.any.call_api(params, request, RuntimeOptions())["body"]


@dataclass
class World:
    service: loopback.Service
    owner: Account
    """Has the connection."""
    core: Account
    """Has CEN and transit router."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with loopback.serve(tmp_path) as served:
        database = served.service.database
        with database.begin() as unit:
            other = access.create_account(unit, "branch")
            key = access.create_access_key(unit, other, access.ADMINISTRATOR)

        def account(account_id: str, key_id: str, secret: str) -> Account:
            config = utils_models.Config(
                access_key_id=key_id,
                access_key_secret=secret,
                region_id=REGION,
                endpoint=f"127.0.0.1:{served.port}",
                protocol="http",
            )
            return Account(
                account_id,
                vpc_client.Client(config),
                cbn_client.Client(config),
                any_client.Client(config),
            )

        first = served.service
        yield World(
            first,
            account(other, key.access_key_id, key.secret),
            account(first.account_id, first.key.access_key_id, first.key.secret),
        )


def create_router(world: World) -> tuple[str, str]:
    cen_id = world.core.cbn.create_cen(cbn.CreateCenRequest(name="core")).body.cen_id
    router_id = world.core.cbn.create_transit_router(
        cbn.CreateTransitRouterRequest(
            cen_id=cen_id,
            region_id=REGION,
            transit_router_cidr_list=[
                cbn.CreateTransitRouterRequestTransitRouterCidrList(
                    cidr="10.250.0.0/24", publish_cidr_route=True
                )
            ],
        )
    ).body.transit_router_id
    world.service.node.settle()
    return str(cen_id), str(router_id)


def create_connection(account: Account) -> tuple[str, str]:
    gateway_id = account.vpc.create_customer_gateway(
        vpc.CreateCustomerGatewayRequest(region_id=REGION, ip_address="203.0.113.7")
    ).body.customer_gateway_id
    tunnel = vpc.CreateVpnAttachmentRequestTunnelOptionsSpecification
    connection_id = account.vpc.create_vpn_attachment(
        vpc.CreateVpnAttachmentRequest(
            region_id=REGION,
            local_subnet="0.0.0.0/0",
            remote_subnet="0.0.0.0/0",
            tunnel_options_specification=[
                tunnel(tunnel_index=index, customer_gateway_id=gateway_id) for index in (1, 2)
            ],
        )
    ).body.vpn_connection_id
    return str(gateway_id), str(connection_id)


def code_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(exceptions.ClientException) as caught:
        call(*arguments)
    return str(caught.value.code)


def describe(account: Account, connection_id: str) -> Any:
    request = vpc.DescribeVpnConnectionRequest(region_id=REGION, vpn_connection_id=connection_id)
    return account.vpc.describe_vpn_connection(request).body


def test_a_connection_lives_on_the_router_of_another_account(world: World) -> None:
    owner, core = world.owner, world.core
    cen_id, router_id = create_router(world)
    _, connection_id = create_connection(owner)
    attach = cbn.CreateTransitRouterVpnAttachmentRequest(
        region_id=REGION,
        cen_id=cen_id,
        vpn_id=connection_id,
        vpn_owner_id=int(owner.id),
    )
    create = core.cbn.create_transit_router_vpn_attachment
    assert code_of(create, attach) == "OperationUnsupported.VpnAttachment"
    grant(world, cen_id, connection_id)
    attachment_id = create(attach).body.transit_router_attachment_id
    world.service.node.settle()
    (shown,) = core.cbn.list_transit_router_vpn_attachments(
        cbn.ListTransitRouterVpnAttachmentsRequest(region_id=REGION, cen_id=cen_id)
    ).body.transit_router_attachments
    assert (shown.status, shown.vpn_owner_id) == ("Attached", int(owner.id))
    assert shown.order_type == "PayByResourceOwner"
    mine = describe(owner, connection_id)
    assert (mine.state, mine.cross_account_authorized) == ("attached", True)
    assert (mine.transit_router_id, mine.attach_instance_id) == (router_id, cen_id)
    assert code_of(describe, core, connection_id) == "InvalidVpnConnectionInstanceId.NotFound"
    revoke = cbn.RevokeInstanceFromTransitRouterRequest(
        region_id=REGION,
        cen_id=cen_id,
        cen_owner_id=int(core.id),
        instance_id=connection_id,
        instance_type="VPN",
    )
    assert code_of(owner.cbn.revoke_instance_from_transit_router, revoke) == "IncorrectStatus.Cen"
    core.cbn.delete_transit_router_vpn_attachment(
        cbn.DeleteTransitRouterVpnAttachmentRequest(transit_router_attachment_id=attachment_id)
    )
    world.service.node.settle()
    owner.cbn.revoke_instance_from_transit_router(revoke)
    assert describe(owner, connection_id).state == "init"
    owner.vpc.delete_vpn_attachment(
        vpc.DeleteVpnAttachmentRequest(region_id=REGION, vpn_connection_id=connection_id)
    )


def grant(world: World, cen_id: str, connection_id: str) -> None:
    """Grant, change the payer, and read the grant from both sides."""
    owner, core = world.owner, world.core
    owner.cbn.grant_instance_to_transit_router(
        cbn.GrantInstanceToTransitRouterRequest(
            region_id=REGION,
            cen_id=cen_id,
            cen_owner_id=int(core.id),
            instance_id=connection_id,
            instance_type="VPN",
        )
    )
    owner.cbn.modify_grant_instance_to_transit_router(
        cbn.ModifyGrantInstanceToTransitRouterRequest(
            cen_id=cen_id, instance_id=connection_id, order_type="PayByResourceOwner"
        )
    )
    (rule,) = core.cbn.describe_grant_rules_to_cen(
        cbn.DescribeGrantRulesToCenRequest(region_id=REGION, cen_id=cen_id, product_type="VPN")
    ).body.grant_rules.grant_rule
    assert (rule.child_instance_id, rule.child_instance_owner_id) == (connection_id, int(owner.id))
    (rule,) = owner.cbn.describe_grant_rules_to_resource(
        cbn.DescribeGrantRulesToResourceRequest(
            region_id=REGION, resource_id=connection_id, product_type="VPN"
        )
    ).body.grant_rules
    assert (rule.cen_id, rule.effective_order_type) == (cen_id, "PayByResourceOwner")
    (rule,) = owner.vpc.describe_vpn_cross_account_authorizations(
        vpc.DescribeVpnCrossAccountAuthorizationsRequest(
            region_id=REGION, vpn_connection_id=connection_id
        )
    ).body.cross_account_authorizations
    assert (rule.bind_instance, rule.bind_uid) == (cen_id, int(core.id))


def test_tags_and_resource_groups_through_the_clients(world: World) -> None:
    account = world.owner
    gateway_id, connection_id = create_connection(account)
    cen_id = account.cbn.create_cen(cbn.CreateCenRequest(name="tagged")).body.cen_id
    account.vpc.tag_resources(
        vpc.TagResourcesRequest(
            region_id=REGION,
            resource_type="VPNATTACHMENT",
            resource_id=[connection_id],
            tag=[vpc.TagResourcesRequestTag(key="env", value="prod")],
        )
    )
    account.cbn.tag_resources(
        cbn.TagResourcesRequest(
            region_id=REGION,
            resource_type="cen",
            resource_id=[cen_id],
            tag=[cbn.TagResourcesRequestTag(key="env", value="prod")],
        )
    )
    of_vpc = account.vpc.list_tag_resources(
        vpc.ListTagResourcesRequest(
            region_id=REGION, resource_type="VPNATTACHMENT", resource_id=[connection_id]
        )
    ).body.tag_resources.tag_resource
    of_cbn = account.cbn.list_tag_resources(
        cbn.ListTagResourcesRequest(
            region_id=REGION,
            resource_type="cen",
            tag=[cbn.ListTagResourcesRequestTag(key="env", value="prod")],
        )
    ).body.tag_resources.tag_resource
    assert [(each.resource_id, each.tag_value) for each in (*of_vpc, *of_cbn)] == [
        (connection_id, "prod"),
        (cen_id, "prod"),
    ]
    keys = account.vpc.describe_tag_keys(vpc.DescribeTagKeysRequest(region_id=REGION)).body
    assert [each.tag_key for each in keys.tag_keys.tag_key] == ["env"]
    account.vpc.un_tag_resources(
        vpc.UnTagResourcesRequest(
            region_id=REGION, resource_type="VPNATTACHMENT", resource_id=[connection_id], all=True
        )
    )
    account.cbn.untag_resources(
        cbn.UntagResourcesRequest(
            region_id=REGION, resource_type="cen", resource_id=[cen_id], tag_key=["env"]
        )
    )
    keys = account.vpc.describe_tag_keys(vpc.DescribeTagKeysRequest(region_id=REGION)).body
    assert keys.tag_keys.tag_key == []
    move(account, gateway_id, cen_id)


def move(account: Account, gateway_id: str, cen_id: str) -> None:
    """Move resources of both products into a new group."""
    made = account.groups("CreateResourceGroup", Name="north", DisplayName="Up north")
    group_id = made["ResourceGroup"]["Id"]
    listed = account.groups("ListResourceGroups")
    assert [each["Name"] for each in listed["ResourceGroups"]["ResourceGroup"]] == [
        "default",
        "north",
    ]
    account.vpc.move_vpn_resource_group(
        vpc.MoveVpnResourceGroupRequest(
            region_id=REGION,
            resource_type="CustomerGateway",
            instance_id=gateway_id,
            new_resource_group_id=group_id,
        )
    )
    account.cbn.move_resource_group(
        cbn.MoveResourceGroupRequest(
            resource_type="cen", resource_id=cen_id, new_resource_group_id=group_id
        )
    )
    gateways = account.vpc.describe_customer_gateways(
        vpc.DescribeCustomerGatewaysRequest(region_id=REGION, resource_group_id=group_id)
    ).body.customer_gateways.customer_gateway
    cens = account.cbn.describe_cens(cbn.DescribeCensRequest(resource_group_id=group_id)).body
    assert [each.customer_gateway_id for each in gateways] == [gateway_id]
    assert [each.cen_id for each in cens.cens.cen] == [cen_id]


def test_zones_of_gateways_are_asked_for_by_get(world: World) -> None:
    zones = world.core.vpc.describe_vpn_gateway_available_zones(
        vpc.DescribeVpnGatewayAvailableZonesRequest(region_id=REGION, spec="5M")
    ).body.available_zone_id_list
    assert {each.zone_id for each in zones} == {"zone-a", "zone-b"}
    (region,) = world.core.vpc.describe_regions(vpc.DescribeRegionsRequest()).body.regions.region
    assert region.region_endpoint.startswith("127.0.0.1:")
