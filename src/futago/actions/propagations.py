"""Propagations: the tables that learn the routes of an attachment."""

from __future__ import annotations

from typing import Annotated

from futago.actions import bindings, catalogue, fields, operation, paging, states
from futago.domain import status
from futago.services import pages, routing

Status = Annotated[status.BindingStatus, fields.reads(states.read_propagation_status)]


class EnableTransitRouterRouteTablePropagation(bindings.Binding):
    """Parameters of EnableTransitRouterRouteTablePropagation."""


class DisableTransitRouterRouteTablePropagation(bindings.Binding):
    """Parameters of DisableTransitRouterRouteTablePropagation."""


class ListTransitRouterRouteTablePropagations(bindings.List):
    """Parameters of ListTransitRouterRouteTablePropagations."""

    transit_router_route_table_id: str
    status: Status | None = None


def enable(
    context: operation.Context, request: EnableTransitRouterRouteTablePropagation
) -> catalogue.Answer:
    """Let a table learn the routes of an attachment."""
    routing.enable_propagation(
        context.work,
        context.scope,
        request.transit_router_attachment_id,
        request.transit_router_route_table_id,
    )
    return {}


def disable(
    context: operation.Context, request: DisableTransitRouterRouteTablePropagation
) -> catalogue.Answer:
    """End a propagation."""
    routing.disable_propagation(
        context.work,
        context.scope,
        request.transit_router_attachment_id,
        request.transit_router_route_table_id,
    )
    return {}


def list_all(
    context: operation.Context, request: ListTransitRouterRouteTablePropagations
) -> catalogue.Answer:
    """List what a table learns from."""
    wanted = bindings.to_filter(request, request.transit_router_route_table_id, request.status)
    found = routing.list_propagations(context.work, context.scope, wanted, pages.ALL)
    page = bindings.of_type(found, request, paging.by_token(request))
    return {
        **paging.tokened(request, page.items, page.total),
        "TransitRouterPropagations": [
            bindings.described(view, states.write_propagation_status(view.status))
            for view in page.items
        ],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="EnableTransitRouterRouteTablePropagation",
        product=catalogue.Product.CBN,
        request=EnableTransitRouterRouteTablePropagation,
        handler=enable,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
        codes={
            "Attachment.NotFound": ("InvalidAttachmentId.NotFound", 404),
            "RouteTable.Deleting": ("IncorrectStatus.AttachmentOrRouteTable", 400),
        },
    ),
    operation.Operation(
        name="DisableTransitRouterRouteTablePropagation",
        product=catalogue.Product.CBN,
        request=DisableTransitRouterRouteTablePropagation,
        handler=disable,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
        codes={"Attachment.NotFound": ("InvalidAttachmentId.NotFound", 400)},
    ),
    operation.Operation(
        name="ListTransitRouterRouteTablePropagations",
        product=catalogue.Product.CBN,
        request=ListTransitRouterRouteTablePropagations,
        handler=list_all,
    ),
)
