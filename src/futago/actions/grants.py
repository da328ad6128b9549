"""Grants of connections and VPCs to CENs of other accounts.

Two products have these calls: CBN's name transit routers and payers, VPC's are older and know
neither. Both write the same grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import pydantic

from futago.actions import catalogue, faults, operation, paging, payers, requests
from futago.protocols.rpc import timestamps
from futago.services import drafts, grants, pages, views

KINDS: Final = {"VPC": views.AttachmentKind.VPC, "VPN": views.AttachmentKind.VPN}
ELSEWHERE: Final = {
    "ExpressConnect": ("InvalidVbr.NotFound", 400),
    "VBR": ("InvalidVbr.NotFound", 404),
    "CCN": ("InvalidInstanceId.NotFound", 404),
    "ECR": ("InvalidInstanceId.NotFound", 404),
}
"""Types of the vendor of which nothing exists here."""
Number = Annotated[requests.Integer, pydantic.Field(ge=1, le=9_223_372_036_854_775_807)]


class Instance(requests.Request):
    """A resource and the CEN of another account."""

    cen_id: str
    cen_owner_id: Number
    instance_id: str
    instance_type: str


class GrantInstanceToTransitRouter(Instance):
    """Parameters of GrantInstanceToTransitRouter."""

    order_type: payers.OrderType = drafts.Payer.CEN_OWNER


class RevokeInstanceFromTransitRouter(Instance):
    """Parameters of RevokeInstanceFromTransitRouter."""


class ModifyGrantInstanceToTransitRouter(requests.Request, requests.Idempotent):
    """Parameters of ModifyGrantInstanceToTransitRouter."""

    cen_id: str
    instance_id: str
    order_type: payers.OrderType


class VpcInstance(Instance, requests.Idempotent):
    """Parameters of GrantInstanceToCen and RevokeInstanceFromCen."""

    cen_id: Annotated[str, requests.Vendor(missing="MissingParam.CenInstanceId")]


class VpcDescribeGrantRulesToCen(requests.Request, requests.Paged, requests.Idempotent):
    """Parameters of DescribeGrantRulesToCen of VPC."""

    instance_id: str
    instance_type: str
    resource_group_id: str | None = None


class Listed(requests.Request):
    """Parameters of lists that are whole unless a page is asked for."""

    product_type: str
    max_results: Annotated[requests.Integer, pydantic.Field(ge=1, le=100)] | None = None
    next_token: str | None = None


class CbnDescribeGrantRulesToCen(Listed):
    """Parameters of DescribeGrantRulesToCen of CBN."""

    cen_id: str
    child_instance_id: str | None = None
    child_instance_owner_id: requests.Integer | None = None
    enabled_ipv6: Annotated[requests.Flag, pydantic.Field(alias="EnabledIpv6")] = False


class DescribeGrantRulesToResource(Listed):
    """Parameters of DescribeGrantRulesToResource."""

    resource_id: str


def grant(context: operation.Context, request: GrantInstanceToTransitRouter) -> catalogue.Answer:
    """Open a connection or VPC to the transit routers of another account's CEN."""
    grants.grant(context.work, context.scope, _key(request, "InvalidParameter"), request.order_type)
    return {}


def revoke(
    context: operation.Context, request: RevokeInstanceFromTransitRouter
) -> catalogue.Answer:
    """Close a connection or VPC to a CEN again; refused while attached."""
    grants.revoke(context.work, context.scope, _key(request, "InvalidParameter"))
    return {}


def modify(
    context: operation.Context, request: ModifyGrantInstanceToTransitRouter
) -> catalogue.Answer:
    """Change the payer of a grant."""
    grants.modify(
        context.work, context.scope, request.instance_id, request.cen_id, request.order_type
    )
    return {}


def grant_vpc(context: operation.Context, request: VpcInstance) -> catalogue.Answer:
    """Open a VPC or connection to another account's CEN."""
    grants.grant(context.work, context.scope, _key(request, "InstanceType.Invalid", 404))
    return {}


def revoke_vpc(context: operation.Context, request: VpcInstance) -> catalogue.Answer:
    """Close a VPC or connection to a CEN again; refused while attached."""
    grants.revoke(context.work, context.scope, _key(request, "InstanceType.Invalid", 404))
    return {}


def list_of_instance(
    context: operation.Context, request: VpcDescribeGrantRulesToCen
) -> catalogue.Answer:
    """List the CENs to which an own resource is granted."""
    kind = _kind(request.instance_type, "InstanceType", "InstanceType.Invalid", 404)
    group = grants.resource_group_of(context.work, context.scope, kind, request.instance_id)
    found: pages.Page[grants.GrantView] = pages.Page(items=(), total=0)
    if request.resource_group_id in {None, group}:
        found = grants.search(
            context.work,
            grants.Wanted(instance_id=request.instance_id, account_id=context.scope.account_id),
            paging.by_number(request),
        )
    members: list[catalogue.JSON] = [
        {
            "CenInstanceId": view.cen_id,
            "CenOwnerId": int(view.cen_owner_id),
            "CreationTime": timestamps.to_seconds_text(view.created_at),
        }
        for view in found.items
    ]
    return {**paging.numbered(request, found.total), "CenGrantRules": {"CbnGrantRule": members}}


