"""VPCs, as far as transit routers need them."""

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

DEFAULT_PREFIX: Final = IPv4Network("172.16.0.0/12")
"""Source: CreateVpc, CidrBlock."""
PREFIX_LENGTHS: Final = range(8, 29)
ATTACHED = "Attached"
NO_IPV6 = "VPCs are IPv4 only"


def _read_prefix(text: str) -> IPv4Network:
    prefix = net.parse_prefix(text)
    if prefix.prefixlen not in PREFIX_LENGTHS:
        raise domain_faults.Invalid("the prefix length is 8 to 28")
    return prefix


VpcPrefix = Annotated[
    IPv4Network,
    fields.reads(_read_prefix),
    requests.Vendor(invalid="InvalidCidrBlock.Malformed"),
]


class CreateVpc(requests.Request, requests.Idempotent, requests.DryRunnable, tags.TaggedByTag):
    """Parameters of CreateVpc."""

    cidr_block: VpcPrefix = DEFAULT_PREFIX
    vpc_name: fields.CenName | None = None
    description: fields.CenDescription | None = None
    resource_group_id: str | None = None
    user_cidr: str | None = None
    enable_dns_hostname: requests.Flag = False
    enable_ipv6: requests.Flag = False
    ipv4_cidr_mask: requests.Integer = 0
    ipv4_ipam_pool_id: str | None = None
    ipv6_cidr_block: str | None = None
    ipv6_cidr_mask: requests.Integer = 0
    ipv6_ipam_pool_id: str | None = None
    ipv6_isp: str | None = None


class DescribeVpcs(
    requests.Request, requests.Paged, requests.Searched, requests.DryRunnable, tags.TaggedByTag
):
    """Parameters of DescribeVpcs."""

    vpc_id: str | None = None
    vpc_name: str | None = None
    vpc_owner_id: requests.Integer | None = None
    resource_group_id: str | None = None
    dhcp_options_set_id: str | None = None
    enable_ipv6: requests.Flag = False
    is_default: requests.Flag = False


class DescribeVpcAttribute(requests.Request, requests.DryRunnable):
    """Parameters of DescribeVpcAttribute."""

    vpc_id: str
    is_default: requests.Flag = False


