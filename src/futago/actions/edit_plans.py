"""PlanConnectionEdit, PlanTunnelEdit and DescribeTunnelKeys: what edits would do, and what holds.

The plans take the parameters of ModifyVpnAttachmentAttribute and ModifyTunnelAttribute and answer
with what these would do to each tunnel and to its traffic. They are made by the function by which
the gateway acts.
"""

from __future__ import annotations

from futago.actions import (
    catalogue,
    connection_requests,
    connections,
    edit_answers,
    edit_requests,
    operation,
    tunnels,
)
from futago.domain import ids
from futago.protocols.rpc import timestamps
from futago.services import connections as services
from futago.services import drafts, tunnel_keys

_FUTAGO = catalogue.Product.FUTAGO


def plan_connection(
    context: operation.Context, request: connection_requests.ModifyVpnAttachmentAttribute
) -> catalogue.Answer:
    """Tell what a change of a connection would do to its tunnels and their traffic."""
    return edit_answers.write(
        edit_answers.plan(
            context,
            edit_answers.Edit(
                request.vpn_connection_id,
                connections.to_change(request),
                edit_requests.to_terms(request, context.region),
            ),
        )
    )


def plan_tunnel(
    context: operation.Context, request: connection_requests.ModifyTunnelAttribute
) -> catalogue.Answer:
    """Tell what a change of one tunnel would do to it and to its traffic."""
    wanted = tunnels.to_change(context, request)
    return edit_answers.write(
        edit_answers.plan(
            context,
            edit_answers.Edit(
                request.vpn_connection_id,
                drafts.ConnectionPatch(tunnels={ids.TunnelId(request.tunnel_id): wanted}),
                edit_requests.to_terms(request, context.region),
            ),
        )
    )


def describe_keys(
    context: operation.Context, request: connection_requests.OneConnection
) -> catalogue.Answer:
    """Show which pre-shared keys of a connection count at present; never a key."""
    view = services.describe_connection(context.work, context.scope, request.vpn_connection_id)
    return {
        "VpnConnectionId": request.vpn_connection_id,
        "Tunnels": [_keys(each) for each in tunnel_keys.of(view, context.scope.now)],
    }


def _keys(view: tunnel_keys.KeyView) -> dict[str, catalogue.JSON]:
    return {
        "TunnelId": view.tunnel_id,
        "KeyVersion": view.version,
        "LoadedKeyVersion": view.loaded_version or 0,
        "PreviousKeyVersion": view.previous_version or 0,
        "PreviousKeyAcceptedUntil": timestamps.to_seconds_text(view.accepted_until)
        if view.accepted_until
        else "",
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="PlanConnectionEdit",
        product=_FUTAGO,
        request=connection_requests.ModifyVpnAttachmentAttribute,
        handler=plan_connection,
    ),
    operation.Operation(
        name="PlanTunnelEdit",
        product=_FUTAGO,
        request=connection_requests.ModifyTunnelAttribute,
        handler=plan_tunnel,
    ),
    operation.Operation(
        name="DescribeTunnelKeys",
        product=_FUTAGO,
        request=connection_requests.OneConnection,
        handler=describe_keys,
    ),
)
