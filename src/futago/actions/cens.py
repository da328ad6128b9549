"""CENs: the frames of transit routers."""

from __future__ import annotations

from typing import Annotated

import pydantic

from futago.actions import catalogue, faults, fields, operation, paging, requests, tags, unsupported
from futago.protocols.rpc import timestamps
from futago.services import drafts, filters, routers, views

PROTECTION = "REDUCED"
ACTIVE = "Active"
BY_ID = "CenId"
BY_NAME = "Name"


class CreateCen(requests.Request, requests.Idempotent, tags.TaggedByTag):
    """Parameters of CreateCen."""

    name: fields.CenName | None = None
    description: fields.CenDescription | None = None
    protection_level: str = PROTECTION
    resource_group_id: str | None = None


class ModifyCenAttribute(requests.Request):
    """Parameters of ModifyCenAttribute."""

    cen_id: str
    name: fields.CenName | None = None
    description: fields.CenDescription | None = None
    protection_level: str = PROTECTION


class DeleteCen(requests.Request):
    """Parameters of DeleteCen."""

    cen_id: str


class Filter(requests.Member):
    """One condition; its values are ORed."""

    key: str
    value: Annotated[tuple[str, ...], pydantic.Field(max_length=5)] = ()


class DescribeCens(requests.Request, requests.Paged, requests.Searched, tags.TaggedByTag):
    """Parameters of DescribeCens."""

    filters: Annotated[tuple[Filter, ...], pydantic.Field(max_length=5, alias="Filter")] = ()
    resource_group_id: str | None = None


def create(context: operation.Context, request: CreateCen) -> catalogue.Answer:
    """Create a CEN."""
    unsupported.refuse_other("ProtectionLevel", request.protection_level, PROTECTION)
    view = routers.create_cen(
        context.work,
        context.scope,
        drafts.Label(
            name=request.name,
            description=request.description,
            tags=tags.to_drafts(request.tags),
            resource_group=request.resource_group_id,
        ),
    )
    return {"CenId": view.id}


def list_all(context: operation.Context, request: DescribeCens) -> catalogue.Answer:
    """List CENs."""
    found = routers.list_cens(
        context.work,
        context.scope,
        filters.CenFilter(
            cen_ids=_values(request, BY_ID),
            names=_values(request, BY_NAME),
            resource_group=request.resource_group_id,
            tags=tags.to_matches(request.tags),
            keyword=request.keyword,
        ),
        paging.by_number(request),
    )
    return {
        **paging.numbered(request, found.total),
        "Cens": {"Cen": [_described(view) for view in found.items]},
    }


def modify(context: operation.Context, request: ModifyCenAttribute) -> catalogue.Answer:
    """Change name or description of a CEN."""
    unsupported.refuse_other("ProtectionLevel", request.protection_level, PROTECTION)
    routers.modify_cen(
        context.work,
        context.scope,
        request.cen_id,
        drafts.LabelPatch(name=request.name, description=request.description),
    )
    return {}


def delete(context: operation.Context, request: DeleteCen) -> catalogue.Answer:
    """Delete a CEN without transit routers."""
    routers.delete_cen(context.work, context.scope, request.cen_id)
    return {}


def _values(request: DescribeCens, key: str) -> tuple[str, ...]:
    for each in request.filters:
        if each.key not in {BY_ID, BY_NAME}:
            raise faults.VendorFault(
                "InvalidParameter",
                400,
                f"Parameter Filter.Key with the value '{each.key[:64]}' is not valid: CENs are"
                f" filtered by {BY_ID} or {BY_NAME}. Send one of the two.",
                field="Filter.Key",
            )
    wanted = [set(each.value) for each in request.filters if each.key == key]
    if not wanted:
        return ()
    # Two conditions on one key are ANDed; an id that cannot exist stands for "none".
    return tuple(sorted(set.intersection(*wanted))) or ("-",)


def _described(view: views.CenView) -> dict[str, catalogue.JSON]:
    return {
        "CenId": view.id,
        "Name": view.name,
        "Description": view.description,
        "Status": ACTIVE,
        "CreationTime": timestamps.to_minutes_text(view.created_at),
        "ProtectionLevel": PROTECTION,
        "Ipv6Level": "",
        "ResourceGroupId": view.resource_group or "",
        "CenBandwidthPackageIds": {"CenBandwidthPackageId": []},
        "Tags": {"Tag": tags.to_wire(view.tags)},
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateCen",
        product=catalogue.Product.CBN,
        request=CreateCen,
        handler=create,
        mutating=True,
        resource="CenId",
    ),
    operation.Operation(
        name="DescribeCens",
        product=catalogue.Product.CBN,
        request=DescribeCens,
        handler=list_all,
    ),
    operation.Operation(
        name="ModifyCenAttribute",
        product=catalogue.Product.CBN,
        request=ModifyCenAttribute,
        handler=modify,
        mutating=True,
        resource="CenId",
        codes={"Cen.NotFound": ("ParameterCenInstanceId", 400)},
    ),
    operation.Operation(
        name="DeleteCen",
        product=catalogue.Product.CBN,
        request=DeleteCen,
        handler=delete,
        mutating=True,
        resource="CenId",
        codes={"Cen.NotFound": ("ParameterCenInstanceId", 400)},
    ),
)
