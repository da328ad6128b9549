"""DiagnoseVpnConnections: why tunnels do not come up, from the failures that nodes reported.

Where no failure explains it, and a tunnel is not known to pass packets, the verdict names the cause
of its health instead: that nobody speaks for the tunnel is no lack of exceptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from futago.actions import catalogue, faults, operation, paging, requests, states, tunnel_answers
from futago.domain import health, status
from futago.plan import bgp_conditions, causes, failures, remedies
from futago.protocols.rpc import timestamps
from futago.services import bgp_sessions, connections, filters, pages, views

OVERLAP = "TrafficSelectorOverlap"
_SILENT: Final = frozenset({health.CauseCode.NODE_SILENT, health.CauseCode.NOT_REPORTED})
_DOUBTS: Final = _SILENT | {
    health.CauseCode.DAEMON_SILENT,
    health.CauseCode.NO_PROOF,
    health.CauseCode.UNANSWERED,
    health.CauseCode.PROBES_LOST,
}
"""Causes that no failure of a negotiation goes along with."""


class DiagnoseVpnConnections(requests.Request, requests.Paged):
    """Parameters of DiagnoseVpnConnections."""

    tunnel_ids: tuple[str, ...] = ()
    vpn_connection_ids: tuple[str, ...] = ()
    vpn_gateway_id: str | None = None


def diagnose(context: operation.Context, request: DiagnoseVpnConnections) -> catalogue.Answer:
    """Give one verdict for each tunnel that is asked for."""
    if request.vpn_gateway_id is not None:
        raise _refuse("VpnGatewayId", request.vpn_gateway_id, "VPN gateways are not supported")
    if not request.tunnel_ids and not request.vpn_connection_ids:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            "Parameter TunnelIds is missing: a diagnosis looks at tunnels. Send tunnel ids, or"
            " VpnConnectionIds for all tunnels of connections.",
            field="TunnelIds",
        )
    verdicts = [
        _verdict(context, view, tunnel)
        for view in _connections(context, request)
        for tunnel in view.tunnels
        if not request.tunnel_ids or tunnel.tunnel.id in request.tunnel_ids
    ]
    _require_all_found(request, verdicts)
    page = pages.cut(verdicts, paging.by_number(request))
    return {**paging.numbered(request, page.total), "VpnConnections": list(page.items)}


def _connections(
    context: operation.Context, request: DiagnoseVpnConnections
) -> Iterator[views.ConnectionView]:
    if request.vpn_connection_ids:
        for connection_id in dict.fromkeys(request.vpn_connection_ids):
            yield connections.describe_connection(context.work, context.scope, connection_id)
        return
    found = connections.list_connections(
        context.work, context.scope, filters.ConnectionFilter(), pages.ALL
    )
    yield from found.items


def _require_all_found(
    request: DiagnoseVpnConnections, verdicts: list[dict[str, catalogue.JSON]]
) -> None:
    found = {verdict["TunnelId"] for verdict in verdicts}
    for tunnel_id in request.tunnel_ids:
        if tunnel_id not in found:
            raise _refuse("TunnelIds", tunnel_id, "no tunnel of this account has the id")


def _refuse(name: str, value: str, rule: str) -> faults.VendorFault:
    return faults.VendorFault(
        "InvalidParameter",
        400,
        f"Parameter {name} with the value '{value[:64]}' is not valid: {rule}."
        " Send ids from DescribeVpnConnection.",
        field=name,
    )


def _verdict(
    context: operation.Context, view: views.ConnectionView, tunnel: views.TunnelView
) -> dict[str, catalogue.JSON]:
    named: dict[str, catalogue.JSON] = {
        "TunnelId": tunnel.tunnel.id,
        "VpnConnectionId": view.connection.id,
        **tunnel_answers.conditions(tunnel),
    }
    doubt = _doubt(view, tunnel)
    if doubt is not None and doubt.cause in _SILENT:
        # What the node said last describes another moment.
        return {**named, **_doubtful(doubt)}
    failure = tunnel.facts.failure
    is_down = failure is not None and failure.severity is failures.Severity.CRITICAL
    condition = None if is_down else bgp_sessions.of_tunnel(context.work, tunnel)
    if condition is not None:
        return {**named, **_session_verdict(tunnel, condition)}
    if failure is None and doubt is not None:
        return {**named, **_doubtful(doubt)}
    if failure is None and view.connection.selector_overlap is not None:
        return {**named, **_overlap_verdict(*view.connection.selector_overlap)}
    return {**named, **(_nothing_found() if failure is None else _failure_verdict(failure))}


def _nothing_found() -> dict[str, catalogue.JSON]:
    return {
        "FailedReasonCode": "NoExceptionFound",
        "FailedReason": remedies.NOTHING_FOUND.meaning,
        "FailedTime": 0,
        "MismatchLocalParam": "",
        "MismatchRemoteParam": "",
        "Severity": "Normal",
        "SourceLog": "",
    }


def _failure_verdict(failure: failures.Failure) -> dict[str, catalogue.JSON]:
    return {
        "FailedReasonCode": states.write_failure(failure.code),
        "FailedReason": states.explain_failure(failure.code),
        "FailedTime": timestamps.to_milliseconds(failure.at),
        "MismatchLocalParam": failure.ours,
        "MismatchRemoteParam": failure.theirs,
        "Severity": states.write_severity(failure.severity),
        "SourceLog": failure.evidence,
    }


def _doubt(view: views.ConnectionView, tunnel: views.TunnelView) -> health.Fact | None:
    """Give the fact for which a tunnel is not known to pass packets; None where failures tell."""
    if view.state is status.ConnectionState.INIT:
        return None
    blamed = health.of_tunnel(tunnel.proven).blamed
    return next((fact for fact in blamed if fact.cause in _DOUBTS), None)


def _doubtful(fact: health.Fact) -> dict[str, catalogue.JSON]:
    if fact.cause is None:
        raise ValueError(f"{fact.name} is well")
    words = causes.of(fact.cause)
    is_down = fact.value is health.Value.DOWN
    severity = failures.Severity.CRITICAL if is_down else failures.Severity.WARNING
    return {
        "FailedReasonCode": fact.cause.value,
        "FailedReason": f"{words.meaning} {words.remedy}",
        "FailedTime": timestamps.to_milliseconds(fact.since) if fact.since else 0,
        "MismatchLocalParam": "",
        "MismatchRemoteParam": "",
        "Severity": states.write_severity(severity),
        "SourceLog": fact.detail,
    }


def _overlap_verdict(local: IPv4Network, remote: IPv4Network) -> dict[str, catalogue.JSON]:
    """Warn of a protected data flow whose sides share addresses; nothing of it has failed."""
    return {
        "FailedReasonCode": OVERLAP,
        "FailedReason": (
            f"{local} on the local side and {remote} on the remote side share addresses, so hosts"
            " in both are reached on one side only: that of the longer prefix in the route table."
            " Name prefixes that do not overlap, or renumber one side."
        ),
        "FailedTime": 0,
        "MismatchLocalParam": str(local),
        "MismatchRemoteParam": str(remote),
        "Severity": states.write_severity(failures.Severity.WARNING),
        "SourceLog": "",
    }


def _session_verdict(
    tunnel: views.TunnelView, condition: bgp_conditions.Condition
) -> dict[str, catalogue.JSON]:
    """Speak of BGP once the tunnel below it is well."""
    facts = tunnel.bgp.facts if tunnel.bgp else None
    return {
        "FailedReasonCode": condition.code.value,
        "FailedReason": f"{condition.message} {condition.remedy}",
        "FailedTime": timestamps.to_milliseconds(facts.since) if facts and facts.since else 0,
        "MismatchLocalParam": condition.ours,
        "MismatchRemoteParam": condition.theirs,
        "Severity": states.write_severity(condition.severity),
        "SourceLog": condition.evidence,
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DiagnoseVpnConnections",
        product=catalogue.Product.VPC,
        request=DiagnoseVpnConnections,
        handler=diagnose,
        requires_region=True,
        methods=operation.POST_ONLY,
    ),
)
