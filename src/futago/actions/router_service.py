"""The service of transit routers as a whole: it is open to every account, in all zones."""

from __future__ import annotations

from futago.actions import catalogue, faults, operation, requests
from futago.services import nodes

ENABLED = "true"


class ListTransitRouterAvailableResource(requests.Request):
    """Parameters of ListTransitRouterAvailableResource."""

    support_multicast: requests.Flag = False


class CheckTransitRouterService(requests.Request, requests.Idempotent):
    """Parameters of CheckTransitRouterService."""


class OpenTransitRouterService(requests.Request, requests.Idempotent):
    """Parameters of OpenTransitRouterService."""


def list_zones(
    context: operation.Context, request: ListTransitRouterAvailableResource
) -> catalogue.Answer:
    """List the zones in which a VPC can be attached."""
    zones: list[catalogue.JSON] = [] if request.support_multicast else [*nodes.zones(context.work)]
    return {
        "AvailableZones": zones,
        "MasterZones": zones,
        "SlaveZones": zones,
        "SupportMulticast": False,
    }


def check(context: operation.Context, request: CheckTransitRouterService) -> catalogue.Answer:
    """Say that the service is open."""
    del context, request
    return {"Enabled": ENABLED}


def open_service(context: operation.Context, request: OpenTransitRouterService) -> catalogue.Answer:
    """Say that nothing has to be opened, as the vendor does for the second order."""
    del context, request
    raise faults.VendorFault(
        "Order.Opened",
        400,
        "The call OpenTransitRouterService is not needed: transit routers are open to every"
        " account of an installation. Use them.",
    )


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ListTransitRouterAvailableResource",
        product=catalogue.Product.CBN,
        request=ListTransitRouterAvailableResource,
        handler=list_zones,
        requires_region=True,
    ),
    operation.Operation(
        name="CheckTransitRouterService",
        product=catalogue.Product.CBN,
        request=CheckTransitRouterService,
        handler=check,
    ),
    operation.Operation(
        name="OpenTransitRouterService",
        product=catalogue.Product.CBN,
        request=OpenTransitRouterService,
        handler=open_service,
        mutating=True,
        resource="OrderId",
    ),
)
