"""RekeyTunnel, ResetTunnel and ListTunnelTasks: what operators do to one tunnel, and its outcome.

A call writes down what shall be done and answers at once; the node does it once, whatever is
restarted meanwhile. RevealTunnelPsk shows one key, and the audit says to whom.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from futago.actions import catalogue, faults, fields, operation, paging, permissions, requests
from futago.actions import tunnels as tunnel_actions
from futago.domain import faults as domain_faults
from futago.domain import policy, tasks
from futago.protocols.rpc import timestamps
from futago.services import connections, views
from futago.services import tasks as services

_FUTAGO = catalogue.Product.FUTAGO
_SHOWN = tuple(each for each in tasks.TaskKind if each is not tasks.TaskKind.CAPTURE)


class OfTunnel(requests.Request):
    """Parameters of RevealTunnelPsk."""

    vpn_connection_id: str
    tunnel_id: str


class ResetTunnel(OfTunnel, requests.Idempotent):
    """Parameters of ResetTunnel."""


class RekeyTunnel(OfTunnel, requests.Idempotent):
    """Parameters of RekeyTunnel."""

    include_ike: requests.Flag = False


def _read_kind(text: str) -> tasks.TaskKind:
    for kind in _SHOWN:
        if kind.value == text:
            return kind
    raise domain_faults.Invalid(f"it is one of {', '.join(_SHOWN)}")


class ListTunnelTasks(requests.Request, requests.Tokened):
    """Parameters of ListTunnelTasks."""

    vpn_connection_id: str
    tunnel_id: str | None = None
    kind: Annotated[tasks.TaskKind | None, fields.reads(_read_kind)] = None


def rekey(context: operation.Context, request: RekeyTunnel) -> catalogue.Answer:
    """Renew the child SA of a tunnel now, and the IKE SA too if IncludeIke says so."""
    kind = tasks.TaskKind.REKEY_IKE if request.include_ike else tasks.TaskKind.REKEY_CHILD
    return _asked(_ask(context, request, kind))


def reset(context: operation.Context, request: ResetTunnel) -> catalogue.Answer:
    """Close all SAs of a tunnel and negotiate anew; tells what that does to traffic."""
    view = connections.describe_connection(context.work, context.scope, request.vpn_connection_id)
    effect, text = _effect(view, tunnel_actions.find(view, request.tunnel_id))
    asked = _asked(_ask(context, request, tasks.TaskKind.RESET))
    return {**asked, "Effect": effect, "EffectText": text}


def list_tasks(context: operation.Context, request: ListTunnelTasks) -> catalogue.Answer:
    """List what was asked of the tunnels of a connection in 30 days, newest first."""
    found = services.list_tasks(
        context.work,
        context.scope,
        (request.vpn_connection_id, request.tunnel_id),
        _SHOWN if request.kind is None else (request.kind,),
        paging.by_token(request),
    )
    return {
        **paging.tokened(request, found.items, found.total),
        "VpnConnectionId": request.vpn_connection_id,
        "Tasks": [shown(view) for view in found.items],
    }


def reveal(context: operation.Context, request: OfTunnel) -> catalogue.Answer:
    """Show the pre-shared key of one tunnel; the audit keeps who saw it."""
    region_id, connection_id = context.region.id, request.vpn_connection_id
    if not permissions.shows_keys(context.principal, region_id, connection_id):
        raise permissions.denied(
            permissions.SHOWS_KEYS,
            f"acs:vpc:{region_id}:{context.principal.account_id}:vpnconnection/{connection_id}",
            context.principal,
            policy.Decision.DENIED,
        )
    view = connections.describe_connection(
        context.work, context.scope, request.vpn_connection_id, reveal=True
    )
    psk = tunnel_actions.find(view, request.tunnel_id).psk
    if psk is None:
        raise faults.VendorFault(
            "InternalError", 500, f"The key of {request.tunnel_id} is missing in the store."
        )
    return {
        "VpnConnectionId": view.connection.id,
        "TunnelId": request.tunnel_id,
        "Psk": psk.reveal(),
    }


def shown(view: services.TaskView) -> dict[str, catalogue.JSON]:
    """Write a task."""
    return {
        "TaskId": view.task_id,
        "TunnelId": view.tunnel_id,
        "Kind": view.kind.value,
        "State": view.state.value,
        "RequestedBy": view.requested_by,
        "RequestTime": moment(view.requested_at),
        "StartTime": moment(view.started_at),
        "FinishTime": moment(view.finished_at),
        "Code": view.code or "",
        "Message": view.message or "",
        **({"Ping": _ping(view)} if view.ping else {}),
    }


def moment(at: datetime | None) -> int:
    """Write a time in milliseconds; 0 is never."""
    return timestamps.to_milliseconds(at) if at else 0


def _ping(view: services.TaskView) -> dict[str, catalogue.JSON]:
    asked, found = view.ping, view.pinged
    return {
        "Source": str(asked.source) if asked else "",
        "Target": str(asked.target) if asked else "",
        "Sent": found.sent if found else 0,
        "Answered": found.answered if found else 0,
        "LossPercent": found.loss_percent if found else None,
        "RoundTripMilliseconds": found.rtt_ms if found else None,
    }


def _ask(
    context: operation.Context, request: RekeyTunnel | ResetTunnel, kind: tasks.TaskKind
) -> services.TaskView:
    tunnel = (request.vpn_connection_id, request.tunnel_id)
    wish = services.Wish(kind=kind)
    return services.request(context.work, context.scope, tunnel, wish, context.principal.user_name)


def _asked(view: services.TaskView) -> dict[str, catalogue.JSON]:
    return {
        "VpnConnectionId": view.connection_id,
        "TunnelId": view.tunnel_id,
        "TaskId": view.task_id,
        "State": view.state.value,
    }


def _effect(view: views.ConnectionView, tunnel: views.TunnelView) -> tuple[str, str]:
    if not tunnel.facts.child_installed:
        return "None", "The tunnel carries nothing now; it negotiates anew."
    (partner,) = (each for each in view.tunnels if each is not tunnel)
    if partner.facts.child_installed:
        text = (
            f"Tunnel {partner.tunnel.id} takes the traffic over before this one is closed. What"
            " the peer itself still sends into this one is lost until it is up again."
        )
        return "PartnerCarries", text
    text = f"Tunnel {partner.tunnel.id} is not up: nothing passes until this one is up again."
    return "Outage", text


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="RekeyTunnel",
        product=_FUTAGO,
        request=RekeyTunnel,
        handler=rekey,
        mutating=True,
        asynchronous=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="ResetTunnel",
        product=_FUTAGO,
        request=ResetTunnel,
        handler=reset,
        mutating=True,
        asynchronous=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="ListTunnelTasks", product=_FUTAGO, request=ListTunnelTasks, handler=list_tasks
    ),
    operation.Operation(
        name="RevealTunnelPsk",
        product=_FUTAGO,
        request=OfTunnel,
        handler=reveal,
        reveals_secrets=True,
    ),
)
