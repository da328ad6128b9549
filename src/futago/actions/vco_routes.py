"""Destination routes of a connection."""

from __future__ import annotations

from typing import Annotated

from futago.actions import catalogue, faults, fields, operation, paging, requests
from futago.domain import faults as domain_faults
from futago.domain import net
from futago.protocols.rpc import timestamps
from futago.services import bgp_routes, drafts, refusals, routing, views

CUSTOM = "custom"
BGP = "bgp"
OVERLAY = "Ipsec"
PUBLISHED = "published"
ACTIVE = "Active"
CLOUD = "CLOUD"
"""From the transit router; of destination routes the only source."""
VPN_BGP = "VPN_BGP"
"""From the data center."""


def _read_weight(text: str) -> int:
    if text not in {"0", "100"}:
        raise domain_faults.Invalid("the weight is 0 or 100")
    return int(text)


Weight = Annotated[
    int, fields.reads(_read_weight), requests.Vendor(invalid="VpnRouteEntry.InvalidWeight")
]
Destination = Annotated[fields.Prefix, requests.Vendor(invalid="IllegalParam.RouteDest")]


class Route(requests.Request):
    """A route as all changes name it."""

    vpn_connection_id: str
    route_dest: Destination
    next_hop: str
    weight: Weight
    overlay_mode: str = OVERLAY


class CreateVcoRouteEntry(Route, requests.Idempotent, requests.DryRunnable):
    """Parameters of CreateVcoRouteEntry."""

    description: fields.VpnDescription | None = None


class DeleteVcoRouteEntry(Route, requests.Idempotent):
    """Parameters of DeleteVcoRouteEntry."""


class ModifyVcoRouteEntryWeight(Route, requests.Idempotent):
    """Parameters of ModifyVcoRouteEntryWeight."""

    new_weight: Weight


class DescribeVcoRouteEntries(requests.Request, requests.Paged, requests.Idempotent):
    """Parameters of DescribeVcoRouteEntries."""

    vpn_connection_id: str
    route_entry_type: str = CUSTOM


class CheckVpnBgpEnabled(requests.Request, requests.Idempotent):
    """Parameters of CheckVpnBgpEnabled."""


def create(context: operation.Context, request: CreateVcoRouteEntry) -> catalogue.Answer:
    """Add a destination route."""
    _check(request)
    if request.route_dest == net.ANY or request.route_dest.overlaps(net.SHARED):
        raise faults.VendorFault(
            "IllegalParam.RouteDest",
            400,
            f"Parameter RouteDest with the value '{request.route_dest}' is not valid: routes to"
            f" 0.0.0.0/0 and to addresses of {net.SHARED} are refused. Name the peer's prefixes.",
            field="RouteDest",
        )
    view = routing.add_destination(
        context.work,
        context.scope,
        request.vpn_connection_id,
        drafts.DestinationDraft(
            prefix=request.route_dest, weight=request.weight, description=request.description
        ),
    )
    return {
        **_described(view),
        "Description": view.description,
        "OverlayMode": OVERLAY,
    }


def list_all(context: operation.Context, request: DescribeVcoRouteEntries) -> catalogue.Answer:
    """List destination routes, or the routes learned and announced by BGP."""
    if request.route_entry_type not in {CUSTOM, BGP}:
        raise faults.VendorFault(
            "IllegalParam.RouteEntryType",
            400,
            f"Parameter RouteEntryType with the value '{request.route_entry_type[:64]}' is not"
            " valid: routes are custom or bgp. Send one of the two.",
            field="RouteEntryType",
        )
    page = paging.by_number(request)
    is_bgp = request.route_entry_type == BGP
    scope, connection_id = context.scope, request.vpn_connection_id
    custom = routing.list_destinations(context.work, scope, connection_id, page)
    learned = bgp_routes.list_routes(
        context.work,
        scope,
        connection_id,
        bgp_routes.ACCEPTED if is_bgp else (),
        page,
    )
    entries = (
        [_of_bgp(connection_id, view) for view in learned.page.items]
        if is_bgp
        else [_of_destination(view) for view in custom.items]
    )
    return {
        **paging.numbered(request, learned.page.total if is_bgp else custom.total),
        "VcoRouteEntries": entries,
        "VpnRouteCounts": [
            _counted(custom.total, CUSTOM, CLOUD),
            _counted(learned.counts[bgp_routes.Group.LEARNED], BGP, VPN_BGP),
            _counted(learned.counts[bgp_routes.Group.ANNOUNCED], BGP, CLOUD),
        ],
    }


