"""Tags of resources, with the same four calls for both products and their different codes.

Both products spell types in several cases; they are compared without regard to it, and answered as
the caller spelled them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, TypeVar

import pydantic

from futago.actions import catalogue, faults, operation, paging, requests, tag_rules
from futago.services import filters, tagging

IDS_MAX: Final = 20
KEYS_MAX: Final = 20
CUSTOM: Final = "Custom"
"""The type of a key that a user made up; keys of the system are on nothing here."""
VPC: Final = {
    "vpnattachment": tagging.Kind.CONNECTION,
    "vpnconnection": tagging.Kind.CONNECTION,
    "customergateway": tagging.Kind.CUSTOMER_GATEWAY,
    "vpc": tagging.Kind.VPC,
    "vswitch": tagging.Kind.VSWITCH,
}
CBN: Final = {
    "cen": tagging.Kind.CEN,
    "transitrouter": tagging.Kind.ROUTER,
    "transitrouterroutetable": tagging.Kind.ROUTE_TABLE,
    "transitroutervpnattachment": tagging.Kind.VPN_ATTACHMENT,
    "transitroutervpcattachment": tagging.Kind.VPC_ATTACHMENT,
}
ItemT = TypeVar("ItemT")
Ids = Annotated[
    tuple[str, ...],
    pydantic.Field(alias="ResourceId"),
    requests.Vendor(missing="MissingParam"),
]
Type = Annotated[str, requests.Vendor(missing="MissingParam")]


class TagResources(requests.Request):
    """Parameters of TagResources."""

    resource_ids: Ids
    resource_type: Type
    tags: Annotated[
        tuple[tag_rules.Tag, ...],
        pydantic.Field(alias="Tag"),
        requests.Vendor(missing="MissingParam"),
    ]


class VpcTagResources(TagResources):
    """Parameters of TagResources of VPC."""

    tags: Annotated[
        tuple[tag_rules.Tag, ...],
        pydantic.Field(alias="Tag"),
        requests.Vendor(missing="MissingParam.Tags"),
    ]


class UntagResources(requests.Request):
    """Parameters of UntagResources."""

    resource_ids: Ids
    resource_type: Type
    tag_keys: Annotated[tuple[str, ...], pydantic.Field(alias="TagKey")] = ()
    all: requests.Flag = False


class ListTags(requests.Request):
    """Parameters that both lists of tags have."""

    resource_ids: Annotated[tuple[str, ...], pydantic.Field(alias="ResourceId")] = ()
    resource_type: Type
    tags: Annotated[tuple[tag_rules.Tag, ...], pydantic.Field(alias="Tag")] = ()
    next_token: str | None = None


class VpcListTagResources(ListTags):
    """Parameters of ListTagResources of VPC."""

    max_results: Annotated[requests.Integer, pydantic.Field(ge=1, le=50)] = 50


class CbnListTagResources(ListTags):
    """Parameters of ListTagResources of CBN."""

    page_size: Annotated[requests.Integer, pydantic.Field(ge=1, le=50)] = 10


class DescribeTagKeys(requests.Request):
    """Parameters of DescribeTagKeys."""

    keyword: str = ""
    max_result: Annotated[requests.Integer, pydantic.Field(ge=1, le=50)] = 50
    next_token: str | None = None
    resource_ids: Annotated[tuple[str, ...], pydantic.Field(alias="ResourceId")] = ()
    resource_type: str | None = None


def tag_vpc(context: operation.Context, request: VpcTagResources) -> catalogue.Answer:
    """Put tags on connections, customer gateways, VPCs or vSwitches."""
    return _tag(context, request, tag_rules.VPC, VPC)


def tag_cbn(context: operation.Context, request: TagResources) -> catalogue.Answer:
    """Put tags on CENs, transit routers, route tables or attachments."""
    return _tag(context, request, tag_rules.CBN, CBN)


def untag_vpc(context: operation.Context, request: UntagResources) -> catalogue.Answer:
    """Take tags off connections, customer gateways, VPCs or vSwitches."""
    return _untag(context, request, tag_rules.VPC, VPC)


def untag_cbn(context: operation.Context, request: UntagResources) -> catalogue.Answer:
    """Take tags off CENs, transit routers, route tables or attachments."""
    return _untag(context, request, tag_rules.CBN, CBN)


def list_vpc(context: operation.Context, request: VpcListTagResources) -> catalogue.Answer:
    """List tags of connections, customer gateways, VPCs or vSwitches."""
    return _list(context, request, request.max_results, tag_rules.VPC, VPC)


def list_cbn(context: operation.Context, request: CbnListTagResources) -> catalogue.Answer:
    """List tags of CENs, transit routers, route tables or attachments."""
    return _list(context, request, request.page_size, tag_rules.CBN, CBN)


def describe_keys(context: operation.Context, request: DescribeTagKeys) -> catalogue.Answer:
    """List the keys of tags in use."""
    kinds = set(VPC.values())
    if request.resource_type is not None:
        kinds = {_kind(request.resource_type, VPC)}
    wanted = (_ids(request.resource_ids, tag_rules.VPC), request.keyword)
    page = _page(request.max_result, request.next_token)
    found = tagging.search_keys(context.work, context.scope, kinds, wanted, paging.by_token(page))
    return {
        "NextToken": paging.tokened(page, found.items, found.total)["NextToken"],
        "TagKeys": {"TagKey": [{"TagKey": key, "Type": CUSTOM} for key in found.items]},
    }


def _tag(
    context: operation.Context,
    request: TagResources,
    rules: tag_rules.Codes,
    kinds: Mapping[str, tagging.Kind],
) -> catalogue.Answer:
    kind = _kind(request.resource_type, kinds)
    resource_ids = _ids(request.resource_ids, rules)
    wanted = tag_rules.to_drafts(request.tags, rules)
    tagging.put(context.work, context.scope, kind, resource_ids, wanted)
    return {}


def _untag(
    context: operation.Context,
    request: UntagResources,
    rules: tag_rules.Codes,
    kinds: Mapping[str, tagging.Kind],
) -> catalogue.Answer:
    kind = _kind(request.resource_type, kinds)
    resource_ids = _ids(request.resource_ids, rules)
    if len(request.tag_keys) > KEYS_MAX:
        raise _refused(
            rules.too_many_tags,
            "TagKey",
            f"has {len(request.tag_keys)} entries: a call takes at most {KEYS_MAX}. Send fewer.",
        )
    if request.tag_keys or request.all:
        keys = tuple(dict.fromkeys(request.tag_keys))
        tagging.take_off(context.work, context.scope, kind, resource_ids, keys)
        return {}
    raise _refused(
        "MissingParam", "TagKey", "is missing: name the keys to take off, or send All as true."
    )


def _list(
    context: operation.Context,
    request: ListTags,
    size: int,
    rules: tag_rules.Codes,
    kinds: Mapping[str, tagging.Kind],
) -> catalogue.Answer:
    kind = _kind(request.resource_type, kinds)
    if not (request.resource_ids or request.tags):
        raise _refused(
            "BothEmpty.TagsAndResources",
            "ResourceId",
            "is missing, and Tag as well: the list is of named resources or of resources with"
            " tags. Send one of both.",
        )
    matches = tuple(
        filters.TagMatch(key=tag.key, value=tag.value or None)
        for tag in tag_rules.to_drafts(request.tags, rules)
    )
    page = _page(size, request.next_token)
    wanted = (_ids(request.resource_ids, rules), matches)
    found = tagging.search(context.work, context.scope, kind, wanted, paging.by_token(page))
    return {
        "NextToken": paging.tokened(page, found.items, found.total)["NextToken"],
        "TagResources": {
            "TagResource": [
                {
                    "ResourceId": each.resource_id,
                    "ResourceType": request.resource_type,
                    "TagKey": each.tag.key,
                    "TagValue": each.tag.value,
                }
                for each in found.items
            ]
        },
    }


def _page(size: int, token: str | None) -> requests.Tokened:
    return requests.Tokened(max_results=size, next_token=token)


def _kind(text: str, kinds: Mapping[str, tagging.Kind]) -> tagging.Kind:
    kind = kinds.get(text.lower())
    if kind is None:
        raise _refused(
            "InvalidInstanceType.NotFound",
            "ResourceType",
            f"with the value '{text[:64]}' is not known: nothing here has this type. Send one of"
            f" {', '.join(kinds)}.",
        )
    return kind


def _ids(given: Sequence[str], rules: tag_rules.Codes) -> tuple[str, ...]:
    if len(given) > IDS_MAX:
        raise _refused(
            rules.too_many_ids,
            "ResourceId",
            f"has {len(given)} entries: a call takes at most {IDS_MAX}. Send fewer.",
        )
    return tuple(dict.fromkeys(given))


def _refused(code: str, name: str, rest: str) -> faults.VendorFault:
    return faults.VendorFault(code, 400, f"Parameter {name} {rest}", field=name)


_SAID: Final = {
    "Quota": ("QuotaExceeded.TagNum", 400),
    "Resource.NotFound": ("InvalidInstanceIds.NotFound", 400),
}
ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="TagResources",
        product=catalogue.Product.VPC,
        request=VpcTagResources,
        handler=tag_vpc,
        mutating=True,
        requires_region=True,
        quota="tags",
        resource="ResourceId.1",
        codes=_SAID,
    ),
    operation.Operation(
        name="UnTagResources",
        product=catalogue.Product.VPC,
        request=UntagResources,
        handler=untag_vpc,
        mutating=True,
        requires_region=True,
        resource="ResourceId.1",
        codes=_SAID,
    ),
    operation.Operation(
        name="ListTagResources",
        product=catalogue.Product.VPC,
        request=VpcListTagResources,
        handler=list_vpc,
        requires_region=True,
    ),
    operation.Operation(
        name="DescribeTagKeys",
        product=catalogue.Product.VPC,
        request=DescribeTagKeys,
        handler=describe_keys,
        requires_region=True,
    ),
    operation.Operation(
        name="TagResources",
        product=catalogue.Product.CBN,
        request=TagResources,
        handler=tag_cbn,
        mutating=True,
        quota="tags",
        resource="ResourceId.1",
        codes=_SAID,
    ),
    operation.Operation(
        name="UntagResources",
        product=catalogue.Product.CBN,
        request=UntagResources,
        handler=untag_cbn,
        mutating=True,
        resource="ResourceId.1",
        codes=_SAID,
    ),
    operation.Operation(
        name="ListTagResources",
        product=catalogue.Product.CBN,
        request=CbnListTagResources,
        handler=list_cbn,
    ),
)
