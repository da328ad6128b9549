"""Actions of the vendor that Futago knows and does not carry out.

Each is a row: a client that calls one learns that it exists, why it is refused and where the limits
are written down, instead of being told that its name is wrong. Nothing of such a call is read
besides its region and token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn

from futago.actions import catalogue, faults, operation, requests

LIMITS_PAGE: Final = "docs/limits.md"
READS: Final = ("Describe", "List", "Get")
_VPC: Final = catalogue.Product.VPC
_CBN: Final = catalogue.Product.CBN


class Refused(requests.Request):
    """Parameters of an action that is refused."""


class RefusedOnce(requests.Request, requests.Idempotent):
    """Parameters of an action that is refused and that takes a ClientToken."""


class Reason(StrEnum):
    """Why an action is refused, as the rest of a sentence."""

    VPN_GATEWAYS = (
        "there are no VPN gateways; create the connection with CreateVpnAttachment and attach it"
        " to a transit router"
    )
    ROUTE_MAPS = "routes are not filtered by policies; use several route tables instead"
    PREFIX_LISTS = "there are no prefix lists; name the prefixes themselves"
    FLOW_LOGS = "flows are not recorded; traffic counters are in the metrics"
    AGGREGATION = "routes are not aggregated; add a route entry for the larger prefix"
    CHILD_ROUTES = (
        "a CEN is used through its transit routers; attach, associate and propagate instead"
    )
    PEERS = "an installation has one region, so that no other one can be attached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A group of actions that are refused for one reason."""

    product: catalogue.Product
    reason: Reason
    resource: str
    """Parameter that names what is meant, for the audit."""
    once: tuple[str, ...] = ()
    """Actions with a ClientToken."""
    plain: tuple[str, ...] = ()


REFUSALS: Final = (
    Refusal(
        product=_VPC,
        reason=Reason.VPN_GATEWAYS,
        resource="VpnConnectionId",
        once=("ModifyVpnConnectionAttribute", "DeleteVpnConnection"),
    ),
    Refusal(
        product=_VPC,
        reason=Reason.VPN_GATEWAYS,
        resource="VpnGatewayId",
        once=("CreateVpnConnection", "CreateVpnRouteEntry", "PublishVpnRouteEntry"),
    ),
    Refusal(
        product=_VPC,
        reason=Reason.PREFIX_LISTS,
        resource="PrefixListId",
        once=("CreateVpcPrefixList", "ModifyVpcPrefixList", "DeleteVpcPrefixList"),
        plain=("GetVpcPrefixListEntries", "GetVpcPrefixListAssociations"),
    ),
    Refusal(
        product=_CBN,
        reason=Reason.ROUTE_MAPS,
        resource="CenId",
        plain=("CreateCenRouteMap", "ModifyCenRouteMap", "DeleteCenRouteMap"),
    ),
    Refusal(
        product=_CBN,
        reason=Reason.PREFIX_LISTS,
        resource="PrefixListId",
        once=(
            "CreateTransitRouterPrefixListAssociation",
            "DeleteTransitRouterPrefixListAssociation",
        ),
    ),
    Refusal(
        product=_CBN,
        reason=Reason.FLOW_LOGS,
        resource="FlowLogId",
        once=(
            "CreateFlowlog",
            "ModifyFlowLogAttribute",
            "ActiveFlowLog",
            "DeactiveFlowLog",
            "DeleteFlowlog",
        ),
    ),
    Refusal(
        product=_CBN,
        reason=Reason.AGGREGATION,
        resource="TransitRouteTableId",
        once=(
            "CreateTransitRouteTableAggregation",
            "ModifyTransitRouteTableAggregation",
            "RefreshTransitRouteTableAggregation",
            "DeleteTransitRouteTableAggregation",
        ),
    ),
    Refusal(
        product=_CBN,
        reason=Reason.CHILD_ROUTES,
        resource="CenId",
        plain=(
            "PublishRouteEntries",
            "WithdrawPublishedRouteEntries",
            "DescribePublishedRouteEntries",
            "DescribeRouteConflict",
            "DescribeCenChildInstanceRouteEntries",
            "DescribeCenRegionDomainRouteEntries",
            "DescribeChildInstanceRegions",
            "DescribeCenAttachedChildInstances",
            "DescribeCenAttachedChildInstanceAttribute",
            "AttachCenChildInstance",
            "DetachCenChildInstance",
        ),
    ),
    Refusal(
        product=_CBN,
        reason=Reason.PEERS,
        resource="TransitRouterAttachmentId",
        once=(
            "CreateTransitRouterPeerAttachment",
            "UpdateTransitRouterPeerAttachmentAttribute",
            "DeleteTransitRouterPeerAttachment",
        ),
    ),
)


def code_of(name: str) -> str:
    """Give the code that a refused action answers."""
    return f"OperationUnsupported.{name}"


def _refuse(name: str, reason: Reason) -> Callable[[operation.Context, requests.Request], NoReturn]:
    def handle(_context: operation.Context, _request: requests.Request) -> NoReturn:
        raise faults.VendorFault(
            code_of(name),
            400,
            f"Action {name} is not supported: {reason.value}. See {LIMITS_PAGE}.",
        )

    return handle


def _operation(
    refusal: Refusal, name: str, request: type[requests.Request]
) -> operation.AnyOperation:
    mutating = not name.startswith(READS)
    return operation.Operation(
        name=name,
        product=refusal.product,
        request=request,
        handler=_refuse(name, refusal.reason),
        mutating=mutating,
        resource=refusal.resource if mutating else None,
        codes={"Unsupported": (code_of(name), 400)},
        support=catalogue.Support.REFUSED,
        title=f"Refused: {refusal.reason.value}.",
    )


ACTIONS: tuple[operation.AnyOperation, ...] = tuple(
    _operation(refusal, name, request)
    for refusal in REFUSALS
    for names, request in ((refusal.once, RefusedOnce), (refusal.plain, Refused))
    for name in names
)