def _of_destination(view: views.DestinationView) -> dict[str, catalogue.JSON]:
    return {
        **_described(view),
        "NextHopTunnelIdList": list(view.next_hop_tunnel_ids),
        "RouteEntryType": CUSTOM,
        "Source": CLOUD,
        "AsPath": "",
        "Community": "",
    }


def _of_bgp(connection_id: str, view: views.BgpRouteView) -> dict[str, catalogue.JSON]:
    is_learned = view.group is bgp_routes.Group.LEARNED
    return {
        "VpnConnectionId": connection_id,
        "RouteDest": str(view.prefix),
        "NextHop": connection_id if is_learned else "",
        # What is announced leads to the transit router, not into a tunnel.
        "NextHopTunnelIdList": list(view.tunnel_ids) if is_learned else [],
        "Weight": 0,
        "State": ACTIVE,
        "CreateTime": timestamps.to_milliseconds(view.since),
        "RouteEntryType": BGP,
        "Source": VPN_BGP if is_learned else CLOUD,
        "AsPath": f"[{', '.join(map(str, view.as_path))}]",
        "Community": ",".join(view.communities),
    }


def _counted(number: int, kind: str, source: str) -> dict[str, catalogue.JSON]:
    return {"RouteCount": number, "RouteEntryType": kind, "Source": source}


def modify_weight(
    context: operation.Context, request: ModifyVcoRouteEntryWeight
) -> catalogue.Answer:
    """Change the weight of a route."""
    _check(request)
    _require_route(context, request)
    routing.modify_weight(
        context.work,
        context.scope,
        request.vpn_connection_id,
        request.route_dest,
        request.new_weight,
    )
    return {}


def delete(context: operation.Context, request: DeleteVcoRouteEntry) -> catalogue.Answer:
    """Remove a route, found by prefix and weight."""
    _check(request)
    routing.remove_destination(
        context.work,
        context.scope,
        request.vpn_connection_id,
        request.route_dest,
        request.weight,
    )
    return {}


def check_bgp(_context: operation.Context, _request: CheckVpnBgpEnabled) -> catalogue.Answer:
    """Say that connections of the region can have BGP."""
    return {"BgpEnabled": True}


def _check(request: Route) -> None:
    if request.next_hop != request.vpn_connection_id:
        raise faults.VendorFault(
            "InvalidNextHop.NotFound",
            400,
            f"Parameter NextHop with the value '{request.next_hop[:64]}' is not valid: the next"
            " hop of a destination route is the connection itself. Send the VpnConnectionId.",
            field="NextHop",
        )
    if request.overlay_mode != OVERLAY:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter OverlayMode with the value '{request.overlay_mode[:64]}' is not valid:"
            f" tunnels are IPsec. Send {OVERLAY} or leave it out.",
            field="OverlayMode",
        )


def _require_route(context: operation.Context, request: Route) -> None:
    found = routing.list_destinations(context.work, context.scope, request.vpn_connection_id)
    key = (request.route_dest, request.weight)
    if key not in {(view.prefix, view.weight) for view in found.items}:
        raise refusals.DestinationNotFound(
            f"{request.vpn_connection_id} has no destination route to {request.route_dest} with"
            f" weight {request.weight}; list them with DescribeVcoRouteEntries."
        )


def _described(view: views.DestinationView) -> dict[str, catalogue.JSON]:
    return {
        "VpnConnectionId": view.connection_id,
        "RouteDest": str(view.prefix),
        "NextHop": view.connection_id,
        "Weight": view.weight,
        # The vendor's only word for a static route: handed over to the transit router.
        "State": PUBLISHED,
        "CreateTime": timestamps.to_milliseconds(view.created_at),
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateVcoRouteEntry",
        product=catalogue.Product.VPC,
        request=CreateVcoRouteEntry,
        handler=create,
        mutating=True,
        asynchronous=True,
        requires_region=True,
        quota="destinations-per-connection",
        codes={"Quota": ("QuotaExceeded.VpnRouteEntry", 400)},
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="DescribeVcoRouteEntries",
        product=catalogue.Product.VPC,
        request=DescribeVcoRouteEntries,
        handler=list_all,
        requires_region=True,
    ),
    operation.Operation(
        name="ModifyVcoRouteEntryWeight",
        product=catalogue.Product.VPC,
        request=ModifyVcoRouteEntryWeight,
        handler=modify_weight,
        mutating=True,
        asynchronous=True,
        requires_region=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="DeleteVcoRouteEntry",
        product=catalogue.Product.VPC,
        request=DeleteVcoRouteEntry,
        handler=delete,
        mutating=True,
        asynchronous=True,
        requires_region=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="CheckVpnBgpEnabled",
        product=catalogue.Product.VPC,
        request=CheckVpnBgpEnabled,
        handler=check_bgp,
        requires_region=True,
    ),
)