def list_of_cen(
    context: operation.Context, request: CbnDescribeGrantRulesToCen
) -> catalogue.Answer:
    """List the resources of other accounts that are granted to an own CEN."""
    grants.require_cen_owner(context.work, context.scope, request.cen_id)
    kind = _listed_kind(request.product_type)
    child_owner = request.child_instance_owner_id
    # Nothing here speaks IPv6.
    is_possible = kind is not None and not request.enabled_ipv6
    wanted = grants.Wanted(
        cen_id=request.cen_id,
        cen_owner_id=context.scope.account_id,
        region_id=request.region_id,
        instance_id=request.child_instance_id,
        account_id=str(child_owner) if child_owner else None,
        kind=kind.value if kind else None,
    )
    found, members = _search(context, request, wanted if is_possible else None)
    rules: list[catalogue.JSON] = [
        {
            "CenId": view.cen_id,
            "CenOwnerId": int(view.cen_owner_id),
            "ChildInstanceId": view.instance_id,
            "ChildInstanceOwnerId": int(view.owner_id),
            "ChildInstanceRegionId": view.region_id,
            "ChildInstanceType": request.product_type,
            "CreateTime": timestamps.to_milliseconds(view.created_at),
            "OrderType": payers.write(view.payer),
            "EffectiveOrderType": payers.write(view.payer),
        }
        for view in found.items
    ]
    return {**members, "GrantRules": {"GrantRule": rules}}


def list_of_resource(
    context: operation.Context, request: DescribeGrantRulesToResource
) -> catalogue.Answer:
    """List the CENs to which an own resource is granted, with payers."""
    kind = _listed_kind(request.product_type)
    wanted = None
    if kind is not None:
        wanted = grants.Wanted(
            instance_id=request.resource_id,
            account_id=context.scope.account_id,
            kind=kind.value,
        )
    found, members = _search(context, request, wanted)
    rules: list[catalogue.JSON] = [
        {
            "CenId": view.cen_id,
            "CenOwnerId": int(view.cen_owner_id),
            "CreateTime": timestamps.to_minutes_text(view.created_at),
            "OrderType": payers.write(view.payer),
            "EffectiveOrderType": payers.write(view.payer),
        }
        for view in found.items
    ]
    return {**members, "GrantRules": rules}


def _search(
    context: operation.Context, request: Listed, wanted: grants.Wanted | None
) -> tuple[pages.Page[grants.GrantView], Mapping[str, catalogue.JSON]]:
    """Give a page, or everything when none is asked for; nothing when nothing can match."""
    found: pages.Page[grants.GrantView] = pages.Page(items=(), total=0)
    paged = None
    if request.max_results is not None:
        paged = requests.Tokened(max_results=request.max_results, next_token=request.next_token)
    elif request.next_token is not None:
        paged = requests.Tokened(next_token=request.next_token)
    page = paging.by_token(paged) if paged else pages.ALL
    if wanted is not None:
        found = grants.search(context.work, wanted, page)
    if paged is None:
        return found, {"MaxResults": found.total, "NextToken": "", "TotalCount": found.total}
    return found, paging.tokened(paged, found.items, found.total)


def _key(request: Instance, code: str, status: int = 400) -> grants.GrantKey:
    return grants.GrantKey(
        kind=_kind(request.instance_type, "InstanceType", code, status),
        instance_id=request.instance_id,
        cen_id=request.cen_id,
        cen_owner_id=str(request.cen_owner_id),
    )


def _kind(text: str, name: str, code: str, status: int) -> views.AttachmentKind:
    kind = KINDS.get(text)
    if kind is not None:
        return kind
    code, status = ELSEWHERE.get(text, (code, status))
    raise faults.VendorFault(
        code,
        status,
        f"Parameter {name} with the value '{text[:64]}' names nothing that exists here: VPCs and"
        f" VPN connections are granted. Send one of {', '.join(KINDS)}.",
        field=name,
    )


def _listed_kind(text: str) -> views.AttachmentKind | None:
    """Read a type; None for those of the vendor of which nothing exists here."""
    if text in ELSEWHERE:
        return None
    return _kind(text, "ProductType", "InvalidParameter", 400)


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="GrantInstanceToTransitRouter",
        product=catalogue.Product.CBN,
        request=GrantInstanceToTransitRouter,
        handler=grant,
        mutating=True,
        resource="InstanceId",
    ),
    operation.Operation(
        name="ModifyGrantInstanceToTransitRouter",
        product=catalogue.Product.CBN,
        request=ModifyGrantInstanceToTransitRouter,
        handler=modify,
        mutating=True,
        resource="InstanceId",
    ),
    operation.Operation(
        name="RevokeInstanceFromTransitRouter",
        product=catalogue.Product.CBN,
        request=RevokeInstanceFromTransitRouter,
        handler=revoke,
        mutating=True,
        resource="InstanceId",
    ),
    operation.Operation(
        name="DescribeGrantRulesToCen",
        product=catalogue.Product.CBN,
        request=CbnDescribeGrantRulesToCen,
        handler=list_of_cen,
    ),
    operation.Operation(
        name="DescribeGrantRulesToResource",
        product=catalogue.Product.CBN,
        request=DescribeGrantRulesToResource,
        handler=list_of_resource,
    ),
    operation.Operation(
        name="GrantInstanceToCen",
        product=catalogue.Product.VPC,
        request=VpcInstance,
        handler=grant_vpc,
        mutating=True,
        requires_region=True,
        resource="InstanceId",
        codes={"Connection.AlreadyAttached": ("IncorrectStatus", 400)},
    ),
    operation.Operation(
        name="RevokeInstanceFromCen",
        product=catalogue.Product.VPC,
        request=VpcInstance,
        handler=revoke_vpc,
        mutating=True,
        requires_region=True,
        resource="InstanceId",
    ),
    operation.Operation(
        name="DescribeGrantRulesToCen",
        product=catalogue.Product.VPC,
        request=VpcDescribeGrantRulesToCen,
        handler=list_of_instance,
        requires_region=True,
    ),
)
