"""VPN attachments: a connection plugged into a transit router."""

from __future__ import annotations

from futago.actions import attachments, catalogue, operation, paging, requests, unsupported
from futago.services import attachments as attachment_services
from futago.services import drafts, views


class Zone(requests.Member):
    """A zone for a connection with one tunnel."""

    zone_id: str | None = None


class CreateTransitRouterVpnAttachment(attachments.Create):
    """Parameters of CreateTransitRouterVpnAttachment."""

    vpn_id: str
    vpn_owner_id: requests.Integer | None = None
    auto_publish_route_enabled: requests.Flag = True
    zone: tuple[Zone, ...] = ()


class UpdateTransitRouterVpnAttachmentAttribute(attachments.Update):
    """Parameters of UpdateTransitRouterVpnAttachmentAttribute."""


class ListTransitRouterVpnAttachments(attachments.List):
    """Parameters of ListTransitRouterVpnAttachments."""


class DeleteTransitRouterVpnAttachment(attachments.Delete):
    """Parameters of DeleteTransitRouterVpnAttachment."""


def create(
    context: operation.Context, request: CreateTransitRouterVpnAttachment
) -> catalogue.Answer:
    """Attach a connection; associations and propagations are calls of their own."""
    unsupported.refuse(
        {"Zone.1.ZoneId": next((zone.zone_id for zone in request.zone if zone.zone_id), None)},
        "the tunnels of a connection find zones by themselves",
        code="OperationUnsupported.ZoneId",
    )
    attachment_id = attachment_services.attach_vpn(
        context.work,
        context.scope,
        attachments.to_router(request),
        drafts.VpnAttachmentDraft(
            connection_id=request.vpn_id,
            owner_id=attachments.to_owner(request.vpn_owner_id),
            auto_publish=request.auto_publish_route_enabled,
            label=attachments.to_label(request),
        ),
    )
    return {"TransitRouterAttachmentId": attachment_id}


def update(
    context: operation.Context, request: UpdateTransitRouterVpnAttachmentAttribute
) -> catalogue.Answer:
    """Change name, description or the publishing of routes."""
    attachment_services.update_vpn(
        context.work,
        context.scope,
        request.transit_router_attachment_id,
        attachments.to_patch(request),
    )
    return {}


def list_all(
    context: operation.Context, request: ListTransitRouterVpnAttachments
) -> catalogue.Answer:
    """List VPN attachments."""
    found = attachment_services.list_vpn(
        context.work, context.scope, attachments.to_filter(request), paging.by_token(request)
    )
    return {
        **paging.tokened(request, found.items, found.total),
        "TransitRouterAttachments": [_described(view) for view in found.items],
    }


def delete(
    context: operation.Context, request: DeleteTransitRouterVpnAttachment
) -> catalogue.Answer:
    """Detach a connection, which survives."""
    attachment_services.detach_vpn(
        context.work, context.scope, request.transit_router_attachment_id, force=request.force
    )
    return {}


def _described(view: views.AttachmentView) -> dict[str, catalogue.JSON]:
    return {
        **attachments.described(view),
        "VpnId": view.resource_id,
        "VpnOwnerId": int(view.owner_id),
        "VpnRegionId": view.region_id,
        "Zones": [{"ZoneId": mapping.zone_id} for mapping in view.zone_mappings],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateTransitRouterVpnAttachment",
        product=catalogue.Product.CBN,
        request=CreateTransitRouterVpnAttachment,
        handler=create,
        mutating=True,
        asynchronous=True,
        quota="vpn-attachments-per-router",
        resource="TransitRouterAttachmentId",
        codes={"Quota": ("QuotaExceeded.CenQuotaVpnAttachPerTransitRouter", 400)},
    ),
    operation.Operation(
        name="UpdateTransitRouterVpnAttachmentAttribute",
        product=catalogue.Product.CBN,
        request=UpdateTransitRouterVpnAttachmentAttribute,
        handler=update,
        mutating=True,
        resource="TransitRouterAttachmentId",
    ),
    operation.Operation(
        name="ListTransitRouterVpnAttachments",
        product=catalogue.Product.CBN,
        request=ListTransitRouterVpnAttachments,
        handler=list_all,
    ),
    operation.Operation(
        name="DeleteTransitRouterVpnAttachment",
        product=catalogue.Product.CBN,
        request=DeleteTransitRouterVpnAttachment,
        handler=delete,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
    ),
)
