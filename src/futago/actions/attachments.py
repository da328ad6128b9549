"""What attachments of both kinds share on the wire."""

from __future__ import annotations

from futago.actions import (
    catalogue,
    faults,
    fields,
    payers,
    requests,
    spelling,
    states,
    tags,
    unsupported,
)
from futago.domain import status
from futago.protocols.rpc import timestamps
from futago.services import drafts, filters, views

POSTPAY = "POSTPAY"
MODIFYING = "Modifying"
"""A state of the vendor that attachments here are never in."""
IMPOSSIBLE = "-"
"""An id that no resource has."""


class Create(requests.Request, requests.Idempotent, requests.DryRunnable, tags.TaggedByTag):
    """Parameters that both creating actions have."""

    cen_id: str | None = None
    transit_router_id: str | None = None
    transit_router_attachment_name: fields.CenName | None = None
    transit_router_attachment_description: fields.CenDescription | None = None
    charge_type: str = POSTPAY


class Update(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters that both updating actions have."""

    transit_router_attachment_id: str
    transit_router_attachment_name: fields.CenName | None = None
    transit_router_attachment_description: fields.CenDescription | None = None
    auto_publish_route_enabled: requests.Flag | None = None
    order_type: payers.OrderType | None = None


class Delete(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters that both deleting actions have."""

    transit_router_attachment_id: str
    force: requests.Flag = False


class List(requests.Request, requests.Tokened, tags.TaggedByTag):
    """Parameters that both lists have."""

    cen_id: str | None = None
    transit_router_id: str | None = None
    transit_router_attachment_id: str | None = None


def to_router(request: Create) -> drafts.RouterRef:
    """Find out which router is meant.

    Raises:
        VendorFault: Neither a router, nor a CEN with a region.
    """
    unsupported.refuse_other(
        "ChargeType", request.charge_type, POSTPAY, code="IllegalParam.ChargeType"
    )
    if request.transit_router_id is None and not (request.cen_id and request.region_id):
        raise faults.VendorFault(
            "MissingParam.CenIdOrRegionId",
            400,
            "Parameter TransitRouterId is missing: the call names a transit router, or a CEN and"
            " a region. Send TransitRouterId, or CenId with RegionId.",
            field="TransitRouterId",
        )
    return drafts.RouterRef(router_id=request.transit_router_id, cen_id=request.cen_id)


def to_owner(account_number: int | None) -> str | None:
    """Read whose resource it is; zero is not given, as infrastructure-as-code clients have it."""
    return str(account_number) if account_number else None


def to_label(request: Create) -> drafts.Label:
    """Read name, description and tags."""
    return drafts.Label(
        name=request.transit_router_attachment_name,
        description=request.transit_router_attachment_description,
        tags=tags.to_drafts(request.tags),
    )


def to_patch(request: Update) -> drafts.AttachmentPatch:
    """Read a change."""
    return drafts.AttachmentPatch(
        name=request.transit_router_attachment_name,
        description=request.transit_router_attachment_description,
        auto_publish=request.auto_publish_route_enabled,
        payer=request.order_type,
    )


def to_filter(
    request: List,
    *,
    resource_id: str | None = None,
    wanted: str | None = None,
    payer: drafts.Payer | None = None,
) -> filters.AttachmentFilter:
    """Read what a list is narrowed by.

    Args:
        request: The common conditions.
        resource_id: The attached resource.
        wanted: A status in the vendor's word.
        payer: Who pays.
    """
    return filters.AttachmentFilter(
        attachment_id=IMPOSSIBLE if wanted == MODIFYING else request.transit_router_attachment_id,
        router_id=request.transit_router_id,
        cen_id=request.cen_id,
        resource_id=resource_id,
        status=_read_status(wanted),
        payer=payer,
        tags=tags.to_matches(request.tags),
    )


def described(view: views.AttachmentView) -> dict[str, catalogue.JSON]:
    """Spell what both lists show."""
    return {
        "TransitRouterAttachmentId": view.id,
        "TransitRouterAttachmentName": view.name,
        "TransitRouterAttachmentDescription": view.description,
        "TransitRouterId": view.router_id,
        "CenId": view.cen_id,
        "ResourceType": states.write_attachment_kind(view.kind),
        "Status": states.write_attachment_status(view.status),
        "AutoPublishRouteEnabled": view.auto_publish,
        "ChargeType": POSTPAY,
        "OrderType": payers.write(view.payer),
        "CreationTime": timestamps.to_minutes_text(view.created_at),
        "Tags": tags.to_wire(view.tags),
    }


def _read_status(text: str | None) -> status.AttachmentStatus | None:
    if text is None or text == MODIFYING:
        return None
    try:
        return states.read_attachment_status(text)
    except spelling.UnknownWord as exc:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter Status with the value '{text[:64]}' is not valid: {exc.message}."
            " Send one of them.",
            field="Status",
        ) from exc
