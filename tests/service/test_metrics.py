"""What /metrics shows, and the page that explains it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
import sqlalchemy as sa

from futago.api import metrics, store_metrics, traffic
from futago.plan import observation

ROOT = Path(__file__).parents[2]


def value(
    registry: prometheus_client.CollectorRegistry, metric: str, **labels: str
) -> float | None:
    return registry.get_sample_value(metric, labels)


@pytest.fixture
def registry(database: Any) -> prometheus_client.CollectorRegistry:
    made = prometheus_client.CollectorRegistry()
    made.register(store_metrics.StoreMetrics(database))
    return made


def test_every_metric_is_explained(
    registry: prometheus_client.CollectorRegistry, memory: Any
) -> None:
    registry.register(traffic.TrafficBoard(memory))
    metrics.CallMetrics(registry)
    counters = {True: "_total", False: ""}
    shown = {each.name + counters[each.type == "counter"] for each in registry.collect()}
    page = (ROOT / "docs/reference/metrics.md").read_text()
    assert shown == set(re.findall(r"^\| `(futago_\w+)`", page, re.MULTILINE))


def test_states_of_tunnels_sessions_and_nodes(
    attached: Any, clock: Any, registry: prometheus_client.CollectorRegistry
) -> None:
    first, second = attached.tunnel_ids
    attached.node.see(first, ike=True, children=1)
    attached.node.hear(
        observation.BgpObservation(
            tunnel_id=first, state=observation.BgpState.ESTABLISHED, imported=7, refused=2
        )
    )
    attached.node._apply()
    clock.advance(12)
    labels = {"connection_id": attached.connection_id, "tunnel_id": first}
    assert value(registry, "futago_tunnel_up", **labels) == 1
    assert value(registry, "futago_tunnel_ike_sa_age_seconds", **labels) == 12
    assert value(registry, "futago_bgp_session_up", **labels) == 1
    assert value(registry, "futago_bgp_prefixes", **labels, kind="taken") == 7
    assert value(registry, "futago_tunnel_up", **{**labels, "tunnel_id": second}) == 0
    connection = {"connection_id": attached.connection_id}
    assert value(registry, "futago_connection_health", **connection) == 1
    assert value(registry, "futago_node_heartbeat_age_seconds", node_id="node-1") == 12
    assert value(registry, "futago_events_total", name="tunnel_up") == 1


def test_a_scrape_only_reads_and_says_when_the_store_is_silent(
    attached: Any, database: Any, registry: prometheus_client.CollectorRegistry
) -> None:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement.split(maxsplit=1)[0])

    sa.event.listen(database.engine, "before_cursor_execute", note)
    assert value(registry, "futago_store_up") == 1
    sa.event.remove(database.engine, "before_cursor_execute", note)
    assert set(said) <= {"SELECT", "BEGIN"}
    with database.begin() as unit:
        unit.session.execute(sa.text("DROP TABLE webhook"))
    assert value(registry, "futago_store_up") == 0


def test_webhooks_are_counted(cloud: Any, registry: prometheus_client.CollectorRegistry) -> None:
    made = cloud.call("CreateWebhook", Url="https://example.com/")["WebhookId"]
    assert value(registry, "futago_webhook_healthy", webhook_id=made) == 1
    labels = {"webhook_id": made, "result": "failed"}
    assert value(registry, "futago_webhook_deliveries_total", **labels) == 0
