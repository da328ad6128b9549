"""What an account that something does not concern is told of it: nothing, in no answer."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from typing import Any

import pydantic
import pytest
import sqlalchemy as sa

from futago.actions import catalogue, registry, requests
from futago.services import resource_groups
from futago.store import schema
from futago.testing import parameters

STRANGER = "1777777777777777"
MARK = "marked-as-private"
CALLABLE = [
    action
    for action in registry.catalogue(region_id="cn-hangzhou")
    if action.support is not catalogue.Support.REFUSED
]
ACTIONS = [action for action in CALLABLE if not action.mutating]
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
    return create_stranger(cloud), known


def create_stranger(cloud: Any) -> Any:
    with cloud.database.begin() as unit:
        unit.session.add(schema.AccountRow(id=STRANGER, created_at=unit.now))
    return dataclasses.replace(cloud, account_id=STRANGER)


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
    for action, everything in itertools.product(ACTIONS, (False, True)):
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


KINDS = {
    "CustomerGatewayId": "cgw",
    "VpnConnectionId": "vco",
    "VpnConnectionIds": "vco",
    "VpnId": "vco",
    "NextHop": "vco",
    "TunnelId": "tun",
    "TunnelIds": "tun",
    "ResourceGroupId": "rg",
    "ResourceGroupIds": "rg",
    "NewResourceGroupId": "rg",
    "VpcId": "vpc",
    "VSwitchId": "vsw",
    "CenId": "cen",
    "TransitRouterId": "tr",
    "TransitRouterCidrId": "cidr",
    "AttachmentId": "attachment",
    "TransitRouterAttachmentId": "attachment",
    "TransitRouterAttachmentResourceId": "vco",
    "TransitRouterRouteTableId": "vtb",
    "TransitRouterRouteTableIds": "vtb",
    "TransitRouterTableId": "vtb",
    "TransitRouteTableId": "vtb",
    "TransitRouterRouteEntryId": "rte",
    "TransitRouterRouteEntryIds": "rte",
    "TransitRouterRouteEntryNextHopId": "attachment",
    "TransitRouterRouteEntryNextHopResourceId": "vco",
    "TransitRouterRouteEntryOriginResourceId": "vco",
    "UserAccessKeyId": "key",
    "InstanceId": "vco",
    "ChildInstanceId": "vco",
    "ResourceId": "vco",
}
"""What kind of thing a parameter names."""
KINDS_BY_ACTION = {
    ("CBN", "TagResources"): "cen",
    ("CBN", "UntagResources"): "cen",
    ("CBN", "ListTagResources"): "cen",
    ("CBN", "MoveResourceGroup"): "cen",
    ("VPC", "MoveResourceGroup"): "vpc",
}
"""Where ResourceId is of another kind."""
NEW = "z" * 20
UNKNOWN = {
    **{
        kind: f"{kind}-{NEW}"
        for kind in ("cen", "tr", "cidr", "vtb", "rte", "cgw", "vco", "tun", "rg", "vpc", "vsw")
    },
    "vpn": f"tr-attach-{NEW}",
    "vpc-attach": f"tr-attach-{NEW}",
    "key": f"FTAK{NEW}",
}
ID_TAKEN_OUT = "<id>"
NOT_LOOKED_AT = {
    # Single-tunnel mode is refused whatever stands there.
    ("CreateVpnAttachment", "CustomerGatewayId"),
    ("ModifyVpnAttachmentAttribute", "CustomerGatewayId"),
    # Shows the stranger's own calls, which named both.
    ("LookupEvents", "ResourceId"),
}
OWN_BUSINESS = {"audit_record", "client_token"}


def furnish(cloud: Any, node: Any, number: int) -> dict[str, str]:
    """Give an account one of each kind."""
    cen_id = cloud.call("CreateCen")["CenId"]
    router_id = cloud.call("CreateTransitRouter", CenId=cen_id)["TransitRouterId"]
    node.settle()
    cidr_id = cloud.call(
        "CreateTransitRouterCidr", TransitRouterId=router_id, Cidr=f"10.25{number}.0.0/24"
    )["TransitRouterCidrId"]
    gateways = [
        cloud.call("CreateCustomerGateway", IpAddress=f"203.0.113.{number * 10 + last}")[
            "CustomerGatewayId"
        ]
        for last in (1, 2)
    ]
    connection_id = cloud.call("CreateVpnAttachment", **two_tunnels(gateways))["VpnConnectionId"]
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnel_id = shown["TunnelOptionsSpecification"]["TunnelOptions"][0]["TunnelId"]
    vpc_id, vswitch_id, second_id = create_vpc(cloud)
    free_vpc_id, free_vswitch_id, _ = create_vpc(cloud)
    node.settle()
    to_router = {"TransitRouterId": router_id}
    attached = "TransitRouterAttachmentId"
    vpn = cloud.call("CreateTransitRouterVpnAttachment", **to_router, VpnId=connection_id)
    zones = [{"ZoneId": "zone-a", "VSwitchId": vswitch_id}]
    vpc = cloud.call(
        "CreateTransitRouterVpcAttachment", **to_router, VpcId=vpc_id, ZoneMappings=zones
    )
    node.settle()
    table_id = cloud.call("ListTransitRouterRouteTables", **to_router)["TransitRouterRouteTables"][
        0
    ]["TransitRouterRouteTableId"]
    entry_id = cloud.call(
        "CreateTransitRouterRouteEntry",
        TransitRouterRouteTableId=table_id,
        TransitRouterRouteEntryDestinationCidrBlock="10.9.0.0/16",
        TransitRouterRouteEntryNextHopType="BlackHole",
    )["TransitRouterRouteEntryId"]
    node.settle()
    cloud.call("CreateUser", UserName="robot")
    return {
        "cen": cen_id,
        "tr": router_id,
        "cidr": cidr_id,
        "cgw": gateways[0],
        "vco": connection_id,
        "tun": tunnel_id,
        "vpc": vpc_id,
        "vsw": vswitch_id,
        "vsw-b": second_id,
        "free-vpc": free_vpc_id,
        "free-vsw": free_vswitch_id,
        "vpn": vpn[attached],
        "vpc-attach": vpc[attached],
        "vtb": table_id,
        "rte": entry_id,
        "rg": cloud.call("CreateResourceGroup", Name="one", DisplayName="One")["ResourceGroup"][
            "Id"
        ],
        "key": cloud.call("CreateAccessKey", UserName="robot")["AccessKey"]["AccessKeyId"],
    }


def create_vpc(cloud: Any) -> tuple[str, str, str]:
    """Make a VPC with a vSwitch in two zones."""
    vpc_id = cloud.call("CreateVpc", CidrBlock="172.20.0.0/16")["VpcId"]
    first, second = (
        cloud.call("CreateVSwitch", VpcId=vpc_id, ZoneId=zone, CidrBlock=prefix)["VSwitchId"]
        for zone, prefix in (("zone-a", "172.20.1.0/24"), ("zone-b", "172.20.2.0/24"))
    )
    return vpc_id, first, second


def two_tunnels(gateway_ids: list[str]) -> dict[str, Any]:
    return {
        "LocalSubnet": "0.0.0.0/0",
        "RemoteSubnet": "0.0.0.0/0",
        "TunnelOptionsSpecification": [
            {"TunnelIndex": index, "CustomerGatewayId": each}
            for index, each in enumerate(gateway_ids, start=1)
        ],
    }


def kind_of(action: Any, wire: str) -> str | None:
    if wire == "ResourceId" and (action.product.name, action.name) in KINDS_BY_ACTION:
        return KINDS_BY_ACTION[action.product.name, action.name]
    kind = KINDS.get(wire)
    if kind == "attachment":
        return "vpc-attach" if "VpcAttachment" in action.name else "vpn"
    return kind


def fill(action: Any, value: Any, own: dict[str, str], wire: str = "") -> Any:
    """Put own ids where ids of nothing are, all the way down."""
    if isinstance(value, dict):
        return {name: fill(action, each, own, name) for name, each in value.items()}
    if isinstance(value, list):
        return [fill(action, each, own, wire) for each in value]
    kind = kind_of(action, wire)
    return own[kind] if value == parameters.UNKNOWN_ID and kind else value


def more(action: Any, own: dict[str, str]) -> dict[str, Any]:
    """Give what an action needs besides to come as far as looking at ids."""
    of_action: dict[str, dict[str, Any]] = {
        "CreateVpnAttachment": two_tunnels([own["cgw"], own["cgw"]]),
        "ModifyVpnAttachmentAttribute": {
            "TunnelOptionsSpecification": [{"TunnelIndex": 1, "TunnelId": own["tun"]}]
        },
        "CreateTransitRouterVpnAttachment": {"TransitRouterId": own["tr"]},
        "CreateTransitRouterVpcAttachment": {
            "TransitRouterId": own["tr"],
            "VpcId": own["free-vpc"],
            "ZoneMappings": [{"ZoneId": "zone-a", "VSwitchId": own["free-vsw"]}],
        },
        "UpdateTransitRouterVpcAttachmentZones": {
            "AddZoneMappings": [{"ZoneId": "zone-b", "VSwitchId": own["vsw-b"]}],
            "RemoveZoneMappings": [{"ZoneId": "zone-a", "VSwitchId": own["vsw"]}],
        },
        "CreateTransitRouterRouteEntry": to_attachment(own),
        "DeleteTransitRouterRouteEntry": to_attachment(own),
        "UnTagResources": {"TagKey": ["team"]},
        "UntagResources": {"TagKey": ["team"]},
        "MoveVpnResourceGroup": {"ResourceType": "VpnAttachment"},
    }
    names = requests.wire_names(action.request)
    kind = KINDS_BY_ACTION.get((action.product.name, action.name), "VPNATTACHMENT")
    common = {"InstanceType": "VPN", "ProductType": "VPN", "ResourceType": kind}
    common = {name: value for name, value in common.items() if name in names}
    return {**common, **of_action.get(action.name, {})}


def to_attachment(own: dict[str, str]) -> dict[str, Any]:
    return {
        "TransitRouterRouteTableId": own["vtb"],
        "TransitRouterRouteEntryDestinationCidrBlock": "10.9.0.0/16",
        "TransitRouterRouteEntryNextHopType": "Attachment",
        "TransitRouterRouteEntryNextHopId": own["vpn"],
    }


def put(values: Any, path: tuple[str | int, ...], value: str) -> None:
    """Replace what a path leads to, making the way."""
    for step, following in itertools.pairwise(path):
        if isinstance(step, str) and step not in values:
            values[step] = [{}] if isinstance(following, int) else {}
        values = values[step]
    values[path[-1]] = value


def rows(cloud: Any) -> dict[str, list[Any]]:
    with cloud.database.read() as unit:
        return {
            name: sorted(map(repr, unit.session.execute(sa.select(table)).all()))
            for name, table in schema.METADATA.tables.items()
            if name not in OWN_BUSINESS
        }


def places_of_ids(action: Any) -> list[tuple[tuple[str | int, ...], str]]:
    found = []
    for place in parameters.places(action.request):
        kind = kind_of(action, str(place.path[-1]))
        if kind is not None and (action.name, place.wire) not in NOT_LOOKED_AT:
            path = (*place.path, 0) if place.kind == "list" else place.path
            found.append((path, kind))
    return found


def answered(stranger: Any, action: Any, values: Any, named: str) -> tuple[int, str]:
    """Give status and text of an answer with the id taken out."""
    outcome = stranger.send(action.name, version=action.product.value, **values)
    text = json.dumps({**outcome.answer, "RequestId": ""}, sort_keys=True)
    return outcome.status, text.replace(named, ID_TAKEN_OUT)


def compared(
    stranger: Any,
    action: Any,
    place: tuple[tuple[str | int, ...], str],
    ids: tuple[dict[str, str], ...],
) -> list[tuple[int, str]]:
    """Name at one place what is somebody else's, then what is nobody's, all else being own."""
    path, kind = place
    theirs, own = ids
    answers = []
    for named in (theirs[kind], UNKNOWN[kind]):
        values = fill(action, parameters.sample(action), own)
        # A route is named by its id or by all the rest.
        values |= {} if path[-1] == "TransitRouterRouteEntryId" else more(action, own)
        put(values, path, named)
        if "NextHop" in values and path[-1] == "VpnConnectionId":
            values["NextHop"] = named
        answers.append(answered(stranger, action, values, named))
    return answers


def test_the_id_of_somebody_else_is_as_good_as_the_id_of_nothing(cloud: Any, node: Any) -> None:
    stranger = create_stranger(cloud)
    ids = (furnish(cloud, node, 0), furnish(stranger, node, 1))
    differing: dict[Any, Any] = {}
    about_something_else: dict[Any, Any] = {}
    before = rows(cloud)
    for action in CALLABLE:
        for place in places_of_ids(action):
            theirs, nobodys = compared(stranger, action, place, ids)
            assert rows(cloud) == before, (action.name, place, theirs)
            if theirs != nobodys:
                differing[action.name, place] = theirs, nobodys
            is_reached = nobodys[0] >= 400 and ID_TAKEN_OUT in nobodys[1]
            if action.mutating and not is_reached:
                about_something_else[action.name, place] = nobodys
    assert differing == {}
    assert about_something_else == {}
