"""What the store knows, as metrics: states, BGP, nodes, events and webhooks.

Read at each scrape, in one transaction that only reads, so that every process of the API shows the
same. The cost grows with the number of tunnels; writers do not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from futago.domain import faults, health, status
from futago.services import health as health_service
from futago.services import measures, views
from futago.store import unit_of_work

_TUNNEL: Final = ("connection_id", "tunnel_id")
_LEVELS: Final = {health.Health.UP: 2, health.Health.DEGRADED: 1, health.Health.DOWN: 0}
_UP: Final = {health.Health.UP, health.Health.DEGRADED}


class StoreMetrics(Collector):
    """Collects what the store knows for `/metrics`."""

    def __init__(self, database: unit_of_work.Database) -> None:
        self._database = database

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance: registering must not read the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Give all families; none but the first while the store does not answer."""
        answers = GaugeMetricFamily("futago_store_up", "1 while the store answers, 0 otherwise.")
        try:
            with self._database.read() as work:
                found = measures.read(work)
        except faults.Fault:
            answers.add_metric((), 0)
            yield answers
            return
        answers.add_metric((), 1)
        yield answers
        yield _connections(found)
        yield from _tunnels(found)
        yield from _sessions(found)
        yield _nodes(found)
        yield _events(found)
        yield from _webhooks(found)


def _connections(found: measures.Measured) -> Metric:
    family = GaugeMetricFamily(
        "futago_connection_health",
        "2 while both tunnels carry traffic, 1 degraded, 0 down; absent: unknown.",
        labels=("connection_id",),
    )
    for view in found.connections:
        level = _LEVELS.get(health_service.state_of(view).health)
        if level is not None:
            family.add_metric((view.connection.id,), level)
    return family


def _tunnels(found: measures.Measured) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "futago_tunnel_up",
        "1 while the tunnel is proven to be up, 0 while it is down; absent: unknown.",
        labels=_TUNNEL,
    )
    for view, tunnel in _each(found):
        state = health.of_tunnel(tunnel.proven).health
        if state is not health.Health.UNKNOWN:
            up.add_metric((view.connection.id, tunnel.tunnel.id), float(state in _UP))
    yield up
    for name, phase, read in _AGES:
        ages = GaugeMetricFamily(
            f"futago_tunnel_{name}_age_seconds",
            f"How long the tunnel has had {phase} without a break; absent: it has none.",
            labels=_TUNNEL,
        )
        for view, tunnel in _each(found):
            since = read(tunnel.proven).since
            if since is not None and read(tunnel.proven).value is health.Value.UP:
                ages.add_metric((view.connection.id, tunnel.tunnel.id), _age(since, found.at))
        yield ages


_Read = Callable[[health.TunnelFacts], health.Fact]
_AGES: Final[Sequence[tuple[str, str, _Read]]] = (
    ("ike_sa", "an IKE SA", lambda facts: facts.ike),
    ("child_sa", "a child SA", lambda facts: facts.child),
)


def _sessions(found: measures.Measured) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "futago_bgp_session_up",
        "1 while the BGP session is established, 0 while it is not; absent: off or unknown.",
        labels=_TUNNEL,
    )
    prefixes = GaugeMetricFamily(
        "futago_bgp_prefixes",
        "Prefixes of an established session: taken from the peer, refused, announced to it.",
        labels=(*_TUNNEL, "kind"),
    )
    for view, tunnel in _each(found):
        session = tunnel.bgp
        if session is None or session.status is status.SessionStatus.UNKNOWN:
            continue
        labels = (view.connection.id, tunnel.tunnel.id)
        is_up = session.status is status.SessionStatus.ESTABLISHED
        up.add_metric(labels, float(is_up))
        if is_up and session.facts is not None:
            prefixes.add_metric((*labels, "taken"), session.facts.imported)
            prefixes.add_metric((*labels, "refused"), session.facts.refused)
            prefixes.add_metric((*labels, "announced"), session.facts.announced)
    yield up
    yield prefixes


def _nodes(found: measures.Measured) -> Metric:
    family = GaugeMetricFamily(
        "futago_node_heartbeat_age_seconds",
        "Since when the node was not heard of.",
        labels=("node_id",),
    )
    for node_id, heard_at in found.heard.items():
        if heard_at is not None:
            family.add_metric((node_id,), _age(heard_at, found.at))
    return family


def _events(found: measures.Measured) -> Metric:
    family = CounterMetricFamily("futago_events", "Events told, by name.", labels=("name",))
    for name, count in found.events.items():
        family.add_metric((name,), count)
    return family


def _webhooks(found: measures.Measured) -> Iterator[Metric]:
    attempts = CounterMetricFamily(
        "futago_webhook_deliveries",
        "Attempts to deliver an event, by what came of them.",
        labels=("webhook_id", "result"),
    )
    healthy = GaugeMetricFamily(
        "futago_webhook_healthy",
        "1 while the webhook is enabled and the last attempt succeeded, 0 otherwise.",
        labels=("webhook_id",),
    )
    for each in found.webhooks:
        attempts.add_metric((each.webhook_id, "delivered"), each.delivered)
        attempts.add_metric((each.webhook_id, "failed"), each.failed)
        healthy.add_metric((each.webhook_id,), float(each.is_healthy))
    yield attempts
    yield healthy


def _each(found: measures.Measured) -> Iterator[tuple[views.ConnectionView, views.TunnelView]]:
    return ((view, tunnel) for view in found.connections for tunnel in view.tunnels)


def _age(since: datetime, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds())
