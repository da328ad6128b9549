"""Associations: the table in which traffic from an attachment is looked up."""

from __future__ import annotations

from typing import Annotated

from futago.actions import bindings, catalogue, faults, fields, operation, paging, states
from futago.domain import status
from futago.services import pages, routing

Status = Annotated[status.BindingStatus, fields.reads(states.read_association_status)]
CODES = {
    "Attachment.NotFound": ("InvalidAttachmentId.NotFound", 404),
    "RouteTable.Deleting": ("IncorrectStatus.AttachmentOrRouteTable", 400),
}


class ListTransitRouterRouteTableAssociations(bindings.List):
    """Parameters of ListTransitRouterRouteTableAssociations."""

    transit_router_route_table_id: str | None = None
    status: Status | None = None


def list_all(
    context: operation.Context, request: ListTransitRouterRouteTableAssociations
) -> catalogue.Answer:
    """List associations of a table or an attachment."""
    if not (request.transit_router_route_table_id or request.transit_router_attachment_id):
        raise faults.VendorFault(
            "MissingParameter",
            400,
            "Parameter TransitRouterRouteTableId is missing: a list of associations is that of a"
            " table or of an attachment. Send one of the two ids.",
            field="TransitRouterRouteTableId",
        )
    wanted = bindings.to_filter(request, request.transit_router_route_table_id, request.status)
    found = routing.list_associations(context.work, context.scope, wanted, pages.ALL)
    page = bindings.of_type(found, request, paging.by_token(request))
    return {
        **paging.tokened(request, page.items, page.total),
        "TransitRouterAssociations": [
            bindings.described(view, states.write_association_status(view.status))
            for view in page.items
        ],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="AssociateTransitRouterAttachmentWithRouteTable",
        product=catalogue.Product.CBN,
        request=bindings.Binding,
        handler=bindings.changing(routing.associate),
        title="Associate an attachment with a table.",
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
        codes=CODES,
    ),
    operation.Operation(
        name="DissociateTransitRouterAttachmentFromRouteTable",
        product=catalogue.Product.CBN,
        request=bindings.Binding,
        handler=bindings.changing(routing.dissociate),
        title="End an association.",
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
        codes=CODES,
    ),
    operation.Operation(
        name="ReplaceTransitRouterRouteTableAssociation",
        product=catalogue.Product.CBN,
        request=bindings.Binding,
        handler=bindings.changing(routing.replace_association),
        title="Associate an attachment with another table at once.",
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
        codes={
            **CODES,
            "Association.NotFound": ("OperationUnsupported.TransitAttachment", 400),
        },
    ),
    operation.Operation(
        name="ListTransitRouterRouteTableAssociations",
        product=catalogue.Product.CBN,
        request=ListTransitRouterRouteTableAssociations,
        handler=list_all,
    ),
)
