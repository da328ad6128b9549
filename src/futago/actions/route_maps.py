"""Route maps: those that the system itself has made. Nobody else can make any."""

from __future__ import annotations

from futago.actions import catalogue, faults, operation, paging, requests
from futago.services import system_policies

REGION_IN = "RegionIn"
REGION_OUT = "RegionOut"
NOT_TOGETHER: tuple[catalogue.JSON, ...] = ("VPN", "VBR", "CCN")
"""Kinds of attachments that do not reach each other."""
UNSET = 0


class DescribeCenRouteMaps(requests.Request, requests.Paged):
    """Parameters of DescribeCenRouteMaps."""

    cen_id: str
    cen_region_id: str | None = None
    route_map_id: str | None = None
    transit_router_route_table_id: str | None = None
    transmit_direction: str | None = None


def list_all(context: operation.Context, request: DescribeCenRouteMaps) -> catalogue.Answer:
    """List the policies that the system has put on transit routers."""
    _require_direction(request.transmit_direction)
    wanted = system_policies.PolicyFilter(
        policy_id=request.route_map_id, table_id=request.transit_router_route_table_id
    )
    page = paging.by_number(request)
    found = system_policies.search(context.work, context.scope, request.cen_id, wanted, page)
    is_elsewhere = request.cen_region_id not in {None, context.region.id}
    if is_elsewhere or request.transmit_direction == REGION_IN:
        return {**paging.numbered(request, 0), "RouteMaps": {"RouteMap": []}}
    return {
        **paging.numbered(request, found.total),
        "RouteMaps": {"RouteMap": [_described(each) for each in found.items]},
    }


def _require_direction(direction: str | None) -> None:
    if direction not in {None, REGION_IN, REGION_OUT}:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter TransmitDirection with the value '{(direction or '')[:64]}' is not valid:"
            f" it is {REGION_IN} or {REGION_OUT}. Send one of the two.",
            field="TransmitDirection",
        )


def _described(policy: system_policies.SystemPolicy) -> dict[str, catalogue.JSON]:
    return {
        "RouteMapId": policy.id,
        "CenId": policy.cen_id,
        "CenRegionId": policy.region_id,
        "TransitRouterRouteTableId": policy.table_id,
        "Description": "System: VPN, VBR and CCN attachments do not reach each other.",
        "Status": "Active" if policy.is_applied else "Creating",
        "TransmitDirection": REGION_OUT,
        "Priority": system_policies.PRIORITY,
        "MapResult": "Deny",
        "NextPriority": UNSET,
        "Preference": UNSET,
        "AsPathMatchMode": "",
        "CidrMatchMode": "",
        "CommunityMatchMode": "",
        "CommunityOperateMode": "",
        "MatchAddressType": "",
        "SourceInstanceIdsReverseMatch": False,
        "DestinationInstanceIdsReverseMatch": False,
        "SourceChildInstanceTypes": {"SourceChildInstanceType": list(NOT_TOGETHER)},
        "DestinationChildInstanceTypes": {"DestinationChildInstanceType": list(NOT_TOGETHER)},
        "SourceInstanceIds": {"SourceInstanceId": []},
        "SourceRegionIds": {"SourceRegionId": []},
        "SourceRouteTableIds": {"SourceRouteTableId": []},
        "DestinationCidrBlocks": {"DestinationCidrBlock": []},
        "DestinationInstanceIds": {"DestinationInstanceId": []},
        "DestinationRegionIds": {"DestinationRegionId": []},
        "DestinationRouteTableIds": {"DestinationRouteTableId": []},
        "MatchAsns": {"MatchAsn": []},
        "MatchCommunitySet": {"MatchCommunity": []},
        "OperateCommunitySet": {"OperateCommunity": []},
        "PrependAsPath": {"AsPath": []},
        "RouteTypes": {"RouteType": []},
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DescribeCenRouteMaps",
        product=catalogue.Product.CBN,
        request=DescribeCenRouteMaps,
        handler=list_all,
    ),
)
