"""Leaving devices out of a routing configuration without touching anything else. Pure.

Carrier says that nothing can be sent. A device that can send but shall not be used is left out as
next hop, and its BGP session is closed, so that the peer stops using it too.
"""

from __future__ import annotations

from dataclasses import replace

from futago.domain import forwarding


def without(config: forwarding.RoutingConfig, devices: frozenset[str]) -> forwarding.RoutingConfig:
    """Give the configuration that does not use devices; a route's only next hops stay.

    No next hop at all would mean a blackhole, and of a route that leads by no other device it
    would make one.
    """
    if not devices:
        return config
    return replace(
        config,
        sources=tuple(
            replace(source, routes=tuple(_route(route, devices) for route in source.routes))
            for source in config.sources
        ),
        sessions=tuple(session for session in config.sessions if session.device not in devices),
    )


def _route(route: forwarding.StaticRoute, devices: frozenset[str]) -> forwarding.StaticRoute:
    left = tuple(hop for hop in route.next_hops if hop.device not in devices)
    return replace(route, next_hops=left) if left else route
