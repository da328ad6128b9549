"""VPC attachments: a VPC plugged into a transit router."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pydantic

from futago.actions import (
    attachments,
    catalogue,
    faults,
    operation,
    paging,
    payers,
    requests,
    unsupported,
)
from futago.services import attachments as attachment_services
from futago.services import drafts, views

ZONES_MAX = 10
NO_OPTIONS = frozenset({"disable", "false", "False"})
"""Values of an option that ask for nothing."""
Options = Annotated[
    dict[str, requests.Text | bool],
    requests.FROM_JSON,
    requests.Vendor(invalid="IllegalParam.TransitRouterVPCAttachmentOptions"),
    pydantic.Field(alias="TransitRouterVPCAttachmentOptions"),
]


class ZoneMapping(requests.Member):
    """The vSwitch of a zone."""

    zone_id: Annotated[str, requests.Vendor(missing="IllegalParam.ZoneMappings")]
    v_switch_id: Annotated[str, requests.Vendor(missing="IllegalParam.ZoneMappings")]


class CreateTransitRouterVpcAttachment(attachments.Create):
    """Parameters of CreateTransitRouterVpcAttachment."""

    vpc_id: str
    vpc_owner_id: requests.Integer | None = None
    auto_publish_route_enabled: requests.Flag = False
    zone_mappings: Annotated[
        tuple[ZoneMapping, ...],
        pydantic.Field(min_length=1, max_length=ZONES_MAX),
        requests.Vendor(missing="IllegalParam.ZoneMappings", invalid="IllegalParam.ZoneMappings"),
    ]
    options: Options = pydantic.Field(default_factory=dict)


class UpdateTransitRouterVpcAttachmentAttribute(attachments.Update):
    """Parameters of UpdateTransitRouterVpcAttachmentAttribute."""

    options: Options = pydantic.Field(default_factory=dict)


class ZoneChange(requests.Member):
    """A vSwitch of a zone that comes or goes."""

    zone_id: Annotated[str, requests.Vendor(missing="IllegalParam.ZoneId")]
    v_switch_id: Annotated[str, requests.Vendor(missing="IllegalParam.VSwitchId")]


ZoneChanges = Annotated[
    tuple[ZoneChange, ...],
    pydantic.Field(max_length=ZONES_MAX),
    requests.Vendor(invalid="IllegalParam.AddOrRemoveZoneMappings"),
]


class UpdateTransitRouterVpcAttachmentZones(
    requests.Request, requests.Idempotent, requests.DryRunnable
):
    """Parameters of UpdateTransitRouterVpcAttachmentZones."""

    transit_router_attachment_id: str
    add_zone_mappings: ZoneChanges = ()
    remove_zone_mappings: ZoneChanges = ()


class ListTransitRouterVpcAttachments(attachments.List):
    """Parameters of ListTransitRouterVpcAttachments."""

    vpc_id: str | None = None
    status: str | None = None
    order_type: payers.OrderType | None = None


class DeleteTransitRouterVpcAttachment(attachments.Delete):
    """Parameters of DeleteTransitRouterVpcAttachment."""


def create(
    context: operation.Context, request: CreateTransitRouterVpcAttachment
) -> catalogue.Answer:
    """Attach a VPC; associations and propagations are calls of their own."""
    _refuse_options(request.options)
    zones = [mapping.zone_id for mapping in request.zone_mappings]
    if len(set(zones)) < len(zones):
        raise faults.VendorFault(
            "Duplicated.ZoneMapping",
            400,
            f"Parameter ZoneMappings with the zones {', '.join(zones)[:64]} is not valid: a zone"
            " has one vSwitch. Send each zone once.",
            field="ZoneMappings",
        )
    attachment_id = attachment_services.attach_vpc(
        context.work,
        context.scope,
        attachments.to_router(request),
        drafts.VpcAttachmentDraft(
            vpc_id=request.vpc_id,
            zone_mappings=_mappings(request.zone_mappings),
            owner_id=attachments.to_owner(request.vpc_owner_id),
            auto_publish=request.auto_publish_route_enabled,
            label=attachments.to_label(request),
        ),
    )
    return {"TransitRouterAttachmentId": attachment_id}


def update(
    context: operation.Context, request: UpdateTransitRouterVpcAttachmentAttribute
) -> catalogue.Answer:
    """Change name, description or the publishing of routes."""
    _refuse_options(request.options)
    attachment_services.update_vpc(
        context.work,
        context.scope,
        request.transit_router_attachment_id,
        attachments.to_patch(request),
    )
    return {}


def update_zones(
    context: operation.Context, request: UpdateTransitRouterVpcAttachmentZones
) -> catalogue.Answer:
    """Add zones to an attachment, and take others away."""
    if not (request.add_zone_mappings or request.remove_zone_mappings):
        raise faults.VendorFault(
            "IllegalParam.AddOrRemoveZoneMappings",
            400,
            "Parameter AddZoneMappings is missing: the call adds or removes at least one zone."
            " Send AddZoneMappings or RemoveZoneMappings.",
            field="AddZoneMappings",
        )
    attachment_services.update_zones(
        context.work,
        context.scope,
        request.transit_router_attachment_id,
        drafts.ZonePatch(
            added=_mappings(request.add_zone_mappings),
            removed=_mappings(request.remove_zone_mappings),
        ),
    )
    return {}


def _mappings(
    given: tuple[ZoneMapping, ...] | tuple[ZoneChange, ...],
) -> tuple[drafts.ZoneMapping, ...]:
    return tuple(
        drafts.ZoneMapping(zone_id=each.zone_id, vswitch_id=each.v_switch_id) for each in given
    )


def list_all(
    context: operation.Context, request: ListTransitRouterVpcAttachments
) -> catalogue.Answer:
    """List VPC attachments."""
    wanted = attachments.to_filter(
        request,
        resource_id=request.vpc_id,
        wanted=request.status,
        payer=request.order_type,
    )
    found = attachment_services.list_vpc(
        context.work, context.scope, wanted, paging.by_token(request)
    )
    return {
        **paging.tokened(request, found.items, found.total),
        "TransitRouterAttachments": [_described(view) for view in found.items],
    }


def delete(
    context: operation.Context, request: DeleteTransitRouterVpcAttachment
) -> catalogue.Answer:
    """Detach a VPC, which survives."""
    attachment_services.detach_vpc(
        context.work, context.scope, request.transit_router_attachment_id, force=request.force
    )
    return {}


def _refuse_options(options: Mapping[str, str | bool]) -> None:
    wanted = {name: value for name, value in options.items() if str(value) not in NO_OPTIONS}
    unsupported.refuse(
        {f"TransitRouterVPCAttachmentOptions.{name}": str(value) for name, value in wanted.items()},
        "VPC attachments have no options",
    )


def _described(view: views.AttachmentView) -> dict[str, catalogue.JSON]:
    return {
        **attachments.described(view),
        "ManagedService": "",
        "TransitRouterVPCAttachmentOptions": {},
        "VpcId": view.resource_id,
        "VpcOwnerId": int(view.owner_id),
        "VpcRegionId": view.region_id,
        "ZoneMappings": [
            {
                "ZoneId": mapping.zone_id,
                "VSwitchId": mapping.vswitch_id,
                "NetworkInterfaceId": "",
            }
            for mapping in view.zone_mappings
        ],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateTransitRouterVpcAttachment",
        product=catalogue.Product.CBN,
        request=CreateTransitRouterVpcAttachment,
        handler=create,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
        codes={"Grant.Missing": ("Forbbiden.AttachChildInstanceAcrossBid", 400)},
    ),
    operation.Operation(
        name="UpdateTransitRouterVpcAttachmentAttribute",
        product=catalogue.Product.CBN,
        request=UpdateTransitRouterVpcAttachmentAttribute,
        handler=update,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
    ),
    operation.Operation(
        name="UpdateTransitRouterVpcAttachmentZones",
        product=catalogue.Product.CBN,
        request=UpdateTransitRouterVpcAttachmentZones,
        handler=update_zones,
        mutating=True,
        resource="TransitRouterAttachmentId",
    ),
    operation.Operation(
        name="ListTransitRouterVpcAttachments",
        product=catalogue.Product.CBN,
        request=ListTransitRouterVpcAttachments,
        handler=list_all,
    ),
    operation.Operation(
        name="DeleteTransitRouterVpcAttachment",
        product=catalogue.Product.CBN,
        request=DeleteTransitRouterVpcAttachment,
        handler=delete,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterAttachmentId",
    ),
)
