"""Route tables of transit routers. This version has the system table of each router."""

from __future__ import annotations

from typing import Annotated

import pydantic

from futago.actions import catalogue, fields, operation, paging, requests, states, tags
from futago.domain import status
from futago.protocols.rpc import timestamps
from futago.services import filters, pages, routers, views

SYSTEM = "System"
CUSTOM = "Custom"
DISABLED = "disable"

Status = Annotated[status.ResourceStatus, fields.reads(states.read_resource_status)]


class RouteTableOptions(requests.Member):
    """Features of a table."""

    multi_region_ecmp: Annotated[str, pydantic.Field(alias="MultiRegionECMP")] = ""


class ListTransitRouterRouteTables(requests.Request, requests.Tokened, tags.TaggedByTag):
    """Parameters of ListTransitRouterRouteTables."""

    transit_router_id: str | None = None
    transit_router_route_table_ids: Annotated[tuple[str, ...], pydantic.Field(max_length=20)] = ()
    transit_router_route_table_names: Annotated[tuple[str, ...], pydantic.Field(max_length=20)] = ()
    transit_router_route_table_status: Status | None = None
    transit_router_route_table_type: str | None = None
    route_table_options: RouteTableOptions = RouteTableOptions()


def list_all(context: operation.Context, request: ListTransitRouterRouteTables) -> catalogue.Answer:
    """List route tables."""
    kind = request.transit_router_route_table_type
    found = routers.list_tables(
        context.work,
        context.scope,
        filters.RouteTableFilter(
            router_id=request.transit_router_id,
            table_ids=request.transit_router_route_table_ids,
            names=request.transit_router_route_table_names,
            is_system=None if kind is None else kind == SYSTEM,
        ),
        pages.ALL,
    )
    matching = [view for view in found.items if _matches(view, request)]
    page = pages.cut(matching, paging.by_token(request))
    return {
        **paging.tokened(request, page.items, page.total),
        "TransitRouterRouteTables": [_described(view) for view in page.items],
    }


def _matches(view: views.RouteTableView, request: ListTransitRouterRouteTables) -> bool:
    # Tables carry no tags and forward over one region only.
    is_possible = not request.tags and request.route_table_options.multi_region_ecmp in {
        "",
        DISABLED,
    }
    return is_possible and request.transit_router_route_table_status in {None, view.status}


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
        "Tags": [],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ListTransitRouterRouteTables",
        product=catalogue.Product.CBN,
        request=ListTransitRouterRouteTables,
        handler=list_all,
    ),
)
