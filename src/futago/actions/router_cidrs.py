"""Address blocks of transit routers."""

from __future__ import annotations

from typing import Annotated

import pydantic

from futago.actions import catalogue, fields, operation, paging, requests
from futago.services import drafts, pages, routers, views

IPV4 = "IPv4"
VPN = "VPN"
"""What every reservation is for."""
QUOTA_CODES = {"Quota": ("QuotaExceeded.TransitRouterCidr", 400)}
Cidr = Annotated[
    fields.Prefix, requests.Vendor(missing="MissingParameter", invalid="IllegalParam.Cidr")
]


class Block(requests.Member):
    """A block, as it is created alone or with its router."""

    cidr: Cidr
    name: fields.CenName | None = None
    description: fields.CenDescription | None = None
    publish_cidr_route: requests.Flag = True


class CreateTransitRouterCidr(requests.Request, Block, requests.Idempotent, requests.DryRunnable):
    """Parameters of CreateTransitRouterCidr."""

    transit_router_id: str


class ModifyTransitRouterCidr(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of ModifyTransitRouterCidr."""

    transit_router_id: str
    transit_router_cidr_id: str
    cidr: Cidr | None = None
    name: fields.CenName | None = None
    description: fields.CenDescription | None = None
    publish_cidr_route: requests.Flag | None = None


class ListTransitRouterCidr(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of ListTransitRouterCidr."""

    transit_router_id: str
    transit_router_cidr_id: str | None = None


class ListTransitRouterCidrAllocation(
    requests.Request, requests.Tokened, requests.Idempotent, requests.DryRunnable
):
    """Parameters of ListTransitRouterCidrAllocation."""

    max_results: Annotated[requests.Integer, pydantic.Field(ge=1, le=100)] = 100
    """More than there can be."""
    transit_router_id: str
    transit_router_cidr_id: str | None = None
    attachment_id: str | None = None
    attachment_name: str | None = None
    cidr: str | None = None
    cidr_block: str | None = None
    dedicated_owner_id: str | None = None


class DeleteTransitRouterCidr(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of DeleteTransitRouterCidr."""

    transit_router_id: str
    transit_router_cidr_id: str


def to_draft(block: Block) -> drafts.RouterCidrDraft:
    """Read a block."""
    return drafts.RouterCidrDraft(
        prefix=block.cidr,
        name=block.name,
        description=block.description,
        publish=block.publish_cidr_route,
    )


def described(view: views.RouterCidrView) -> dict[str, catalogue.JSON]:
    """Spell a block as both lists do."""
    return {
        "TransitRouterCidrId": view.id,
        "Cidr": str(view.prefix),
        "Name": view.name,
        "Description": view.description,
        "PublishCidrRoute": view.publish,
    }


def create(context: operation.Context, request: CreateTransitRouterCidr) -> catalogue.Answer:
    """Add a block to a router."""
    view = routers.add_cidr(
        context.work, context.scope, request.transit_router_id, to_draft(request)
    )
    return {"TransitRouterCidrId": view.id}


def modify(context: operation.Context, request: ModifyTransitRouterCidr) -> catalogue.Answer:
    """Change a block from which no address is allocated."""
    routers.modify_cidr(
        context.work,
        context.scope,
        request.transit_router_id,
        request.transit_router_cidr_id,
        drafts.RouterCidrPatch(
            prefix=request.cidr,
            name=request.name,
            description=request.description,
            publish=request.publish_cidr_route,
        ),
    )
    return {}


def list_all(context: operation.Context, request: ListTransitRouterCidr) -> catalogue.Answer:
    """List the blocks of a router."""
    found = routers.list_cidrs(context.work, context.scope, request.transit_router_id)
    wanted = request.transit_router_cidr_id
    return {
        "CidrLists": [
            {**described(view), "Family": IPV4, "TransitRouterId": view.router_id}
            for view in found
            if wanted in {None, view.id}
        ]
    }


def list_allocations(
    context: operation.Context, request: ListTransitRouterCidrAllocation
) -> catalogue.Answer:
    """List what VPN attachments have reserved of the blocks of a router."""
    found = routers.list_allocations(context.work, context.scope, request.transit_router_id)
    matching = [each for each in found if _matches(each, request)]
    page = pages.cut(matching, paging.by_token(request))
    return {
        **paging.tokened(request, page.items, page.total),
        "TransitRouterCidrAllocations": [
            {
                "TransitRouterCidrId": each.cidr.id,
                "Cidr": str(each.cidr.prefix),
                "AllocatedCidrBlock": str(each.prefix),
                "AttachmentId": each.attachment_id,
                "AttachmentName": each.attachment_name,
            }
            for each in page.items
        ],
    }


def _matches(view: views.CidrAllocationView, request: ListTransitRouterCidrAllocation) -> bool:
    return (
        request.transit_router_cidr_id in {None, view.cidr.id}
        and request.attachment_id in {None, view.attachment_id}
        and request.attachment_name in {None, view.attachment_name}
        and request.cidr in {None, str(view.cidr.prefix)}
        and request.cidr_block in {None, str(view.prefix)}
        and request.dedicated_owner_id in {None, VPN}
    )


def delete(context: operation.Context, request: DeleteTransitRouterCidr) -> catalogue.Answer:
    """Remove a block from which no address is allocated."""
    routers.delete_cidr(
        context.work,
        context.scope,
        request.transit_router_id,
        request.transit_router_cidr_id,
    )
    return {}


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateTransitRouterCidr",
        product=catalogue.Product.CBN,
        request=CreateTransitRouterCidr,
        handler=create,
        mutating=True,
        requires_region=True,
        quota="cidrs-per-router",
        resource="TransitRouterCidrId",
        codes=QUOTA_CODES,
    ),
    operation.Operation(
        name="ModifyTransitRouterCidr",
        product=catalogue.Product.CBN,
        request=ModifyTransitRouterCidr,
        handler=modify,
        mutating=True,
        requires_region=True,
        resource="TransitRouterCidrId",
    ),
    operation.Operation(
        name="ListTransitRouterCidr",
        product=catalogue.Product.CBN,
        request=ListTransitRouterCidr,
        handler=list_all,
        requires_region=True,
    ),
    operation.Operation(
        name="ListTransitRouterCidrAllocation",
        product=catalogue.Product.CBN,
        request=ListTransitRouterCidrAllocation,
        handler=list_allocations,
        requires_region=True,
        codes={"Router.NotFound": ("IllegalParam.TransitRouterId", 400)},
    ),
    operation.Operation(
        name="DeleteTransitRouterCidr",
        product=catalogue.Product.CBN,
        request=DeleteTransitRouterCidr,
        handler=delete,
        mutating=True,
        requires_region=True,
        resource="TransitRouterCidrId",
    ),
)