class DeleteVpc(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of DeleteVpc."""

    vpc_id: str
    force_delete: requests.Flag = False


def create(context: operation.Context, request: CreateVpc) -> catalogue.Answer:
    """Create a VPC."""
    unsupported.refuse(
        {
            "EnableIpv6": request.enable_ipv6,
            "Ipv6CidrBlock": request.ipv6_cidr_block,
            "Ipv6CidrMask": request.ipv6_cidr_mask,
            "Ipv6IpamPoolId": request.ipv6_ipam_pool_id,
            "Ipv6Isp": request.ipv6_isp,
        },
        NO_IPV6,
    )
    unsupported.refuse(
        {
            "UserCidr": request.user_cidr,
            "EnableDnsHostname": request.enable_dns_hostname,
            "Ipv4CidrMask": request.ipv4_cidr_mask,
            "Ipv4IpamPoolId": request.ipv4_ipam_pool_id,
        },
        "a VPC has one prefix, given as CidrBlock",
    )
    view = vpcs.create_vpc(
        context.work,
        context.scope,
        drafts.VpcDraft(
            prefix=request.cidr_block,
            label=drafts.Label(
                name=request.vpc_name,
                description=request.description,
                tags=tags.to_drafts(request.tags),
                resource_group=request.resource_group_id,
            ),
        ),
    )
    return {
        "VpcId": view.id,
        "VRouterId": "",
        "RouteTableId": "",
        "ResourceGroupId": view.resource_group or "",
    }


def list_all(context: operation.Context, request: DescribeVpcs) -> catalogue.Answer:
    """List VPCs."""
    is_other_owner = request.vpc_owner_id and str(request.vpc_owner_id) != context.scope.account_id
    if request.is_default or request.enable_ipv6 or request.dhcp_options_set_id or is_other_owner:
        # No VPC here has any of these.
        return {**paging.numbered(request, 0), "Vpcs": {"Vpc": []}}
    found = vpcs.list_vpcs(
        context.work,
        context.scope,
        filters.VpcFilter(
            vpc_ids=tuple(request.vpc_id.split(",")) if request.vpc_id else (),
            name=request.vpc_name,
            resource_group=request.resource_group_id,
            tags=tags.to_matches(request.tags),
            keyword=request.keyword,
        ),
        paging.by_number(request),
    )
    members = [
        {
            **_described(view),
            "CenStatus": ATTACHED if view.cen_id else "",
            "NatGatewayIds": {"NatGatewayIds": []},
            "RouterTableIds": {"RouterTableIds": []},
        }
        for view in found.items
    ]
    return {**paging.numbered(request, found.total), "Vpcs": {"Vpc": members}}


def describe(context: operation.Context, request: DescribeVpcAttribute) -> catalogue.Answer:
    """Show a VPC."""
    view = vpcs.describe_vpc(context.work, context.scope, request.vpc_id)
    cens: list[catalogue.JSON] = []
    if view.cen_id:
        cens.append({"CenId": view.cen_id, "CenOwnerId": int(view.owner_id), "CenStatus": ATTACHED})
    return {
        **_described(view),
        "AssociatedCens": {"AssociatedCen": cens},
        "AssociatedPropagationSources": {"AssociatedPropagationSources": []},
        "ClassicLinkEnabled": False,
        "CloudResources": {
            "CloudResourceSetType": [
                {"ResourceType": "VSwitch", "ResourceCount": len(view.vswitch_ids)}
            ]
        },
        "Ipv4GatewayId": "",
        "SupportIpv4Gateway": False,
    }


def delete(context: operation.Context, request: DeleteVpc) -> catalogue.Answer:
    """Delete a VPC that nothing uses."""
    unsupported.refuse(
        {"ForceDelete": request.force_delete}, "what uses the VPC is deleted by its own actions"
    )
    vpcs.delete_vpc(context.work, context.scope, request.vpc_id)
    return {}


def _described(view: views.VpcView) -> dict[str, catalogue.JSON]:
    return {
        "VpcId": view.id,
        "VpcName": view.name,
        "Description": view.description,
        "Status": states.write_vpc_status(view.status),
        "CidrBlock": str(view.prefix),
        "CreationTime": timestamps.to_seconds_text(view.created_at),
        "RegionId": view.region_id,
        "OwnerId": int(view.owner_id),
        "ResourceGroupId": view.resource_group or "",
        "VRouterId": "",
        "DhcpOptionsSetId": "",
        "DhcpOptionsSetStatus": "",
        "DnsHostnameStatus": "DISABLED",
        "EnabledIpv6": False,
        "Ipv6CidrBlock": "",
        "Ipv6CidrBlocks": {"Ipv6CidrBlock": []},
        "IsDefault": False,
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": []},
        "Tags": {"Tag": tags.to_wire(view.tags)},
        "UserCidrs": {"UserCidr": []},
        "VSwitchIds": {"VSwitchId": list(view.vswitch_ids)},
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateVpc",
        product=catalogue.Product.VPC,
        request=CreateVpc,
        handler=create,
        mutating=True,
        asynchronous=True,
        requires_region=True,
        resource="VpcId",
    ),
    operation.Operation(
        name="DescribeVpcs",
        product=catalogue.Product.VPC,
        request=DescribeVpcs,
        handler=list_all,
        requires_region=True,
    ),
    operation.Operation(
        name="DescribeVpcAttribute",
        product=catalogue.Product.VPC,
        request=DescribeVpcAttribute,
        handler=describe,
        requires_region=True,
    ),
    operation.Operation(
        name="DeleteVpc",
        product=catalogue.Product.VPC,
        request=DeleteVpc,
        handler=delete,
        mutating=True,
        asynchronous=True,
        resource="VpcId",
    ),
)
