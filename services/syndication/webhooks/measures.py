"""What is measured of webhooks."""

from collections.abc import Collection
from datetime import datetime

from services.syndication.webhooks.domain.attempt import Outcome
from services.syndication.webhooks.store import Deliveries
from shared.telemetry.metrics import Metrics

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0)


class Measures:
    def __init__(self, metrics: Metrics) -> None:
        self._attempts = metrics.counter("webhook_attempts", "Attempts to deliver, by what they came to", ("outcome",))
        self._duration = metrics.histogram(
            "webhook_attempt_duration_seconds", "How long an attempt took", ("outcome",), buckets=_SECONDS
        )
        self._waiting = metrics.gauge("webhook_waiting", "Events that wait for an active endpoint")
        self._oldest = metrics.gauge("webhook_oldest_age_seconds", "Since when the oldest of them waits")
        self._lanes = metrics.gauge("webhook_lanes", "Endpoints that this process delivers to just now")

    def attempted(self, outcome: Outcome, seconds: float) -> None:
        self._attempts.labels(outcome=outcome.value).inc()
        self._duration.labels(outcome=outcome.value).observe(seconds)

    def lanes(self, count: int) -> None:
        self._lanes.set(count)

    async def look(self, deliveries: Deliveries, active: Collection[str], now: datetime) -> None:
        """Count what waits; of paused and disabled endpoints it may wait for long, and tells nothing."""
        waiting = (await deliveries.waiting(active)).values()
        self._waiting.set(sum(count for count, _ in waiting))
        oldest = min((since for _, since in waiting), default=now)
        self._oldest.set(max(0.0, (now - oldest).total_seconds()))
