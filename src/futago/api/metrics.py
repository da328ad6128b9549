"""What the RPC face counts. Labels come from the catalogue, so their number is bounded."""

from __future__ import annotations

import prometheus_client

BUCKETS_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class CallMetrics:
    """Latency by action and answers by code."""

    def __init__(self, registry: prometheus_client.CollectorRegistry) -> None:
        self._duration = prometheus_client.Histogram(
            "futago_api_request_duration_seconds",
            "Time from the last byte of a call to its answer.",
            ["action"],
            buckets=BUCKETS_SECONDS,
            registry=registry,
        )
        self._answers = prometheus_client.Counter(
            "futago_api_requests",
            "Calls answered.",
            ["action", "code"],
            registry=registry,
        )

    def observe(self, action: str, code: str, seconds: float) -> None:
        """Count one answered call."""
        self._duration.labels(action).observe(seconds)
        self._answers.labels(action, code).inc()
