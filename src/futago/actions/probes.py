"""Probes inside tunnels: SetProbeTarget, ClearProbeTarget and DescribeProbes."""

from __future__ import annotations

from datetime import datetime

from futago.actions import catalogue, fields, operation, requests
from futago.domain import probing
from futago.protocols.rpc import timestamps
from futago.services import probes

_FUTAGO = catalogue.Product.FUTAGO


class OfConnection(requests.Request):
    """Parameters of DescribeProbes."""

    vpn_connection_id: str


class OfTunnel(OfConnection):
    """Parameters of ClearProbeTarget."""

    tunnel_id: str


class SetProbeTarget(OfTunnel):
    """Parameters of SetProbeTarget."""

    target: fields.Address
    source: fields.Address = probing.DEFAULT_SOURCE


def set_target(context: operation.Context, request: SetProbeTarget) -> catalogue.Answer:
    """Set the address inside the data center by which a tunnel is probed."""
    wanted = probing.ProbeTarget(target=request.target, source=request.source)
    tunnel = (request.vpn_connection_id, request.tunnel_id)
    probes.set_target(context.work, context.scope, tunnel, wanted)
    return {}


def clear_target(context: operation.Context, request: OfTunnel) -> catalogue.Answer:
    """Stop probing a tunnel by an address of its own; a BGP peer is probed from then on."""
    tunnel = (request.vpn_connection_id, request.tunnel_id)
    probes.set_target(context.work, context.scope, tunnel, None)
    return {}


def describe(context: operation.Context, request: OfConnection) -> catalogue.Answer:
    """Show how both tunnels of a connection are probed and what was found."""
    found = probes.describe(context.work, context.scope, request.vpn_connection_id)
    return {"Probes": [_probe(view) for view in found]}


def _probe(view: probes.ProbeView) -> dict[str, catalogue.JSON]:
    facts, configured = view.facts, view.configured
    target = configured.target if configured else facts.target if facts else None
    return {
        "TunnelId": view.tunnel_id,
        "IsConfigured": configured is not None,
        "Target": str(target) if target else "",
        "Source": str(configured.source) if configured else "",
        "Verdict": facts.verdict.value if facts else "unknown",
        "RoundTripMilliseconds": facts.rtt_ms if facts else None,
        "Loss": facts.loss if facts else None,
        "LastAnswerTime": _time(facts.at if facts else None),
        "LastInboundTime": _time(facts.last_inbound_at if facts else None),
    }


def _time(at: datetime | None) -> str:
    return timestamps.to_seconds_text(at) if at else ""


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="SetProbeTarget",
        product=_FUTAGO,
        request=SetProbeTarget,
        handler=set_target,
        mutating=True,
        asynchronous=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="ClearProbeTarget",
        product=_FUTAGO,
        request=OfTunnel,
        handler=clear_target,
        mutating=True,
        asynchronous=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="DescribeProbes", product=_FUTAGO, request=OfConnection, handler=describe
    ),
)
