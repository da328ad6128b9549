"""Resource groups, and moving resources between them in all products."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

import pydantic

from futago.actions import catalogue, faults, fields, operation, paging, requests, tags
from futago.domain import faults as domain_faults
from futago.protocols.rpc import timestamps
from futago.services import resource_groups

OK: Final = "OK"
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{1,49}\Z")
DISPLAY_NAME_MAX: Final = 50
VPN: Final = {
    "vpnattachment": resource_groups.Movable.CONNECTION,
    "customergateway": resource_groups.Movable.CUSTOMER_GATEWAY,
}
VPC: Final = {"vpc": resource_groups.Movable.VPC}
CBN: Final = {"cen": resource_groups.Movable.CEN}
GATEWAY: Final = frozenset({"vpngateway", "bandwidthpackage"})
"""Types of the vendor of which nothing exists here."""


def _read_name(text: str) -> str:
    if not NAME.match(text):
        raise domain_faults.Invalid(
            "the name has 2 to 50 characters out of letters, digits, '.', '_' and '-', the first"
            " a letter"
        )
    return text


class CreateResourceGroup(requests.Request, tags.TaggedByTag):
    """Parameters of CreateResourceGroup."""

    name: Annotated[str, fields.reads(_read_name), requests.Vendor(invalid="InvalidParameter.Name")]
    display_name: Annotated[
        str,
        pydantic.Field(max_length=DISPLAY_NAME_MAX),
        requests.Vendor(invalid="InvalidParameter.DisplayName"),
    ]


class GetResourceGroup(requests.Request):
    """Parameters of GetResourceGroup."""

    resource_group_id: str
    include_tags: requests.Flag = False


class ListResourceGroups(requests.Request, requests.Paged, tags.TaggedByTag):
    """Parameters of ListResourceGroups."""

    page_size: Annotated[requests.Integer, pydantic.Field(ge=1, le=100)] = 10
    display_name: str | None = None
    name: str | None = None
    include_tags: requests.Flag = False
    resource_group_id: str | None = None
    resource_group_ids: Annotated[tuple[str, ...], pydantic.Field(max_length=100)] = ()
    status: str = OK


class MoveVpnResourceGroup(requests.Request):
    """Parameters of MoveVpnResourceGroup."""

    instance_id: str
    new_resource_group_id: str
    resource_type: str


class MoveVpcResourceGroup(requests.Request):
    """Parameters of MoveResourceGroup of VPC."""

    resource_id: str
    new_resource_group_id: str
    resource_type: str


class MoveCbnResourceGroup(MoveVpcResourceGroup, requests.Idempotent, requests.DryRunnable):
    """Parameters of MoveResourceGroup of CBN."""


def create(context: operation.Context, request: CreateResourceGroup) -> catalogue.Answer:
    """Create a resource group."""
    view = resource_groups.create(
        context.work,
        context.scope,
        request.name,
        request.display_name,
        tags.to_drafts(request.tags),
    )
    return {"ResourceGroup": {**_described(view), **_regions(context)}}


def get(context: operation.Context, request: GetResourceGroup) -> catalogue.Answer:
    """Show a resource group."""
    view = resource_groups.describe(context.work, context.scope, request.resource_group_id)
    return {
        "ResourceGroup": {
            **_described(view),
            **_regions(context),
            **_tags(view, is_wanted=request.include_tags),
        }
    }


def list_all(context: operation.Context, request: ListResourceGroups) -> catalogue.Answer:
    """List resource groups, the default one first."""
    found = resource_groups.search(
        context.work,
        context.scope,
        resource_groups.GroupFilter(
            group_ids=_wanted_ids(request),
            name=request.name,
            display_name=request.display_name,
            tags=tags.to_matches(request.tags),
        ),
        paging.by_number(request),
    )
    members = [
        {**_described(view), **_tags(view, is_wanted=request.include_tags)} for view in found.items
    ]
    return {
        **paging.numbered(request, found.total),
        "ResourceGroups": {"ResourceGroup": members},
    }


def move_vpn(context: operation.Context, request: MoveVpnResourceGroup) -> catalogue.Answer:
    """Put a connection or customer gateway into another resource group."""
    _move(context, request.resource_type, VPN, request.instance_id, request.new_resource_group_id)
    return {}


def move_vpc(context: operation.Context, request: MoveVpcResourceGroup) -> catalogue.Answer:
    """Put a VPC with its vSwitches into another resource group."""
    _move(context, request.resource_type, VPC, request.resource_id, request.new_resource_group_id)
    return {}


def move_cbn(context: operation.Context, request: MoveCbnResourceGroup) -> catalogue.Answer:
    """Put a CEN into another resource group."""
    _move(context, request.resource_type, CBN, request.resource_id, request.new_resource_group_id)
    return {}


def _move(
    context: operation.Context,
    resource_type: str,
    kinds: Mapping[str, resource_groups.Movable],
    resource_id: str,
    group_id: str,
) -> None:
    word = resource_type.lower()
    kind = kinds.get(word)
    if kind is None:
        code, status = ("InvalidInstanceId.NotFound", 404)
        if word not in GATEWAY:
            code, status = ("IllegalParam.ResourceType", 400)
        raise faults.VendorFault(
            code,
            status,
            f"Parameter ResourceType with the value '{resource_type[:64]}' names nothing that can"
            f" be moved here. Send one of {', '.join(kinds)}.",
            field="ResourceType",
        )
    resource_groups.move(context.work, context.scope, kind, resource_id, group_id)


def _wanted_ids(request: ListResourceGroups) -> tuple[str, ...]:
    if request.status != OK:
        # Groups here are neither being made nor being removed.
        return ("-",)
    several = set(request.resource_group_ids)
    if request.resource_group_id is None:
        return tuple(several)
    one = {request.resource_group_id}
    return tuple(one & several if several else one) or ("-",)


def _described(view: resource_groups.GroupView) -> dict[str, catalogue.JSON]:
    return {
        "Id": view.id,
        "AccountId": view.account_id,
        "Name": view.name,
        "DisplayName": view.display_name,
        "Status": OK,
        "CreateDate": timestamps.to_seconds_text(view.created_at),
    }


def _tags(view: resource_groups.GroupView, *, is_wanted: bool) -> dict[str, catalogue.JSON]:
    shown = view.tags if is_wanted else ()
    return {"Tags": {"Tag": [{"TagKey": tag.key, "TagValue": tag.value} for tag in shown]}}


def _regions(context: operation.Context) -> dict[str, catalogue.JSON]:
    return {"RegionStatuses": {"RegionStatus": [{"RegionId": context.region.id, "Status": OK}]}}


_SAID: Final = {
    "ResourceGroup.NotFound": ("EntityNotExists.ResourceGroup", 404),
    "ResourceGroup.Exists": ("EntityAlreadyExists.ResourceGroup", 409),
}
ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateResourceGroup",
        product=catalogue.Product.RESOURCE_MANAGER,
        request=CreateResourceGroup,
        handler=create,
        mutating=True,
        resource="Name",
        codes=_SAID,
    ),
    operation.Operation(
        name="GetResourceGroup",
        product=catalogue.Product.RESOURCE_MANAGER,
        request=GetResourceGroup,
        handler=get,
        codes=_SAID,
    ),
    operation.Operation(
        name="ListResourceGroups",
        product=catalogue.Product.RESOURCE_MANAGER,
        request=ListResourceGroups,
        handler=list_all,
    ),
    operation.Operation(
        name="MoveVpnResourceGroup",
        product=catalogue.Product.VPC,
        request=MoveVpnResourceGroup,
        handler=move_vpn,
        mutating=True,
        requires_region=True,
        resource="InstanceId",
        methods=operation.POST_ONLY,
        codes={"Resource.NotFound": ("InvalidInstanceId.NotFound", 400)},
    ),
    operation.Operation(
        name="MoveResourceGroup",
        product=catalogue.Product.VPC,
        request=MoveVpcResourceGroup,
        handler=move_vpc,
        mutating=True,
        requires_region=True,
        resource="ResourceId",
        codes={"Resource.NotFound": ("InvalidResourceId.NotFound", 400)},
    ),
    operation.Operation(
        name="MoveResourceGroup",
        product=catalogue.Product.CBN,
        request=MoveCbnResourceGroup,
        handler=move_cbn,
        mutating=True,
        resource="ResourceId",
        codes={"Resource.NotFound": ("InvalidCenId.NotFound", 400)},
    ),
)
