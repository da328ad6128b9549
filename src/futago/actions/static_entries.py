"""Static routes of a table, which users write themselves."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import pydantic

from futago.actions import catalogue, faults, fields, operation, requests
from futago.domain import faults as domain_faults
from futago.domain import net
from futago.services import attachments, drafts, static_entries, views

ATTACHMENT = "Attachment"
BLACK_HOLE = "BlackHole"
PREFIX_CODE = "IllegalParam.TransitRouterDestinationCidrBlock"
CODES = {
    "Quota": ("QuotaExceeded.TransitRouterRoutEntry", 400),
    "RouteTable.NotFound": ("InvalidTransitRouterRouteTableId.NotFound", 400),
}

TABLE_ID = pydantic.Field(alias="TransitRouterRouteTableId")
ENTRY_ID = pydantic.Field(alias="TransitRouterRouteEntryId")
DESTINATION = pydantic.Field(alias="TransitRouterRouteEntryDestinationCidrBlock", max_length=64)
NEXT_HOP_TYPE = pydantic.Field(alias="TransitRouterRouteEntryNextHopType")
NEXT_HOP_ID = pydantic.Field(alias="TransitRouterRouteEntryNextHopId")


class Labeled(requests.Request, requests.Idempotent, requests.DryRunnable):
    """What users write on a route."""

    name: Annotated[fields.CenName | None, pydantic.Field(alias="TransitRouterRouteEntryName")] = (
        None
    )
    description: Annotated[
        fields.CenDescription | None, pydantic.Field(alias="TransitRouterRouteEntryDescription")
    ] = None


class CreateTransitRouterRouteEntry(Labeled):
    """Parameters of CreateTransitRouterRouteEntry."""

    table_id: Annotated[str, TABLE_ID]
    destination: Annotated[str, DESTINATION]
    next_hop_type: Annotated[str, NEXT_HOP_TYPE]
    next_hop_id: Annotated[str | None, NEXT_HOP_ID] = None


class UpdateTransitRouterRouteEntry(Labeled):
    """Parameters of UpdateTransitRouterRouteEntry."""

    entry_id: Annotated[str, ENTRY_ID]


class DeleteTransitRouterRouteEntry(requests.Request, requests.Idempotent, requests.DryRunnable):
    """Parameters of DeleteTransitRouterRouteEntry."""

    entry_id: Annotated[str | None, ENTRY_ID] = None
    table_id: Annotated[str | None, TABLE_ID] = None
    destination: Annotated[str | None, DESTINATION] = None
    next_hop_type: Annotated[str | None, NEXT_HOP_TYPE] = None
    next_hop_id: Annotated[str | None, NEXT_HOP_ID] = None


def create(context: operation.Context, request: CreateTransitRouterRouteEntry) -> catalogue.Answer:
    """Add a static route to a table."""
    attachment_id = _next_hop(request.next_hop_type, request.next_hop_id)
    if _is_ipv6(request.destination):
        _refuse_ipv6(context, request.destination, attachment_id)
    entry_id = static_entries.add_entry(
        context.work,
        context.scope,
        request.table_id,
        drafts.RouteEntryDraft(
            prefix=_prefix(request.destination),
            attachment_id=attachment_id,
            label=drafts.Label(name=request.name, description=request.description),
        ),
    )
    return {"TransitRouterRouteEntryId": entry_id}


def update(context: operation.Context, request: UpdateTransitRouterRouteEntry) -> catalogue.Answer:
    """Change name or description of a static route."""
    static_entries.update_entry(
        context.work,
        context.scope,
        request.entry_id,
        drafts.LabelPatch(name=request.name, description=request.description),
    )
    return {}


def delete(context: operation.Context, request: DeleteTransitRouterRouteEntry) -> catalogue.Answer:
    """Delete a static route, by its id or by what it says."""
    if request.entry_id is None:
        _delete_described(context, request)
        return {}
    if request.table_id or request.destination:
        raise faults.VendorFault(
            "ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock",
            400,
            "Parameter TransitRouterRouteEntryId is not valid: a route is named by its id or by"
            " table, destination and next hop, not by both. Send one of the two.",
            field="TransitRouterRouteEntryId",
        )
    static_entries.remove_entry(context.work, context.scope, request.entry_id)
    return {}


def _delete_described(context: operation.Context, request: DeleteTransitRouterRouteEntry) -> None:
    table_id = _given("TransitRouterRouteTableId", request.table_id)
    destination = _given("TransitRouterRouteEntryDestinationCidrBlock", request.destination)
    kind = _given("TransitRouterRouteEntryNextHopType", request.next_hop_type)
    static_entries.remove_entry_to(
        context.work,
        context.scope,
        table_id,
        _prefix(destination),
        _next_hop(kind, request.next_hop_id),
    )


def _given(name: str, value: str | None) -> str:
    if value is None:
        raise faults.VendorFault(
            "MissingParameter",
            400,
            f"Parameter {name} is missing: without TransitRouterRouteEntryId a route is named by"
            " table, destination and next hop type. Send it, or the id.",
            field=name,
        )
    return value


def _next_hop(kind: str, attachment_id: str | None) -> str | None:
    """Read where a route leads: an attachment, or None for a blackhole."""
    if kind not in {ATTACHMENT, BLACK_HOLE}:
        raise faults.VendorFault(
            "IllegalParam.NextHopType",
            400,
            f"Parameter TransitRouterRouteEntryNextHopType with the value '{kind[:64]}' is not"
            f" valid: it is {ATTACHMENT} or {BLACK_HOLE}. Send one of the two.",
            field="TransitRouterRouteEntryNextHopType",
        )
    if kind == ATTACHMENT and attachment_id is None:
        raise faults.VendorFault(
            "MissingParam.TransitRouterRouteEntryNextHopId",
            400,
            "Parameter TransitRouterRouteEntryNextHopId is missing: a route to an attachment names"
            " it. Send its id.",
            field="TransitRouterRouteEntryNextHopId",
        )
    if kind == BLACK_HOLE and attachment_id is not None:
        raise faults.VendorFault(
            "ParamExclusive.NextHopTypeBlackHoleAndNextHopId",
            400,
            "Parameter TransitRouterRouteEntryNextHopId is not valid: a blackhole leads nowhere."
            " Leave it out.",
            field="TransitRouterRouteEntryNextHopId",
        )
    return attachment_id


def _prefix(text: str) -> ipaddress.IPv4Network:
    try:
        return net.parse_prefix(text)
    except domain_faults.Fault as exc:
        raise faults.VendorFault(
            PREFIX_CODE,
            400,
            "Parameter TransitRouterRouteEntryDestinationCidrBlock is not valid:"
            f" {exc.message}. Send another prefix.",
            field="TransitRouterRouteEntryDestinationCidrBlock",
        ) from exc


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Network(text, strict=False)
    except ValueError:
        return False
    return True


def _refuse_ipv6(context: operation.Context, text: str, attachment_id: str | None) -> None:
    code = PREFIX_CODE
    if attachment_id is not None:
        row = attachments.find(context.work, context.scope, attachment_id)
        is_vpn = row.kind == views.AttachmentKind.VPN.value
        code = (
            "OperationFailed.CreateTransitRouterRouteEntryWith"
            f"{'VPN' if is_vpn else 'VPC'}Attachment"
        )
    raise faults.VendorFault(
        code,
        400,
        f"Parameter TransitRouterRouteEntryDestinationCidrBlock with the value '{text}' is not"
        " supported: transit routers forward IPv4 only. Send an IPv4 prefix.",
        field="TransitRouterRouteEntryDestinationCidrBlock",
    )


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateTransitRouterRouteEntry",
        product=catalogue.Product.CBN,
        request=CreateTransitRouterRouteEntry,
        handler=create,
        mutating=True,
        asynchronous=True,
        quota="entries-per-table",
        resource="TransitRouterRouteEntryId",
        codes={
            **CODES,
            "Attachment.NotFound": ("InvalidTransitRouterRouteEntryNextHopId.NotFound", 400),
        },
    ),
    operation.Operation(
        name="UpdateTransitRouterRouteEntry",
        product=catalogue.Product.CBN,
        request=UpdateTransitRouterRouteEntry,
        handler=update,
        mutating=True,
        resource="TransitRouterRouteEntryId",
    ),
    operation.Operation(
        name="DeleteTransitRouterRouteEntry",
        product=catalogue.Product.CBN,
        request=DeleteTransitRouterRouteEntry,
        handler=delete,
        mutating=True,
        asynchronous=True,
        resource="TransitRouterRouteEntryId",
        codes=CODES,
    ),
)
