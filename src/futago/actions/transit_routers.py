"""Transit routers."""

from __future__ import annotations

from typing import Annotated

import pydantic

from futago.actions import (
    catalogue,
    faults,
    fields,
    operation,
    paging,
    requests,
    router_cidrs,
    spelling,
    states,
    tags,
    unsupported,
)
from futago.domain import status
from futago.protocols.rpc import timestamps
from futago.services import drafts, filters, pages, routers, views

MAX_BLOCKS = 50
"""Bounds the text; how many blocks a router may have is a quota."""
ENTERPRISE = "Enterprise"
BASIC = "Basic"
MULTICAST = "Multicast"
DISABLED = "Disabled"
ENABLED = "Enabled"
OTHER_STATES = frozenset({"Modifying", "Upgrading"})
"""States of the vendor that routers here are never in."""


class CreateTransitRouter(
    requests.Request, requests.Idempotent, requests.DryRunnable, tags.TaggedByTag
):
    """Parameters of CreateTransitRouter."""

    cen_id: str
    transit_router_name: fields.CenName | None = None
    transit_router_description: fields.CenDescription | None = None
    support_multicast: requests.Flag = False
    transit_router_cidr_list: Annotated[
        tuple[router_cidrs.Block, ...],
        requests.FROM_JSON,
        pydantic.Field(max_length=MAX_BLOCKS),
        requests.Vendor(invalid="IllegalParam.TransitRouterCidrList"),
    ] = ()


class FeatureFilter(requests.Member):
    """A condition on a feature."""

    key: str
    value: tuple[str, ...] = ()


class ListTransitRouters(requests.Request, requests.Paged, requests.Searched, tags.TaggedByTag):
    """Parameters of ListTransitRouters."""

    cen_id: str | None = None
    transit_router_id: str | None = None
    transit_router_name: str | None = None
    status: str | None = None
    type: str | None = None
    feature_filter: tuple[FeatureFilter, ...] = ()


class UpdateTransitRouter(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of UpdateTransitRouter."""

    transit_router_id: str
    transit_router_name: fields.CenName | None = None
    transit_router_description: fields.CenDescription | None = None


class DeleteTransitRouter(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of DeleteTransitRouter."""

    transit_router_id: str


def create(context: operation.Context, request: CreateTransitRouter) -> catalogue.Answer:
    """Create the transit router of a CEN, with its address blocks and its table."""
    unsupported.refuse(
        {"SupportMulticast": request.support_multicast},
        "transit routers forward unicast only",
        code="OperationUnsupported.SupportMulticast",
    )
    view = routers.create_router(
        context.work,
        context.scope,
        drafts.RouterDraft(
            cen_id=request.cen_id,
            cidrs=tuple(router_cidrs.to_draft(b) for b in request.transit_router_cidr_list),
            label=drafts.Label(
                name=request.transit_router_name,
                description=request.transit_router_description,
                tags=tags.to_drafts(request.tags),
            ),
        ),
    )
    return {"TransitRouterId": view.id}


def list_all(context: operation.Context, request: ListTransitRouters) -> catalogue.Answer:
    """List transit routers."""
    wanted = _wanted_status(request.status)
    found = routers.list_routers(
        context.work,
        context.scope,
        filters.RouterFilter(
            router_id=request.transit_router_id,
            cen_id=request.cen_id,
            name=request.transit_router_name,
            tags=tags.to_matches(request.tags),
            keyword=request.keyword,
        ),
        pages.ALL,
    )
    is_possible = (
        request.type != BASIC
        and request.status not in OTHER_STATES
        and _matches_features(request.feature_filter)
    )
    matching = [view for view in found.items if is_possible and wanted in {None, view.status}]
    page = pages.cut(matching, paging.by_number(request))
    return {
        **paging.numbered(request, page.total),
        "TransitRouters": [_described(view) for view in page.items],
    }


def update(context: operation.Context, request: UpdateTransitRouter) -> catalogue.Answer:
    """Change name or description."""
    routers.update_router(
        context.work,
        context.scope,
        request.transit_router_id,
        drafts.LabelPatch(
            name=request.transit_router_name, description=request.transit_router_description
        ),
    )
    return {}


def delete(context: operation.Context, request: DeleteTransitRouter) -> catalogue.Answer:
    """Delete a transit router without attachments."""
    routers.delete_router(context.work, context.scope, request.transit_router_id)
    return {}


def _wanted_status(text: str | None) -> status.ResourceStatus | None:
    if text is None or text in OTHER_STATES:
        return None
    try:
        return states.read_resource_status(text)
    except spelling.UnknownWord as exc:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter Status with the value '{text[:64]}' is not valid: {exc.message}."
            " Send one of them.",
            field="Status",
        ) from exc


def _matches_features(wanted: tuple[FeatureFilter, ...]) -> bool:
    for each in wanted:
        if each.key != MULTICAST:
            raise faults.VendorFault(
                "InvalidOperation.UnsupportFilter",
                400,
                f"Parameter FeatureFilter.Key with the value '{each.key[:64]}' is not valid: the"
                f" only feature is {MULTICAST}. Send that.",
                field="FeatureFilter.Key",
            )
        strange = set(each.value) - {ENABLED, DISABLED}
        if strange:
            raise faults.VendorFault(
                "InvalidOperation.UnsupportFilterValue",
                400,
                f"Parameter FeatureFilter.Value with the value '{min(strange)[:64]}' is not valid:"
                f" a feature is {ENABLED} or {DISABLED}. Send one of the two.",
                field="FeatureFilter.Value",
            )
    return all(not each.value or DISABLED in each.value for each in wanted)


def _described(view: views.RouterView) -> dict[str, catalogue.JSON]:
    return {
        "AliUid": int(view.owner_id),
        "CenId": view.cen_id,
        "CreationTime": timestamps.to_minutes_text(view.created_at),
        "RegionId": view.region_id,
        "Status": states.write_resource_status(view.status),
        "SupportMulticast": False,
        "TransitRouterId": view.id,
        "TransitRouterName": view.name,
        "TransitRouterDescription": view.description,
        "Type": ENTERPRISE,
        "Tags": tags.to_wire(view.tags),
        "TransitRouterCidrList": [router_cidrs.described(block) for block in view.cidrs],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateTransitRouter",
        product=catalogue.Product.CBN,
        request=CreateTransitRouter,
        handler=create,
        mutating=True,
        asynchronous=True,
        requires_region=True,
        quota="cidrs-per-router",
        resource="TransitRouterId",
        codes=router_cidrs.QUOTA_CODES,
    ),
    operation.Operation(
        name="ListTransitRouters",
        product=catalogue.Product.CBN,
        request=ListTransitRouters,
        handler=list_all,
    ),
    operation.Operation(
        name="UpdateTransitRouter",
        product=catalogue.Product.CBN,
        request=UpdateTransitRouter,
        handler=update,
        mutating=True,
        requires_region=True,
        resource="TransitRouterId",
    ),
    operation.Operation(
        name="DeleteTransitRouter",
        product=catalogue.Product.CBN,
        request=DeleteTransitRouter,
        handler=delete,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterId",
    ),
)
