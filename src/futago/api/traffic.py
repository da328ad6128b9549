"""The last counters that nodes reported, and tunnel states, as metrics.

They are kept where all processes of the API find them, so that it does not matter which of them a
node reports to and which one is asked. After a restart they are there again with the next
heartbeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import TypeAdapter

from futago.messages import codec
from futago.plan import observation
from futago.store import shared_memory

_LABELS = ("connection_id", "tunnel_id")
_TRAFFIC: Final = TypeAdapter(tuple[codec.DeviceTraffic, ...])
_TUNNELS: Final = TypeAdapter(tuple[observation.TunnelObservation, ...])


class TrafficBoard(Collector):
    """Collects tunnels of all nodes for `/metrics`."""

    def __init__(self, memory: shared_memory.SharedMemory) -> None:
        self._memory = memory

    def accept(self, report: codec.NodeReport) -> None:
        """Take over what a node reported."""
        if report.traffic:
            content = _TRAFFIC.dump_json(report.traffic)
            self._memory.change("REPLACE INTO node_traffic VALUES (?, ?)", report.node_id, content)
        for seen in report.observations:
            if seen.kind == "connection":
                content = _TUNNELS.dump_json(seen.tunnels)
                statement = "REPLACE INTO connection_tunnels VALUES (?, ?)"
                self._memory.change(statement, seen.resource_id, content)

    def _traffic(self) -> list[codec.DeviceTraffic]:
        found = self._memory.ask("SELECT content FROM node_traffic ORDER BY node_id")
        return [seen for (content,) in found for seen in _TRAFFIC.validate_json(content)]

    def collect(self) -> Iterator[Metric]:
        """Give all families."""
        traffic = self._traffic()
        yield from _counters(traffic)
        yield from _probes(traffic)
        yield self._states()

    def _states(self) -> Metric:
        family = GaugeMetricFamily(
            "futago_tunnel_child_sas", "Installed child SAs; absent: unknown.", labels=_LABELS
        )
        for connection_id, content in self._memory.ask("SELECT * FROM connection_tunnels"):
            for tunnel in _TUNNELS.validate_json(content):
                if tunnel.children_installed is not None:
                    labels = (connection_id, tunnel.tunnel_id)
                    family.add_metric(labels, tunnel.children_installed)
        return family


def _counters(traffic: list[codec.DeviceTraffic]) -> Iterable[Metric]:
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
        "rekeys": CounterMetricFamily(
            "futago_tunnel_rekeys", "Child SAs that took over from another.", labels=_LABELS
        ),
    }
    for seen in traffic:
        labels = (seen.connection_id, seen.tunnel_id)
        families["received_bytes"].add_metric(labels, seen.received_bytes)
        families["sent_bytes"].add_metric(labels, seen.sent_bytes)
        families["received_packets"].add_metric(labels, seen.received_packets)
        families["sent_packets"].add_metric(labels, seen.sent_packets)
        families["rekeys"].add_metric(labels, seen.rekeys)
    return families.values()


def _probes(traffic: list[codec.DeviceTraffic]) -> Iterable[Metric]:
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
    for seen in traffic:
        labels = (seen.connection_id, seen.tunnel_id)
        if seen.rtt_ms is not None:
            round_trip.add_metric(labels, seen.rtt_ms / 1000)
        if seen.loss is not None:
            loss.add_metric(labels, seen.loss)
        if seen.is_passing is not None:
            passing.add_metric(labels, float(seen.is_passing))
    return round_trip, loss, passing
