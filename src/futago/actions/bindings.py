"""What associations and propagations share: an attachment and a route table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import pydantic

from futago.actions import catalogue, operation, requests, states
from futago.domain import status
from futago.services import access, filters, pages, views
from futago.store import unit_of_work


class Binding(requests.Request, requests.Idempotent, requests.DryRunnable):
    """An attachment and a table."""

    transit_router_attachment_id: str
    transit_router_route_table_id: str


def changing(
    change: Callable[[unit_of_work.UnitOfWork, access.Scope, str, str], None],
) -> Callable[[operation.Context, Binding], catalogue.Answer]:
    """Make the handler that changes what an attachment has to do with a table."""

    def handle(context: operation.Context, request: Binding) -> catalogue.Answer:
        change(
            context.work,
            context.scope,
            request.transit_router_attachment_id,
            request.transit_router_route_table_id,
        )
        return {}

    return handle


class List(requests.Request, requests.Tokened):
    """What lists are narrowed by, besides a status."""

    max_results: Annotated[requests.Integer, pydantic.Field(ge=1, le=100)] = 50
    transit_router_attachment_id: str | None = None
    transit_router_attachment_resource_id: str | None = None
    transit_router_attachment_resource_type: str | None = None


def to_filter(
    request: List, table_id: str | None, wanted: status.BindingStatus | None
) -> filters.BindingFilter:
    """Read what a list is narrowed by."""
    return filters.BindingFilter(
        table_id=table_id,
        attachment_id=request.transit_router_attachment_id,
        resource_id=request.transit_router_attachment_resource_id,
        status=wanted,
    )


def of_type(
    found: pages.Page[views.BindingView], request: List, page: pages.PageRequest
) -> pages.Page[views.BindingView]:
    """Keep the wanted type of resource, then cut the page."""
    wanted = request.transit_router_attachment_resource_type
    kept = [
        view for view in found.items if wanted in {None, states.write_attachment_kind(view.kind)}
    ]
    return pages.cut(kept, page)


def described(view: views.BindingView, spelled_status: str) -> dict[str, str]:
    """Spell an association or a propagation."""
    return {
        "ResourceId": view.resource_id,
        "ResourceType": states.write_attachment_kind(view.kind),
        "Status": spelled_status,
        "TransitRouterAttachmentId": view.attachment_id,
        "TransitRouterRouteTableId": view.table_id,
    }
