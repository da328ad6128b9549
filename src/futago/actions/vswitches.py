"""vSwitches: the segments of a VPC, each in one zone."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Final

from futago.actions import (
    catalogue,
    fields,
    operation,
    paging,
    requests,
    states,
    tags,
    unsupported,
)
from futago.domain import faults as domain_faults
from futago.domain import net
from futago.protocols.rpc import timestamps
from futago.services import drafts, filters, views, vpcs

PREFIX_LENGTHS: Final = range(16, 30)
RESERVED_ADDRESSES: Final = 4
"""First address and last three. Source: CreateVSwitch, CidrBlock."""
NO_IPV6 = "vSwitches are IPv4 only"


def _read_prefix(text: str) -> IPv4Network:
    prefix = net.parse_prefix(text)
    if prefix.prefixlen not in PREFIX_LENGTHS:
        raise domain_faults.Invalid("the prefix length is 16 to 29")
    return prefix


VSwitchPrefix = Annotated[
    IPv4Network,
    fields.reads(_read_prefix),
    requests.Vendor(invalid="InvalidCidrBlock.Malformed"),
]


class CreateVSwitch(requests.Request, requests.Idempotent, tags.TaggedByTag):
    """Parameters of CreateVSwitch."""

    vpc_id: str
    zone_id: str
    cidr_block: VSwitchPrefix
    cidr_mask: requests.Integer = 0
    v_switch_name: fields.CenName | None = None
    description: fields.CenDescription | None = None
    ipv6_cidr_block: requests.Integer = 0
    ipv6_cidr_mask: requests.Integer = 0
    vpc_ipv6_cidr_block: str | None = None


class DescribeVSwitches(
    requests.Request, requests.Paged, requests.Searched, requests.DryRunnable, tags.TaggedByTag
):
    """Parameters of DescribeVSwitches."""

    v_switch_id: str | None = None
    v_switch_name: str | None = None
    v_switch_owner_id: requests.Integer | None = None
    vpc_id: str | None = None
    zone_id: str | None = None
    resource_group_id: str | None = None
    route_table_id: str | None = None
    enable_ipv6: requests.Flag = False
    is_default: requests.Flag = False


class DeleteVSwitch(requests.Request, requests.DryRunnable):
    """Parameters of DeleteVSwitch."""

    v_switch_id: str


def create(context: operation.Context, request: CreateVSwitch) -> catalogue.Answer:
    """Create a vSwitch."""
    unsupported.refuse(
        {
            "Ipv6CidrBlock": request.ipv6_cidr_block,
            "Ipv6CidrMask": request.ipv6_cidr_mask,
            "VpcIpv6CidrBlock": request.vpc_ipv6_cidr_block,
        },
        NO_IPV6,
    )
    unsupported.refuse({"CidrMask": request.cidr_mask}, "the prefix is given as CidrBlock")
    view = vpcs.create_vswitch(
        context.work,
        context.scope,
        drafts.VSwitchDraft(
            vpc_id=request.vpc_id,
            zone_id=request.zone_id,
            prefix=request.cidr_block,
            label=drafts.Label(
                name=request.v_switch_name,
                description=request.description,
                tags=tags.to_drafts(request.tags),
            ),
        ),
    )
    return {"VSwitchId": view.id}


def list_all(context: operation.Context, request: DescribeVSwitches) -> catalogue.Answer:
    """List vSwitches."""
    owner = request.v_switch_owner_id
    is_other_owner = owner and str(owner) != context.scope.account_id
    if request.is_default or request.enable_ipv6 or request.route_table_id or is_other_owner:
        # No vSwitch here has any of these.
        return {**paging.numbered(request, 0), "VSwitches": {"VSwitch": []}}
    found = vpcs.list_vswitches(
        context.work,
        context.scope,
        filters.VSwitchFilter(
            vswitch_id=request.v_switch_id,
            vpc_id=request.vpc_id,
            zone_id=request.zone_id,
            name=request.v_switch_name,
            resource_group=request.resource_group_id,
            tags=tags.to_matches(request.tags),
            keyword=request.keyword,
        ),
        paging.by_number(request),
    )
    return {
        **paging.numbered(request, found.total),
        "VSwitches": {"VSwitch": [_described(view) for view in found.items]},
    }


def delete(context: operation.Context, request: DeleteVSwitch) -> catalogue.Answer:
    """Delete a vSwitch that no attachment uses."""
    vpcs.delete_vswitch(context.work, context.scope, request.v_switch_id)
    return {}


def _described(view: views.VSwitchView) -> dict[str, catalogue.JSON]:
    return {
        "VSwitchId": view.id,
        "VSwitchName": view.name,
        "Description": view.description,
        "VpcId": view.vpc_id,
        "ZoneId": view.zone_id,
        "CidrBlock": str(view.prefix),
        "AvailableIpAddressCount": view.prefix.num_addresses - RESERVED_ADDRESSES,
        "Status": states.write_vpc_status(view.status),
        "CreationTime": timestamps.to_seconds_text(view.created_at),
        "OwnerId": int(view.owner_id),
        "ResourceGroupId": view.resource_group or "",
        "EnabledIpv6": False,
        "Ipv6CidrBlock": "",
        "IsDefault": False,
        "NetworkAclId": "",
        "ShareType": "",
        "RouteTable": {"RouteTableId": "", "RouteTableType": "System"},
        "Tags": {"Tag": tags.to_wire(view.tags)},
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateVSwitch",
        product=catalogue.Product.VPC,
        request=CreateVSwitch,
        handler=create,
        mutating=True,
        asynchronous=True,
        quota="vswitches-per-vpc",
        resource="VSwitchId",
    ),
    operation.Operation(
        name="DescribeVSwitches",
        product=catalogue.Product.VPC,
        request=DescribeVSwitches,
        handler=list_all,
    ),
    operation.Operation(
        name="DeleteVSwitch",
        product=catalogue.Product.VPC,
        request=DeleteVSwitch,
        handler=delete,
        mutating=True,
        asynchronous=True,
        resource="VSwitchId",
    ),
)
