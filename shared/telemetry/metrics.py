"""Prometheus metrics of one service: its own registry, because several services may share a process.

Labels are bounded (route templates, status classes, names of consumers), never an id or anything a caller sends.
"""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

# Seconds. A request should take single-digit milliseconds; the upper end shows a database in trouble.
DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

PREFIX = "practice_exchange"


class Metrics:
    """The metrics of one service. Every name is given without the prefix ``practice_exchange_``."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        self.gauge("service", "Always 1; its label names the service.", ("service",)).labels(service).set(1)
        self._requests = self.histogram(
            "http_request_duration_seconds",
            "Time from the arrival of a request to the last byte of its answer.",
            ("method", "route", "status"),
        )

    def counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        """Return a new counter; the exposition adds ``_total`` to its name."""
        return Counter(f"{PREFIX}_{name}", meaning, labels, registry=self.registry)

    def gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", meaning, labels, registry=self.registry)

    def histogram(
        self, name: str, meaning: str, labels: Sequence[str] = (), buckets: Sequence[float] = DURATION_BUCKETS
    ) -> Histogram:
        """Return a new histogram, of seconds unless ``buckets`` says otherwise."""
        return Histogram(f"{PREFIX}_{name}", meaning, labels, buckets=buckets, registry=self.registry)

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read when the metrics are asked for; ``read`` must not block."""
        self.gauge(name, meaning).set_function(read)

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request under its route template (``/cases/{id}``) and status class (``2xx``)."""
        self._requests.labels(method, route, f"{status // 100}xx").observe(seconds)

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics as text and their media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
