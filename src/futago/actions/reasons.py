"""ListTunnelReasons: why tunnels failed, with both sides' values and what to do about it.

DiagnoseVpnConnections tells of the present in the vendor's form. This action of our own also tells
of the last thirty days, and names phase, setting, remedy and how often it was seen.
"""

from __future__ import annotations

from futago.actions import catalogue, operation, paging, requests, states
from futago.plan import remedies
from futago.protocols.rpc import timestamps
from futago.services import reasons


class ListTunnelReasons(requests.Request, requests.Tokened):
    """Parameters of ListTunnelReasons."""

    vpn_connection_id: str
    tunnel_id: str | None = None


def list_reasons(context: operation.Context, request: ListTunnelReasons) -> catalogue.Answer:
    """List the reasons of the last 30 days, newest first; `ClearedAt` is 0 while one holds."""
    found = reasons.history(
        context.work,
        context.scope,
        request.vpn_connection_id,
        request.tunnel_id,
        paging.by_token(request),
    )
    return {
        **paging.tokened(request, found.items, found.total),
        "VpnConnectionId": request.vpn_connection_id,
        "Reasons": [_reason(view) for view in found.items],
    }


def _reason(view: reasons.ReasonView) -> dict[str, catalogue.JSON]:
    failure = view.failure
    words = remedies.of(failure.code)
    return {
        "TunnelId": view.tunnel_id,
        "Code": states.write_failure(failure.code),
        "Meaning": words.meaning,
        "Remedy": words.remedy,
        "Phase": failure.phase.value,
        "Setting": failure.setting.value if failure.setting else "",
        "Ours": failure.ours,
        "Theirs": failure.theirs,
        "Severity": states.write_severity(failure.severity),
        "FirstSeen": timestamps.to_milliseconds(failure.since),
        "LastSeen": timestamps.to_milliseconds(failure.at),
        "Count": failure.count,
        "Evidence": failure.evidence,
        "ClearedAt": timestamps.to_milliseconds(view.cleared_at) if view.cleared_at else 0,
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ListTunnelReasons",
        product=catalogue.Product.FUTAGO,
        request=ListTunnelReasons,
        handler=list_reasons,
        requires_region=True,
    ),
)
