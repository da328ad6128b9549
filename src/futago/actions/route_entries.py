"""Routes of a table, with the filters of the vendor."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Annotated

import pydantic

from futago.actions import (
    catalogue,
    faults,
    fields,
    operation,
    paging,
    requests,
    states,
    static_entries,
)
from futago.domain import faults as domain_faults
from futago.domain import net
from futago.protocols.rpc import timestamps
from futago.services import filters, pages, routing, views

ALL_STATUSES = "All"
ACTIVE = "Active"
STATUSES = frozenset({ALL_STATUSES, ACTIVE, "Rejected", "Prohibited", "Standby", "Candidate"})
STATIC = "Static"
PROPAGATED = "Propagated"
RESOURCE_TYPES = frozenset({"VPC", "VBR", "TR", "VPN"})
WORDS = (
    ("TransitRouterRouteEntryStatus", "status", STATUSES),
    ("TransitRouterRouteEntryType", "type", frozenset({STATIC, PROPAGATED})),
    (
        "TransitRouterRouteEntryNextHopType",
        "next_hop_type",
        frozenset({static_entries.ATTACHMENT, static_entries.BLACK_HOLE}),
    ),
    ("TransitRouterRouteEntryNextHopResourceType", "next_hop_resource_type", RESOURCE_TYPES),
    ("TransitRouterRouteEntryOriginResourceType", "origin_resource_type", RESOURCE_TYPES),
)
"""Wire name, member of the request, and the words that it takes."""

Matcher = Callable[[IPv4Network, IPv4Network], bool]
MATCHERS: dict[str, tuple[Matcher, str]] = {
    "PrefixExactMatchCidrs": (IPv4Network.__eq__, "IllegalParam.PrefixExactMatchCidr"),
    "LongestPrefixMatchCidrs": (
        lambda route, wanted: wanted.subnet_of(route),
        "IllegalParam.LongestPrefixMatchCidr",
    ),
    "SubnetOfMatchCidrs": (
        lambda route, wanted: route.subnet_of(wanted),
        "IllegalParam.SubnetOfMatchCidr",
    ),
    "SupernetOfMatchCidrs": (
        lambda route, wanted: route.supernet_of(wanted),
        "IllegalParam.SupernetOfMatchCidr",
    ),
}
LONGEST = "LongestPrefixMatchCidrs"


class RouteFilter(requests.Member):
    """A condition on the destination; its values are ORed."""

    key: str
    value: tuple[str, ...] = ()


class ListTransitRouterRouteEntries(requests.Request, requests.Tokened):
    """Parameters of ListTransitRouterRouteEntries."""

    table_id: Annotated[str, pydantic.Field(alias="TransitRouterRouteTableId")]
    destination: Annotated[
        fields.Prefix | None,
        pydantic.Field(alias="TransitRouterRouteEntryDestinationCidrBlock"),
    ] = None
    entry_ids: Annotated[tuple[str, ...], pydantic.Field(alias="TransitRouterRouteEntryIds")] = ()
    entry_names: Annotated[
        tuple[str, ...], pydantic.Field(alias="TransitRouterRouteEntryNames")
    ] = ()
    next_hop_id: Annotated[str | None, pydantic.Field(alias="TransitRouterRouteEntryNextHopId")] = (
        None
    )
    next_hop_type: Annotated[
        str | None, pydantic.Field(alias="TransitRouterRouteEntryNextHopType")
    ] = None
    next_hop_resource_id: Annotated[
        str | None, pydantic.Field(alias="TransitRouterRouteEntryNextHopResourceId")
    ] = None
    next_hop_resource_type: Annotated[
        str | None, pydantic.Field(alias="TransitRouterRouteEntryNextHopResourceType")
    ] = None
    origin_resource_id: Annotated[
        str | None, pydantic.Field(alias="TransitRouterRouteEntryOriginResourceId")
    ] = None
    origin_resource_type: Annotated[
        str | None, pydantic.Field(alias="TransitRouterRouteEntryOriginResourceType")
    ] = None
    status: Annotated[str | None, pydantic.Field(alias="TransitRouterRouteEntryStatus")] = None
    type: Annotated[str | None, pydantic.Field(alias="TransitRouterRouteEntryType")] = None
    prefix_list_id: str | None = None
    route_filter: tuple[RouteFilter, ...] = ()


def list_all(
    context: operation.Context, request: ListTransitRouterRouteEntries
) -> catalogue.Answer:
    """List the routes of a table."""
    _require_words(request)
    conditions = _conditions(request)
    found = routing.list_entries(
        context.work,
        context.scope,
        request.table_id,
        filters.RouteEntryFilter(
            prefix=request.destination,
            attachment_id=request.next_hop_id,
            resource_id=request.next_hop_resource_id,
        ),
        pages.ALL,
    )
    matching = [view for view in found.items if _matches(view, request)]
    for key, wanted in conditions:
        matching = _narrow(matching, key, wanted)
    page = pages.cut(matching, paging.by_token(request))
    return {
        **paging.tokened(request, page.items, page.total),
        "TransitRouterRouteEntries": [_described(view) for view in page.items],
    }


def _require_words(request: ListTransitRouterRouteEntries) -> None:
    for name, member, words in WORDS:
        given = getattr(request, member)
        if given is not None and given not in words:
            raise faults.VendorFault(
                f"IllegalParam.{name}",
                400,
                f"Parameter {name} with the value '{given[:64]}' is not valid: it is one of"
                f" {', '.join(sorted(words))}. Send one of them.",
                field=name,
            )
    if request.entry_ids and request.status is not None:
        raise faults.VendorFault(
            "ParamExclusive.RouteEntryIdsAndStatus",
            400,
            "Parameter TransitRouterRouteEntryStatus is not valid: routes named by their ids are"
            " listed in every status. Send ids or a status.",
            field="TransitRouterRouteEntryStatus",
        )


def _wanted_status(request: ListTransitRouterRouteEntries) -> str:
    return request.status or (ALL_STATUSES if request.entry_ids else ACTIVE)


def _conditions(
    request: ListTransitRouterRouteEntries,
) -> list[tuple[str, tuple[IPv4Network, ...]]]:
    keys = [each.key for each in request.route_filter]
    for key in keys:
        if key not in MATCHERS:
            raise faults.VendorFault(
                "InvalidFilterKey",
                400,
                f"Parameter RouteFilter.Key with the value '{key[:64]}' is not valid: it is one"
                f" of {', '.join(MATCHERS)}. Send one of them.",
                field="RouteFilter.Key",
            )
        if keys.count(key) > 1:
            raise faults.VendorFault(
                "FilterKeyDuplicated.RouteFilter",
                400,
                f"Parameter RouteFilter.Key with the value '{key}' is not valid: it occurs twice."
                " Send one condition with all values.",
                field="RouteFilter.Key",
            )
    return [(each.key, _prefixes(each)) for each in request.route_filter]


def _prefixes(condition: RouteFilter) -> tuple[IPv4Network, ...]:
    try:
        return tuple(map(_address_or_prefix, condition.value))
    except domain_faults.Fault as exc:
        raise faults.VendorFault(
            MATCHERS[condition.key][1],
            400,
            f"Parameter RouteFilter.Value is not valid: {exc.message}.",
            field="RouteFilter.Value",
        ) from exc


def _address_or_prefix(text: str) -> IPv4Network:
    return net.parse_prefix(text) if "/" in text else IPv4Network(net.parse_address(text))


def _narrow(
    entries: list[views.RouteEntryView], key: str, wanted: tuple[IPv4Network, ...]
) -> list[views.RouteEntryView]:
    matches = MATCHERS[key][0]
    if key != LONGEST:
        return [e for e in entries if any(matches(e.prefix, each) for each in wanted)]
    best: set[IPv4Network] = set()
    for each in wanted:
        covering = [e.prefix for e in entries if matches(e.prefix, each)]
        if covering:
            best.add(max(covering, key=lambda prefix: prefix.prefixlen))
    return [e for e in entries if e.prefix in best]


def _matches(view: views.RouteEntryView, request: ListTransitRouterRouteEntries) -> bool:
    # Prefix lists are refused, so no route comes from one.
    return (
        request.prefix_list_id is None
        and _wanted_status(request) in {ALL_STATUSES, states.write_entry_status(view.status)}
        and (not request.entry_ids or view.id in request.entry_ids)
        and (not request.entry_names or view.name in request.entry_names)
        and _matches_words(view, request)
    )


def _matches_words(view: views.RouteEntryView, request: ListTransitRouterRouteEntries) -> bool:
    """Compare with what would be shown, which is spelled only if it is asked for."""
    wanted = {
        f"TransitRouterRouteEntry{member}": word
        for member, word in (
            ("Type", request.type),
            ("NextHopType", request.next_hop_type),
            ("NextHopResourceType", request.next_hop_resource_type),
            ("OriginResourceType", request.origin_resource_type),
            ("OriginResourceId", request.origin_resource_id),
        )
        if word is not None
    }
    if not wanted:
        return True
    shown = _described(view)
    return all(shown[name] == word for name, word in wanted.items())


def _described(view: views.RouteEntryView) -> dict[str, catalogue.JSON]:
    hop = view.next_hop
    kind = states.write_attachment_kind(hop.kind) if hop else ""
    resource_id = hop.resource_id if hop else ""
    return {
        "TransitRouterRouteEntryId": view.id,
        "TransitRouterRouteEntryName": view.name,
        "TransitRouterRouteEntryDescription": view.description,
        "TransitRouterRouteEntryDestinationCidrBlock": str(view.prefix),
        "TransitRouterRouteEntryNextHopType": (
            static_entries.ATTACHMENT if hop else static_entries.BLACK_HOLE
        ),
        "TransitRouterRouteEntryNextHopId": hop.attachment_id if hop else "",
        "TransitRouterRouteEntryNextHopResourceId": resource_id,
        "TransitRouterRouteEntryNextHopResourceType": kind,
        "TransitRouterRouteEntryOriginResourceId": resource_id,
        "TransitRouterRouteEntryOriginResourceType": kind,
        "TransitRouterRouteEntryStatus": states.write_entry_status(view.status),
        "TransitRouterRouteEntryType": STATIC if view.is_static else PROPAGATED,
        "CreateTime": timestamps.to_minutes_text(view.created_at),
        "OperationalMode": view.is_static,
        "PrefixListId": "",
        "Tag": "",
        "PathAttributes": {
            "AsPaths": [str(each) for each in view.bgp.as_path] if view.bgp else [],
            "Communities": list(view.bgp.communities) if view.bgp else [],
            "OriginInstanceId": resource_id,
            "OriginInstanceType": kind,
            "OriginRouteType": _origin(view),
            "Preference": view.preference,
        },
    }


def _origin(view: views.RouteEntryView) -> str:
    if view.next_hop is None:
        return static_entries.BLACK_HOLE
    if view.bgp is not None:
        return "BGP"
    return "static" if view.is_static else "System"


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ListTransitRouterRouteEntries",
        product=catalogue.Product.CBN,
        request=ListTransitRouterRouteEntries,
        handler=list_all,
    ),
)
