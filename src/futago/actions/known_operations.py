"""Lists of things that cannot exist here: they are answered truthfully, as empty pages.

A client that looks whether there are VPN gateways or prefix lists finds none and goes on; asked for
one by its id, the answer is that it is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from futago.actions import catalogue, faults, operation, paging, requests

EMPTY_TITLE = "List what there is of it: nothing, see the limits."


class DescribeVpnGateway(requests.Request):
    """Parameters of DescribeVpnGateway."""

    vpn_gateway_id: str
    include_reservation_data: requests.Flag = False


class DescribeVpnGateways(requests.Request, requests.Paged, requests.TaggedByTag):
    """Parameters of DescribeVpnGateways."""

    business_status: str | None = None
    gateway_type: str | None = None
    include_reservation_data: requests.Flag = False
    resource_group_id: str | None = None
    status: str | None = None
    vpc_id: str | None = None
    vpn_gateway_id: str | None = None


class DescribeVpnRouteEntries(requests.Request, requests.Paged):
    """Parameters of DescribeVpnRouteEntries."""

    vpn_gateway_id: str
    route_entry_type: str | None = None


class ListPrefixLists(requests.Request, requests.Tokened, requests.Tagged):
    """Parameters of ListPrefixLists."""

    prefix_list_ids: tuple[str, ...] = ()
    prefix_list_name: str | None = None
    resource_group_id: str | None = None


class ListTransitRouterPrefixListAssociation(requests.Request, requests.Paged):
    """Parameters of ListTransitRouterPrefixListAssociation."""

    transit_router_id: str
    transit_router_table_id: str | None = None
    next_hop: str | None = None
    next_hop_instance_id: str | None = None
    next_hop_type: str | None = None
    owner_uid: requests.Integer | None = None
    prefix_list_id: str | None = None
    status: str | None = None


class DescribeFlowlogs(requests.Request, requests.Paged, requests.Idempotent, requests.TaggedByTag):
    """Parameters of DescribeFlowlogs."""

    cen_id: str | None = None
    description: str | None = None
    flow_log_id: str | None = None
    flow_log_name: str | None = None
    flow_log_version: str | None = None
    interval: requests.Integer | None = None
    log_store_name: str | None = None
    project_name: str | None = None
    status: str | None = None
    transit_router_attachment_id: str | None = None
    transit_router_id: str | None = None


class DescribeTransitRouteTableAggregation(requests.Request, requests.Tokened, requests.Idempotent):
    """Parameters of DescribeTransitRouteTableAggregation."""

    transit_route_table_id: str
    transit_route_table_aggregation_cidr: str | None = None


class ListTransitRouterPeerAttachments(requests.Request, requests.Tokened, requests.TaggedByTag):
    """Parameters of ListTransitRouterPeerAttachments."""

    cen_id: str | None = None
    transit_router_attachment_id: str | None = None
    transit_router_id: str | None = None


def _no_gateway(vpn_gateway_id: str) -> NoReturn:
    raise faults.VendorFault(
        "InvalidVpnGatewayInstanceId.NotFound",
        404,
        f"Parameter VpnGatewayId with the value '{vpn_gateway_id[:64]}' names no VPN gateway:"
        " there are none. Connections attach to transit routers.",
        field="VpnGatewayId",
    )


def describe_gateway(_context: operation.Context, request: DescribeVpnGateway) -> catalogue.Answer:
    """Say that there is no such VPN gateway."""
    _no_gateway(request.vpn_gateway_id)


def describe_routes(
    _context: operation.Context, request: DescribeVpnRouteEntries
) -> catalogue.Answer:
    """Say that there is no such VPN gateway."""
    _no_gateway(request.vpn_gateway_id)


def list_gateways(_context: operation.Context, request: DescribeVpnGateways) -> catalogue.Answer:
    """List no VPN gateways."""
    return {**paging.numbered(request, 0), "VpnGateways": {"VpnGateway": []}}


def list_associations(
    _context: operation.Context, request: ListTransitRouterPrefixListAssociation
) -> catalogue.Answer:
    """List no associations of prefix lists."""
    return {**paging.numbered(request, 0), "PrefixLists": []}


def list_flow_logs(_context: operation.Context, request: DescribeFlowlogs) -> catalogue.Answer:
    """List no flow logs; the numbers of this answer are text."""
    numbers = {name: str(value) for name, value in paging.numbered(request, 0).items()}
    return {**numbers, "Success": "true", "FlowLogs": {"FlowLog": []}}


def list_aggregations(
    _context: operation.Context, request: DescribeTransitRouteTableAggregation
) -> catalogue.Answer:
    """List no aggregated routes."""
    paging.by_token(request)
    return {"Count": 0, "Total": 0, "NextToken": "", "Data": []}


def _by_token(
    member: str,
) -> Callable[[operation.Context, requests.Tokened], catalogue.Answer]:
    def handle(_context: operation.Context, request: requests.Tokened) -> catalogue.Answer:
        return {**paging.tokened(request, (), 0), member: []}

    return handle


def _empty(
    product: catalogue.Product,
    request: type[requests.Request],
    handler: Callable[..., catalogue.Answer],
    *,
    requires_region: bool,
) -> operation.AnyOperation:
    return operation.Operation(
        name=request.__name__,
        product=product,
        request=request,
        handler=handler,
        requires_region=requires_region,
        support=catalogue.Support.WITHOUT_EFFECT,
        title=EMPTY_TITLE,
    )


_VPC = catalogue.Product.VPC
_CBN = catalogue.Product.CBN

ACTIONS: tuple[operation.AnyOperation, ...] = (
    _empty(_VPC, DescribeVpnGateway, describe_gateway, requires_region=True),
    _empty(_VPC, DescribeVpnGateways, list_gateways, requires_region=True),
    _empty(_VPC, DescribeVpnRouteEntries, describe_routes, requires_region=True),
    _empty(_VPC, ListPrefixLists, _by_token("PrefixLists"), requires_region=True),
    _empty(_CBN, ListTransitRouterPrefixListAssociation, list_associations, requires_region=True),
    _empty(_CBN, DescribeFlowlogs, list_flow_logs, requires_region=False),
    _empty(_CBN, DescribeTransitRouteTableAggregation, list_aggregations, requires_region=False),
    _empty(
        _CBN,
        ListTransitRouterPeerAttachments,
        _by_token("TransitRouterAttachments"),
        requires_region=False,
    ),
)
