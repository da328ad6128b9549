"""Route tables of transit routers: the system table of each, and custom ones."""

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
    states,
    tags,
    unsupported,
)
from futago.domain import status
from futago.protocols.rpc import timestamps
from futago.services import drafts, filters, pages, route_tables, views

SYSTEM = "System"
CUSTOM = "Custom"
DISABLED = "disable"
CODES = {"RouteTable.NotFound": ("InvalidTransitRouterRouteTableId.NotFound", 400)}

Status = Annotated[status.ResourceStatus, fields.reads(states.read_resource_status)]
TableId = Annotated[
    str,
    pydantic.Field(alias="TransitRouterRouteTableId"),
    requests.Vendor(missing="MissingParam.TransitRouterRouteTableId"),
]


class RouteTableOptions(requests.Member):
    """Features of a table."""

    multi_region_ecmp: Annotated[str, pydantic.Field(alias="MultiRegionECMP")] = ""


class Labeled(requests.Request, requests.Idempotent, requests.DryRunnable):
    """What users write on a table."""

    name: Annotated[fields.CenName | None, pydantic.Field(alias="TransitRouterRouteTableName")] = (
        None
    )
    description: Annotated[
        fields.CenDescription | None, pydantic.Field(alias="TransitRouterRouteTableDescription")
    ] = None
    route_table_options: RouteTableOptions = RouteTableOptions()


class CreateTransitRouterRouteTable(Labeled, tags.TaggedByTag):
    """Parameters of CreateTransitRouterRouteTable."""

    transit_router_id: Annotated[str, requests.Vendor(missing="MissingParam.TransitRouterId")]


class UpdateTransitRouterRouteTable(Labeled):
    """Parameters of UpdateTransitRouterRouteTable."""

    table_id: TableId


class DeleteTransitRouterRouteTable(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of DeleteTransitRouterRouteTable."""

    table_id: TableId


class ListTransitRouterRouteTables(requests.Request, requests.Tokened, tags.TaggedByTag):
    """Parameters of ListTransitRouterRouteTables."""

    transit_router_id: str | None = None
    transit_router_route_table_ids: Annotated[tuple[str, ...], pydantic.Field(max_length=20)] = ()
    transit_router_route_table_names: Annotated[tuple[str, ...], pydantic.Field(max_length=20)] = ()
    transit_router_route_table_status: Status | None = None
    transit_router_route_table_type: str | None = None
    route_table_options: RouteTableOptions = RouteTableOptions()


def create(context: operation.Context, request: CreateTransitRouterRouteTable) -> catalogue.Answer:
    """Create a custom route table."""
    _refuse_options(request.route_table_options)
    view = route_tables.create_table(
        context.work,
        context.scope,
        request.transit_router_id,
        drafts.Label(
            name=request.name,
            description=request.description,
            tags=tags.to_drafts(request.tags),
        ),
    )
    return {"TransitRouterRouteTableId": view.id}


def update(context: operation.Context, request: UpdateTransitRouterRouteTable) -> catalogue.Answer:
    """Change name or description of a route table."""
    _refuse_options(request.route_table_options)
    route_tables.update_table(
        context.work,
        context.scope,
        request.table_id,
        drafts.LabelPatch(name=request.name, description=request.description),
    )
    return {}


def delete(context: operation.Context, request: DeleteTransitRouterRouteTable) -> catalogue.Answer:
    """Delete a custom route table that nothing uses."""
    route_tables.delete_table(context.work, context.scope, request.table_id)
    return {}


def list_all(context: operation.Context, request: ListTransitRouterRouteTables) -> catalogue.Answer:
    """List route tables."""
    if not (request.transit_router_id or request.transit_router_route_table_ids):
        raise faults.VendorFault(
            "MissingParam.TransitRouterIdOrTransitRouterRouteTables",
            400,
            "Parameter TransitRouterId is missing: a list of tables is that of a router, or of"
            " tables named by their ids. Send TransitRouterId or TransitRouterRouteTableIds.",
            field="TransitRouterId",
        )
    kind = request.transit_router_route_table_type
    found = route_tables.list_tables(
        context.work,
        context.scope,
        filters.RouteTableFilter(
            router_id=request.transit_router_id,
            table_ids=request.transit_router_route_table_ids,
            names=request.transit_router_route_table_names,
            is_system=None if kind is None else kind == SYSTEM,
            tags=tags.to_matches(request.tags),
        ),
        pages.ALL,
    )
    matching = [view for view in found.items if _matches(view, request)]
    page = pages.cut(matching, paging.by_token(request))
    return {
        **paging.tokened(request, page.items, page.total),
        "TransitRouterRouteTables": [_described(view) for view in page.items],
    }


def _refuse_options(options: RouteTableOptions) -> None:
    unsupported.refuse_other(
        "RouteTableOptions.MultiRegionECMP",
        options.multi_region_ecmp or DISABLED,
        DISABLED,
        code="OperationUnsupported.MultiRegionEcmp",
    )


def _matches(view: views.RouteTableView, request: ListTransitRouterRouteTables) -> bool:
    # An installation has one region.
    is_possible = request.route_table_options.multi_region_ecmp in {"", DISABLED}
    is_kind = request.transit_router_route_table_type in {None, SYSTEM, CUSTOM}
    return (
        is_possible
        and is_kind
        and request.transit_router_route_table_status
        in {
            None,
            view.status,
        }
    )


def _described(view: views.RouteTableView) -> dict[str, catalogue.JSON]:
    return {
        "CreateTime": timestamps.to_minutes_text(view.created_at),
        "RegionId": view.region_id,
        "TransitRouterId": view.router_id,
        "TransitRouterRouteTableId": view.id,
        "TransitRouterRouteTableName": view.name,
        "TransitRouterRouteTableDescription": view.description,
        "TransitRouterRouteTableStatus": states.write_resource_status(view.status),
        "TransitRouterRouteTableType": SYSTEM if view.is_system else CUSTOM,
        "RouteTableOptions": {"MultiRegionECMP": DISABLED},
        "Tags": tags.to_wire(view.tags),
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateTransitRouterRouteTable",
        product=catalogue.Product.CBN,
        request=CreateTransitRouterRouteTable,
        handler=create,
        mutating=True,
        asynchronous=True,
        quota="custom-tables-per-router",
        resource="TransitRouterRouteTableId",
        codes={
            "Quota": ("QuotaExceeded.TransitRouterRoutTable", 400),
            "Router.Deleting": ("IncorrectStatus.TransitRouter", 400),
        },
    ),
    operation.Operation(
        name="UpdateTransitRouterRouteTable",
        product=catalogue.Product.CBN,
        request=UpdateTransitRouterRouteTable,
        handler=update,
        mutating=True,
        resource="TransitRouterRouteTableId",
        codes=CODES,
    ),
    operation.Operation(
        name="ListTransitRouterRouteTables",
        product=catalogue.Product.CBN,
        request=ListTransitRouterRouteTables,
        handler=list_all,
    ),
    operation.Operation(
        name="DeleteTransitRouterRouteTable",
        product=catalogue.Product.CBN,
        request=DeleteTransitRouterRouteTable,
        handler=delete,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterRouteTableId",
        codes={
            **CODES,
            "RouteTable.Busy": ("IncorrectStatus.TransitRouterRouteTable", 400),
        },
    ),
)
