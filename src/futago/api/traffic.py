"""The last counters that nodes reported, and tunnel states, as metrics.

Counters are kept in memory only: after a restart they are there again with the next heartbeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from futago.messages import codec
from futago.plan import observation

_LABELS = ("connection_id", "tunnel_id")


class TrafficBoard(Collector):
    """Collects tunnels of all nodes for `/metrics`."""

    def __init__(self) -> None:
        self._traffic: dict[str, codec.DeviceTraffic] = {}
        self._tunnels: dict[str, tuple[str, observation.TunnelObservation]] = {}

    def accept(self, report: codec.NodeReport) -> None:
        """Take over what a node reported."""
        if report.traffic:
            self._traffic = {seen.tunnel_id: seen for seen in report.traffic}
        for seen in report.observations:
            if seen.kind != "connection":
                continue
            gone = [t for t, (owner, _) in self._tunnels.items() if owner == seen.resource_id]
            for tunnel_id in gone:
                del self._tunnels[tunnel_id]
            for tunnel in seen.tunnels:
                self._tunnels[tunnel.tunnel_id] = (seen.resource_id, tunnel)

    def collect(self) -> Iterator[Metric]:
        """Give all families."""
        yield from self._counters()
        yield from self._probes()
        yield self._states()

    def _counters(self) -> Iterable[Metric]:
        families = {
            "received_bytes": CounterMetricFamily(
                "futago_tunnel_received_bytes", "Bytes out of the tunnel.", labels=_LABELS
            ),
            "sent_bytes": CounterMetricFamily(
                "futago_tunnel_sent_bytes", "Bytes into the tunnel.", labels=_LABELS
            ),
            "received_packets": CounterMetricFamily(
                "futago_tunnel_received_packets", "Packets out of the tunnel.", labels=_LABELS
            ),
            "sent_packets": CounterMetricFamily(
                "futago_tunnel_sent_packets", "Packets into the tunnel.", labels=_LABELS
            ),
        }
        for seen in list(self._traffic.values()):
            labels = (seen.connection_id, seen.tunnel_id)
            families["received_bytes"].add_metric(labels, seen.received_bytes)
            families["sent_bytes"].add_metric(labels, seen.sent_bytes)
            families["received_packets"].add_metric(labels, seen.received_packets)
            families["sent_packets"].add_metric(labels, seen.sent_packets)
        return families.values()

    def _probes(self) -> Iterable[Metric]:
        round_trip = GaugeMetricFamily(
            "futago_tunnel_round_trip_seconds",
            "Mean round trip of the last probes inside the tunnel; absent: unknown.",
            labels=_LABELS,
        )
        loss = GaugeMetricFamily(
            "futago_tunnel_probe_loss",
            "Share of the last probes without an answer, 0 to 1; absent: unknown.",
            labels=_LABELS,
        )
        passing = GaugeMetricFamily(
            "futago_tunnel_passing",
            "1 while the tunnel passes packets, 0 while it does not; absent: unknown.",
            labels=_LABELS,
        )
        for seen in list(self._traffic.values()):
            labels = (seen.connection_id, seen.tunnel_id)
            if seen.rtt_ms is not None:
                round_trip.add_metric(labels, seen.rtt_ms / 1000)
            if seen.loss is not None:
                loss.add_metric(labels, seen.loss)
            if seen.is_passing is not None:
                passing.add_metric(labels, float(seen.is_passing))
        return round_trip, loss, passing

    def _states(self) -> Metric:
        family = GaugeMetricFamily(
            "futago_tunnel_child_sas", "Installed child SAs; absent: unknown.", labels=_LABELS
        )
        for connection_id, tunnel in list(self._tunnels.values()):
            if tunnel.children_installed is not None:
                family.add_metric((connection_id, tunnel.tunnel_id), tunnel.children_installed)
        return family
