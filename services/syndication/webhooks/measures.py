"""What is measured of webhooks: what this process does, and what waits, which the database tells whoever delivers."""

from collections.abc import Iterable
from typing import Final

from services.syndication.webhooks.domain.attempt import Outcome
from services.syndication.webhooks.domain.endpoint import State
from services.syndication.webhooks.store import Hooks
from shared.clock import Clock
from shared.telemetry.metrics import Figure, Metrics, Sample

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0)

_WAITING: Final = Figure(name="webhook_waiting", meaning="Events that wait for an active endpoint.")
_OLDEST: Final = Figure(
    name="webhook_oldest_age_seconds", meaning="Since when the oldest of them waits; 0 when none does."
)
_ENDPOINTS: Final = Figure(name="webhook_endpoints", meaning="Endpoints, by their state.", labels=("state",))
_FAILING: Final = Figure(
    name="webhook_endpoints_failing", meaning="Active endpoints that an attempt failed at, and none has arrived since."
)


class Measures:
    """What the deliverer of this process does."""

    def __init__(self, metrics: Metrics) -> None:
        self._attempts = metrics.counter("webhook_attempts", "Attempts to deliver, by what they came to.", ("outcome",))
        self._duration = metrics.histogram(
            "webhook_attempt_duration_seconds", "How long an attempt took.", ("outcome",), buckets=_SECONDS
        )
        self._lanes = metrics.gauge("webhook_lanes", "Endpoints that this process delivers to just now.")

    def attempted(self, outcome: Outcome, seconds: float) -> None:
        self._attempts.labels(outcome=outcome.value).inc()
        self._duration.labels(outcome=outcome.value).observe(seconds)

    def lanes(self, count: int) -> None:
        self._lanes.set(count)


def measure_waiting(metrics: Metrics, hooks: Hooks, clock: Clock) -> None:
    """Tell in the metrics what waits; of paused and disabled endpoints it may wait for long, and is not counted."""

    async def look() -> Iterable[Sample]:
        now = clock()
        active = [endpoint_id for endpoint_id, _ in await hooks.endpoints.active(now)]
        waiting = (await hooks.deliveries.waiting(active)).values()
        oldest = min((since for _, since in waiting), default=now)
        health = await hooks.endpoints.health()
        return (
            Sample(figure=_WAITING, value=sum(count for count, _ in waiting)),
            Sample(figure=_OLDEST, value=max(0.0, (now - oldest).total_seconds())),
            *(Sample(figure=_ENDPOINTS, labels=(one.value,), value=health.states.get(one, 0)) for one in State),
            Sample(figure=_FAILING, value=health.failing),
        )

    metrics.look_up((_WAITING, _OLDEST, _ENDPOINTS, _FAILING), look)
