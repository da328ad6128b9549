"""Routes for those who watch the process: metrics, liveness, readiness.

Alive means that the process answers. Ready means that the database answers too. Whether nodes have
been heard of is told along, but a silent node does not make the API unready: it can still be
managed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import prometheus_client
from starlette import concurrency, requests, responses, routing


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHeard:
    """Whether a node's heartbeat is recent."""

    node_id: str
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What the database says; nodes are None when it does not answer."""

    database_error: str | None
    nodes: tuple[NodeHeard, ...] = ()


Ask = Callable[[], Readiness]


def routes(
    ask: Ask, registry: prometheus_client.CollectorRegistry, *, with_metrics: bool
) -> Sequence[routing.BaseRoute]:
    """Give the routes.

    Args:
        ask: Queries the database; called in a worker thread.
        registry: What `/metrics` shows.
        with_metrics: False on listeners that strangers reach, since metrics carry resource ids.
    """

    def healthz(_: requests.Request) -> responses.Response:
        return responses.JSONResponse({"status": "ok"})

    async def readyz(_: requests.Request) -> responses.Response:
        found = await concurrency.run_in_threadpool(ask)
        nodes = [{"node_id": node.node_id, "is_fresh": node.is_fresh} for node in found.nodes]
        if found.database_error is None:
            return responses.JSONResponse({"status": "ok", "nodes": nodes})
        answer = {"status": "unavailable", "database": found.database_error, "nodes": nodes}
        return responses.JSONResponse(answer, 503)

    def metrics(_: requests.Request) -> responses.Response:
        content = prometheus_client.generate_latest(registry)
        return responses.Response(content, media_type=prometheus_client.CONTENT_TYPE_LATEST)

    found: list[routing.BaseRoute] = [
        routing.Route("/healthz", healthz),
        routing.Route("/readyz", readyz),
    ]
    if with_metrics:
        found.append(routing.Route("/metrics", metrics))
    return found
