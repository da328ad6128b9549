"""DescribeOverview: how many connections are well, and which tunnels are not.

One question in place of a page for each ten connections, for whoever looks at an installation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from futago.actions import catalogue, operation, requests, states
from futago.domain import health as domain_health
from futago.protocols.rpc import timestamps
from futago.services import connections, filters, health, pages, views

MOST_PROBLEMS: Final = 100
Health = domain_health.Health


class DescribeOverview(requests.Request):
    """DescribeOverview takes no parameters but the region."""


def describe(context: operation.Context, _request: DescribeOverview) -> catalogue.Answer:
    """Count connections by their tunnels that are up, and list tunnels that are not."""
    found = connections.list_connections(
        context.work, context.scope, filters.ConnectionFilter(), pages.ALL
    )
    counts = [health.state_of(view).health for view in found.items]
    # Whoever has no tunnel left comes first.
    ill = sorted(
        ((_tunnels_up(view), view) for view in found.items if not _is_up(view)),
        key=lambda each: each[0],
    )
    problems = [problem for up, view in ill for problem in _problems(view, up)]
    return {
        "Connections": found.total,
        "Up": counts.count(Health.UP),
        "Degraded": counts.count(Health.DEGRADED),
        "Down": counts.count(Health.DOWN),
        "Unknown": counts.count(Health.UNKNOWN),
        "Problems": problems[:MOST_PROBLEMS],
    }


def _is_up(view: views.ConnectionView) -> bool:
    return health.state_of(view).health is Health.UP


def _tunnels_up(view: views.ConnectionView) -> int:
    return sum(_tunnel(each) is Health.UP for each in view.tunnels)


def _tunnel(view: views.TunnelView) -> Health:
    return domain_health.of_tunnel(view.proven).health


def _problems(view: views.ConnectionView, up: int) -> Iterator[dict[str, catalogue.JSON]]:
    for tunnel in view.tunnels:
        state = _tunnel(tunnel)
        if state is Health.UP:
            continue
        failure = tunnel.facts.failure
        yield {
            "VpnConnectionId": view.connection.id,
            "Name": view.connection.name,
            "TunnelId": tunnel.tunnel.id,
            "TunnelIndex": int(tunnel.tunnel.index),
            "TunnelsUp": up,
            "Status": states.write_sa_status(domain_health.sa_status(tunnel.proven)),
            "Health": state.value,
            "FailedReasonCode": states.write_failure(failure.code) if failure else "",
            "FailedTime": timestamps.to_milliseconds(failure.at) if failure else 0,
        }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DescribeOverview",
        product=catalogue.Product.FUTAGO,
        request=DescribeOverview,
        handler=describe,
    ),
)
