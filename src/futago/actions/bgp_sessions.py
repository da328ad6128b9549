"""DescribeBgpSessions and ListBgpRoutes: BGP of a connection as operators need it.

The vendor shows whether a session is up and which routes are in use. These actions of our own also
say why not: conditions with both values and a remedy, and the routes of a peer that are refused.
"""

from __future__ import annotations

from typing import Annotated

from futago.actions import catalogue, fields, operation, paging, requests, states
from futago.domain import faults as domain_faults
from futago.plan import bgp_conditions
from futago.protocols.rpc import timestamps
from futago.services import bgp_routes, bgp_sessions, views


class DescribeBgpSessions(requests.Request):
    """Parameters of DescribeBgpSessions."""

    vpn_connection_id: str


def _read_group(text: str) -> bgp_routes.Group:
    try:
        return bgp_routes.Group(text)
    except ValueError as exc:
        raise domain_faults.Invalid(f"it is one of {', '.join(bgp_routes.Group)}") from exc


class ListBgpRoutes(requests.Request, requests.Tokened):
    """Parameters of ListBgpRoutes."""

    vpn_connection_id: str
    group: Annotated[
        bgp_routes.Group | None,
        fields.reads(_read_group),
        requests.Vendor(invalid="IllegalParam.Group"),
    ] = None


def describe(context: operation.Context, request: DescribeBgpSessions) -> catalogue.Answer:
    """Show the BGP sessions of a connection, and what is wrong with them and their routes."""
    found = bgp_sessions.describe(context.work, context.scope, request.vpn_connection_id)
    return {
        "VpnConnectionId": found.connection_id,
        "PrefixLimit": found.import_limit,
        "Sessions": [_session(each) for each in found.sessions],
        "Conditions": [_condition(each) for each in found.conditions],
    }


def list_routes(context: operation.Context, request: ListBgpRoutes) -> catalogue.Answer:
    """List what a connection learned, refused and announces by BGP."""
    groups = tuple(bgp_routes.Group) if request.group is None else (request.group,)
    found = bgp_routes.list_routes(
        context.work, context.scope, request.vpn_connection_id, groups, paging.by_token(request)
    )
    return {
        **paging.tokened(request, found.page.items, found.page.total),
        "VpnConnectionId": request.vpn_connection_id,
        "Counts": {group.value.capitalize(): found.counts[group] for group in bgp_routes.Group},
        "Routes": [_route(view) for view in found.page.items],
    }


def _session(report: bgp_sessions.SessionReport) -> dict[str, catalogue.JSON]:
    tunnel = report.tunnel
    values = tunnel.bgp
    facts = values.facts if values else None
    if values is None:
        return {"TunnelId": tunnel.tunnel.id}
    return {
        "TunnelId": tunnel.tunnel.id,
        "TunnelCidr": str(values.cidr.network),
        "LocalAsn": values.local_asn,
        "LocalBgpIp": str(values.local_address),
        "PeerAsn": values.peer_asn,
        "PeerBgpIp": str(values.peer_address),
        "BgpStatus": states.write_bgp_status(values.status),
        "State": facts.state.value if facts else "",
        "Since": timestamps.to_milliseconds(facts.since) if facts and facts.since else 0,
        "BfdState": facts.bfd.value if facts else "",
        "LastError": (facts.last_error or "") if facts else "",
        "Learned": facts.imported if facts else 0,
        "Refused": facts.refused if facts else 0,
        "Announced": facts.announced if facts else 0,
        "Conditions": [_condition(report.condition)] if report.condition else [],
    }


def _condition(value: bgp_conditions.Condition) -> dict[str, catalogue.JSON]:
    return {
        "Code": value.code.value,
        "Severity": states.write_severity(value.severity),
        "Message": value.message,
        "Remedy": value.remedy,
        "Evidence": value.evidence,
        "Local": value.ours,
        "Remote": value.theirs,
    }


def _route(view: views.BgpRouteView) -> dict[str, catalogue.JSON]:
    return {
        "Prefix": str(view.prefix),
        "Group": view.group.value,
        "TunnelIds": list(view.tunnel_ids),
        "AsPath": list(view.as_path),
        "Communities": list(view.communities),
        "Origin": view.origin,
        **({} if view.med is None else {"Med": view.med}),
        "Refusal": view.refusal or "",
        "Since": timestamps.to_milliseconds(view.since),
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DescribeBgpSessions",
        product=catalogue.Product.FUTAGO,
        request=DescribeBgpSessions,
        handler=describe,
    ),
    operation.Operation(
        name="ListBgpRoutes",
        product=catalogue.Product.FUTAGO,
        request=ListBgpRoutes,
        handler=list_routes,
    ),
)
