"""What owners of CENs and of connections see of each other."""

from __future__ import annotations

from typing import Annotated

import pydantic

from futago.actions import catalogue, operation, paging, requests
from futago.protocols.rpc import timestamps
from futago.services import connections, grants, pages, refusals

CEN = "CEN"


class DescribeVpnCrossAccountAuthorizations(requests.Request, requests.Paged, requests.Idempotent):
    """Parameters of DescribeVpnCrossAccountAuthorizations."""

    vpn_connection_id: str


class ListGrantVSwitchesToCen(requests.Request, requests.Paged):
    """Parameters of ListGrantVSwitchesToCen."""

    cen_id: str
    vpc_id: str
    zone_id: str | None = None
    enabled_ipv6: Annotated[requests.Flag, pydantic.Field(alias="EnabledIpv6")] = False


class ListGrantVSwitchEnis(requests.Request):
    """Parameters of ListGrantVSwitchEnis."""

    cen_id: str
    vpc_id: str
    v_switch_id: str
    network_interface_ids: Annotated[
        tuple[str, ...], pydantic.Field(alias="NetworkInterfaceId", max_length=100)
    ] = ()
    network_interface_name: str | None = None
    primary_ip_address: str | None = None
    max_results: Annotated[requests.Integer, pydantic.Field(ge=10, le=500)] = 20
    next_token: str | None = None


def describe_authorizations(
    context: operation.Context, request: DescribeVpnCrossAccountAuthorizations
) -> catalogue.Answer:
    """List the CENs of other accounts to which a connection is granted."""
    connections.find(context.work, context.scope, request.vpn_connection_id)
    wanted = grants.Wanted(
        instance_id=request.vpn_connection_id, account_id=context.scope.account_id
    )
    found = grants.search(context.work, wanted, paging.by_number(request))
    return {
        **paging.numbered(request, found.total),
        "CrossAccountAuthorizations": [
            {
                "AliUid": int(view.owner_id),
                "BindInstance": view.cen_id,
                "BindProduct": CEN,
                "BindUid": int(view.cen_owner_id),
                "CreationTime": timestamps.to_milliseconds(view.created_at),
                "VpnConnectionId": view.instance_id,
            }
            for view in found.items
        ],
    }


def list_vswitches(
    context: operation.Context, request: ListGrantVSwitchesToCen
) -> catalogue.Answer:
    """List the vSwitches of a VPC that is granted to an own CEN."""
    rows = grants.granted_vswitches(
        context.work, context.scope, request.cen_id, request.vpc_id, request.zone_id
    )
    # No vSwitch here has IPv6 addresses.
    found = pages.cut([] if request.enabled_ipv6 else rows, paging.by_number(request))
    return {
        **paging.numbered(request, found.total),
        "VSwitches": [
            {
                "VSwitchId": row.id,
                "VSwitchName": row.name,
                "VpcId": row.vpc_id,
                "ZoneId": row.zone_id,
            }
            for row in found.items
        ],
    }


def list_interfaces(context: operation.Context, request: ListGrantVSwitchEnis) -> catalogue.Answer:
    """List network interfaces of a granted vSwitch; here none has any."""
    rows = grants.granted_vswitches(context.work, context.scope, request.cen_id, request.vpc_id)
    if request.v_switch_id not in {row.id for row in rows}:
        raise refusals.VSwitchNotFound(
            f"{request.vpc_id} has no vSwitch {request.v_switch_id!r}; list its vSwitches.",
            value=request.v_switch_id,
        )
    return {
        "MaxResults": request.max_results,
        "NextToken": "",
        "TotalCount": "0",
        "GrantVSwitchEnis": [],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DescribeVpnCrossAccountAuthorizations",
        product=catalogue.Product.VPC,
        request=DescribeVpnCrossAccountAuthorizations,
        handler=describe_authorizations,
        requires_region=True,
    ),
    operation.Operation(
        name="ListGrantVSwitchesToCen",
        product=catalogue.Product.CBN,
        request=ListGrantVSwitchesToCen,
        handler=list_vswitches,
        requires_region=True,
    ),
    operation.Operation(
        name="ListGrantVSwitchEnis",
        product=catalogue.Product.CBN,
        request=ListGrantVSwitchEnis,
        handler=list_interfaces,
    ),
)
