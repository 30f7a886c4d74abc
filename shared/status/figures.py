"""A service's status as metrics: the same look, so that a page, an alert and ``python -m shared.doctor`` agree."""

from collections.abc import Iterator
from typing import Final

from shared.status.look import Look
from shared.status.shapes import DurableStatus, ServiceStatus
from shared.telemetry.metrics import Figure, Metrics, Sample

DEPENDENCY_UP: Final = Figure(
    name="dependency_up", meaning="1 while what the service stands on answers it, else 0.", labels=("dependency",)
)
DURABLE_MISSING: Final = Figure(
    name="durable_missing", meaning="1 while the service's place in a family of events is gone.", labels=("durable",)
)
DURABLE_WAITING: Final = Figure(name="durable_waiting", meaning="Events not delivered yet.", labels=("durable",))
DURABLE_UNACKNOWLEDGED: Final = Figure(
    name="durable_unacknowledged", meaning="Events delivered and not done.", labels=("durable",)
)
DURABLE_REDELIVERED: Final = Figure(
    name="durable_redelivered", meaning="Of these, events that were delivered before.", labels=("durable",)
)
DURABLE_OLDEST: Final = Figure(
    name="durable_oldest_age_seconds",
    meaning="Age of the oldest event that is not done; 0 when there is none.",
    labels=("durable",),
)
OUTBOX_WAITING: Final = Figure(name="outbox_waiting", meaning="Events that were said and are not on the bus yet.")
OUTBOX_OLDEST: Final = Figure(
    name="outbox_oldest_age_seconds",
    meaning="Age of the oldest of these; 0 when there is none.",
)
DEAD_LETTERS: Final = Figure(name="dead_letters", meaning="Events that the service could not handle.")

_FIGURES: Final = (
    DEPENDENCY_UP,
    DURABLE_MISSING,
    DURABLE_WAITING,
    DURABLE_UNACKNOWLEDGED,
    DURABLE_REDELIVERED,
    DURABLE_OLDEST,
    OUTBOX_WAITING,
    OUTBOX_OLDEST,
    DEAD_LETTERS,
)


def measure_status(metrics: Metrics, look: Look) -> None:
    """Tell the status of a service in its metrics. What cannot be known just now has no value."""

    async def read() -> list[Sample]:
        return list(_of(await look()))

    metrics.look_up(_FIGURES, read)


def _of(status: ServiceStatus) -> Iterator[Sample]:
    yield Sample(figure=DEPENDENCY_UP, labels=("mongodb",), value=float(status.answers.mongodb))
    yield Sample(figure=DEPENDENCY_UP, labels=("nats",), value=float(status.answers.nats))
    for durable in status.durables:
        yield from _of_durable(durable)
    if status.outbox is not None:
        yield Sample(figure=OUTBOX_WAITING, value=status.outbox.waiting)
        yield Sample(figure=OUTBOX_OLDEST, value=status.outbox.oldest_seconds or 0.0)
    if status.dead_letters is not None:
        yield Sample(figure=DEAD_LETTERS, value=status.dead_letters.count)


def _of_durable(durable: DurableStatus) -> Iterator[Sample]:
    name = (durable.name,)
    yield Sample(figure=DURABLE_MISSING, labels=name, value=float(durable.missing))
    if not durable.missing:
        yield Sample(figure=DURABLE_WAITING, labels=name, value=durable.waiting)
        yield Sample(figure=DURABLE_UNACKNOWLEDGED, labels=name, value=durable.in_hand)
        yield Sample(figure=DURABLE_REDELIVERED, labels=name, value=durable.redelivered)
        yield Sample(figure=DURABLE_OLDEST, labels=name, value=durable.oldest_seconds or 0.0)
