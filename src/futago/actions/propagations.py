"""Propagations: the tables that learn the routes of an attachment."""

from __future__ import annotations

from typing import Annotated

from futago.actions import bindings, catalogue, fields, operation, paging, states
from futago.domain import status
from futago.services import pages, routing

Status = Annotated[status.BindingStatus, fields.reads(states.read_propagation_status)]


class ListTransitRouterRouteTablePropagations(bindings.List):
    """Parameters of ListTransitRouterRouteTablePropagations."""

    transit_router_route_table_id: str
    status: Status | None = None


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
        request=bindings.Binding,
        handler=bindings.changing(routing.enable_propagation),
        title="Let a table learn the routes of an attachment.",
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
        request=bindings.Binding,
        handler=bindings.changing(routing.disable_propagation),
        title="End a propagation.",
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
