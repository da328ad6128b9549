"""ListNodes: gateway hosts, the zones that they offer, and how full their pools are.

For whoever runs the installation: only the first account may ask.
"""

from __future__ import annotations

from futago.actions import catalogue, operation, requests
from futago.protocols.rpc import timestamps
from futago.services import accounts, nodes


class ListNodes(requests.Request):
    """ListNodes takes no parameters but the region."""


def list_all(context: operation.Context, _request: ListNodes) -> catalogue.Answer:
    """List gateway hosts with zones and pools; only for the first account."""
    accounts.require_first(context.work, context.scope.account_id)
    return {"Nodes": [_node(each) for each in nodes.overview(context.work, context.scope.now)]}


def _node(view: nodes.NodeView) -> dict[str, catalogue.JSON]:
    heard = view.heard_at
    return {
        "NodeId": view.id,
        "Driver": view.driver,
        "RegisteredTime": timestamps.to_milliseconds(view.registered_at),
        "LastHeardTime": timestamps.to_milliseconds(heard) if heard else 0,
        "IsHeard": view.is_fresh,
        "Zones": [_zone(each) for each in view.zones],
    }


def _zone(view: nodes.ZoneView) -> dict[str, catalogue.JSON]:
    return {
        "ZoneId": view.id,
        "Tunnels": view.tunnels,
        "PublicPools": [_pool(each) for each in view.public_pools],
        "PrivatePools": [_pool(each) for each in view.private_pools],
    }


def _pool(view: nodes.PoolView) -> dict[str, catalogue.JSON]:
    return {
        "CidrBlock": str(view.prefix),
        "Addresses": view.prefix.num_addresses,
        "Used": view.used,
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ListNodes",
        product=catalogue.Product.FUTAGO,
        request=ListNodes,
        handler=list_all,
    ),
)
