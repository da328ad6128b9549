"""DescribeOverview: how many connections are well, and which tunnels are not.

One question in place of a page for each ten connections, for whoever looks at an installation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from futago.actions import catalogue, operation, requests, states
from futago.protocols.rpc import timestamps
from futago.services import connections, filters, pages, views

MOST_PROBLEMS: Final = 100


class DescribeOverview(requests.Request):
    """DescribeOverview takes no parameters but the region."""


def describe(context: operation.Context, _request: DescribeOverview) -> catalogue.Answer:
    """Count connections by their tunnels that are up, and list tunnels that are not."""
    found = connections.list_connections(
        context.work, context.scope, filters.ConnectionFilter(), pages.ALL
    )
    counts = [_tunnels_up(view) for view in found.items]
    # Whoever has no tunnel left comes first.
    ill = sorted(
        ((up, view) for up, view in zip(counts, found.items, strict=True) if up < 2),
        key=lambda each: each[0],
    )
    problems = [problem for up, view in ill for problem in _problems(view, up)]
    return {
        "Connections": found.total,
        "Up": counts.count(2),
        "Degraded": counts.count(1),
        "Down": counts.count(0),
        "Problems": problems[:MOST_PROBLEMS],
    }


def _tunnels_up(view: views.ConnectionView) -> int:
    return sum(states.sa_status(each.facts) is states.SaStatus.CHILD_SA for each in view.tunnels)


def _problems(view: views.ConnectionView, up: int) -> Iterator[dict[str, catalogue.JSON]]:
    for tunnel in view.tunnels:
        reached = states.sa_status(tunnel.facts)
        if reached is states.SaStatus.CHILD_SA:
            continue
        failure = tunnel.facts.failure
        yield {
            "VpnConnectionId": view.connection.id,
            "Name": view.connection.name,
            "TunnelId": tunnel.tunnel.id,
            "TunnelIndex": int(tunnel.tunnel.index),
            "TunnelsUp": up,
            "Status": states.write_sa_status(reached),
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
