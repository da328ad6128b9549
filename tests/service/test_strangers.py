"""Every action that shows something, called by an account that it does not concern."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pydantic
import pytest

from futago.actions import catalogue, registry, requests
from futago.services import resource_groups
from futago.store import schema

STRANGER = "1777777777777777"
MARK = "marked-as-private"
ACTIONS = [
    action
    for action in registry.catalogue(region_id="cn-hangzhou")
    if not action.mutating and action.support is not catalogue.Support.REFUSED
]
IDS = re.compile(r"\b(?:cen|tr|tr-attach|cidr|vtb|rte|vpc|vsw|cgw|vco|tun|rg)-[a-z0-9]{16,20}\b")


@pytest.fixture
def world(cloud: Any, node: Any, frame: Any, site: Any) -> tuple[Any, dict[str, str]]:
    """The stranger, and the ids of the other account by parameter."""
    cloud.call("ModifyCenAttribute", CenId=frame.cen_id, Name=MARK)
    cloud.call("UpdateTransitRouter", TransitRouterId=frame.router_id, TransitRouterName=MARK)
    vpc_id = cloud.call("CreateVpc", CidrBlock="172.20.0.0/16", VpcName=MARK)["VpcId"]
    vswitch_id = cloud.call(
        "CreateVSwitch",
        VpcId=vpc_id,
        ZoneId="zone-a",
        CidrBlock="172.20.1.0/24",
        VSwitchName=MARK,
    )["VSwitchId"]
    connection_id = cloud.call("CreateVpnAttachment", **site.connection, Name=MARK)[
        "VpnConnectionId"
    ]
    node.settle()
    attachment_id = cloud.call(
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=frame.router_id,
        VpnId=connection_id,
        Tag=[{"Key": MARK}],
    )["TransitRouterAttachmentId"]
    node.settle()
    group = cloud.call("CreateResourceGroup", Name=MARK, DisplayName=MARK)["ResourceGroup"]
    tunnels = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnel_id = tunnels["TunnelOptionsSpecification"]["TunnelOptions"][0]["TunnelId"]
    with cloud.database.begin() as unit:
        unit.session.add(schema.AccountRow(id=STRANGER, created_at=unit.now))
    known = {
        "CenId": frame.cen_id,
        "TransitRouterId": frame.router_id,
        "TransitRouterRouteTableId": frame.table_id,
        "TransitRouterAttachmentId": attachment_id,
        "VpcId": vpc_id,
        "VSwitchId": vswitch_id,
        "VpnConnectionId": connection_id,
        "VpnConnectionIds": connection_id,
        "TunnelId": tunnel_id,
        "TunnelIds": tunnel_id,
        "CustomerGatewayId": site.gateway_ids[0],
        "ResourceGroupId": group["Id"],
        "InstanceId": connection_id,
        "ResourceId": connection_id,
        "InstanceType": "VPN",
        "ProductType": "VPN",
        "Spec": "5M",
    }
    return dataclasses.replace(cloud, account_id=STRANGER), known


def sent(action: Any, known: dict[str, str], *, everything: bool) -> dict[str, Any]:
    """Fill the parameters of an action that an id is known for: the required, or all."""
    values: dict[str, Any] = {}
    fields: dict[str, Any] = action.request.model_fields
    for name, field in fields.items():
        wire = field.alias or name
        if wire not in known or not (everything or field.is_required()):
            continue
        is_list = "tuple" in str(field.annotation)
        values[wire] = [known[wire]] if is_list else known[wire]
    if "ResourceType" in requests.wire_names(action.request):
        values["ResourceType"] = "VPNATTACHMENT" if action.product == "2016-04-28" else "cen"
        values["ResourceId"] = [known["VpnConnectionId"], known["CenId"]]
    return values


def test_the_models_are_what_this_suite_believes() -> None:
    assert all(issubclass(action.request, pydantic.BaseModel) for action in ACTIONS)
    assert len(ACTIONS) > 30


def test_a_stranger_is_shown_nothing_of_others(world: tuple[Any, dict[str, str]]) -> None:
    stranger, known = world
    shown: dict[str, Any] = {}
    for action in ACTIONS:
        for everything in (False, True):
            values = sent(action, known, everything=everything)
            outcome = stranger.send(action.name, version=action.product.value, **values)
            assert outcome.status < 500, (action.name, outcome.answer)
            text = json.dumps(outcome.answer)
            told = set(IDS.findall(json.dumps(values)))
            leaked = set(IDS.findall(text)) - told
            leaked -= {resource_groups.default_id(STRANGER)}
            if leaked or MARK in text:
                shown[action.name] = text[:300]
    assert shown == {}
