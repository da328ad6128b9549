"""Routes for those who watch the process."""

from __future__ import annotations

import httpx
import prometheus_client
from starlette import applications

from futago.runtime import metrics

READY = metrics.Readiness(
    database_error=None, nodes=(metrics.NodeHeard(node_id="node-1", is_fresh=False),)
)


def client(ready: metrics.Readiness, *, with_metrics: bool = True) -> httpx.AsyncClient:
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.Counter("futago_example", "An example.", registry=registry).inc()
    routes = metrics.routes(lambda: ready, registry, with_metrics=with_metrics)
    transport = httpx.ASGITransport(applications.Starlette(routes=list(routes)))
    return httpx.AsyncClient(transport=transport, base_url="http://futago")


async def test_a_silent_node_is_told_and_does_not_make_the_api_unready() -> None:
    async with client(READY) as asking:
        answer = await asking.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["nodes"] == [{"node_id": "node-1", "is_fresh": False}]


async def test_a_database_that_does_not_answer_makes_it_unready_but_alive() -> None:
    async with client(metrics.Readiness(database_error="Store.Unavailable")) as asking:
        ready = await asking.get("/readyz")
        alive = await asking.get("/healthz")
    assert ready.status_code == 503
    assert ready.json()["database"] == "Store.Unavailable"
    assert alive.status_code == 200


async def test_metrics_are_served_only_where_asked_for() -> None:
    async with client(READY) as asking:
        assert "futago_example_total 1.0" in (await asking.get("/metrics")).text
    async with client(READY, with_metrics=False) as asking:
        assert (await asking.get("/metrics")).status_code == 404
