"""What is measured of mails, beside the attempts that the sender counts: what waits, and since when."""

from collections.abc import Iterable
from typing import Final

from services.notifications.store.deliveries import Deliveries
from shared.clock import Clock
from shared.telemetry.metrics import Figure, Metrics, Sample, samples

_WAITING: Final = Figure(name="mails_waiting", meaning="Mails that wait to be sent, or to be sent again.")
_RETRYING: Final = Figure(name="mails_retrying", meaning="Of these, mails that could not be sent before.")
_OLDEST: Final = Figure(
    name="mails_oldest_age_seconds", meaning="Age of the oldest mail that could have gone and has not; 0: none."
)
_HELD: Final = Figure(name="mails_held", meaning="Mails for people who cannot be reached, kept until they can.")
_UNKNOWN: Final = Figure(name="mails_unknown", meaning="Mails of which nobody knows whether they went.")


def measure_mails(metrics: Metrics, deliveries: Deliveries, clock: Clock) -> None:
    """Tell in the metrics what waits. The ledger tells it, so it is told also while nobody sends."""

    async def look() -> Iterable[Sample]:
        now = clock()
        queue = await deliveries.queue(now)
        age = max(0.0, (now - queue.oldest).total_seconds()) if queue.oldest else 0.0
        return samples(
            {
                _WAITING: queue.waiting,
                _RETRYING: queue.retrying,
                _OLDEST: age,
                _HELD: queue.held,
                _UNKNOWN: queue.unknown,
            }
        )

    metrics.look_up((_WAITING, _RETRYING, _OLDEST, _HELD, _UNKNOWN), look)
