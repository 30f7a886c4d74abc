"""Prometheus metrics of one service: its own registry, because several services may share a process.

Labels are bounded (route templates, status classes, names of consumers), never an id or anything a caller sends. What
is counted costs a request next to nothing; what has to be looked up (how much waits, and since when) is looked up when
the metrics are asked for, for all who ask within ``KEPT_SECONDS`` at once. docs/operations/metrics.md lists every name.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from shared.release import RELEASE
from shared.telemetry.spans import Spans

# Seconds. A request should take single-digit milliseconds; the upper end shows a database in trouble.
DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

PREFIX = "practice_exchange"
KEPT_SECONDS = 5.0  # whoever asks more often is told what was found before: nobody can load the database by asking
LONGEST_SECONDS = 4.0  # Prometheus waits for ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A gauge that is looked up when it is asked for."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a figure came to; ``labels`` are the values, in the order of the figure's names."""

    figure: Figure
    value: float
    labels: tuple[str, ...] = ()


Read = Callable[[], Awaitable[Iterable[Sample]]]


class Metrics:
    """The metrics of one service. Every name is given without the prefix ``practice_exchange_``.

    ``spans`` is where what is measured step by step goes beside them, if anywhere.
    """

    def __init__(self, service: str) -> None:
        self.spans: Spans | None = None
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody asks for
        self.service = service
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        told = self.gauge("build_info", "Always 1; its labels name the service and release.", ("service", "release"))
        told.labels(service, RELEASE).set(1)
        self._requests = self.histogram(
            "http_request_duration_seconds",
            "Time from the arrival of a request to the last byte of its answer.",
            ("method", "route", "status"),
        )
        self._unread = self.counter("metrics_unread", "Times that what had to be looked up could not be.")
        self._readings: list[_Reading] = []
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = float("-inf")

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

    def look_up(self, figures: Sequence[Figure], read: Read) -> None:
        """Add gauges that ``read`` looks up when the metrics are asked for.

        Those it gives no sample of have no value then, and neither has any of them when it fails or takes longer than
        ``LONGEST_SECONDS``: what is not known is not told.
        """
        reading = _Reading(figures=tuple(figures), read=read)
        self._readings.append(reading)
        self.registry.register(reading)

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request under its route template (``/cases/{id}``) and status class (``2xx``)."""
        self._requests.labels(method, route, f"{status // 100}xx").observe(seconds)

    async def exposition(self) -> tuple[bytes, str]:
        """Return the metrics as text and their media type."""
        if self._readings:
            await self._looked_up()
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    async def _looked_up(self) -> None:
        """Wait until everything was looked up lately, by one for all who ask meanwhile."""
        if self._looking is None:
            if time.monotonic() - self._looked_at < KEPT_SECONDS:
                return
            self._looking = asyncio.create_task(self._look())
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        try:
            outcomes = await asyncio.gather(*(reading.look() for reading in self._readings))
            self._unread.inc(outcomes.count(False))
        finally:
            self._looked_at = time.monotonic()
            self._looking = None


@dataclass(slots=True, kw_only=True, eq=False)
class _Reading(Collector):
    figures: tuple[Figure, ...]
    read: Read
    found: tuple[Sample, ...] = field(default=())

    async def look(self) -> bool:
        """Look anew; False when it could not be."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                self.found = tuple(await self.read())
        except Exception:  # noqa: BLE001 - whatever is in the way, the other metrics have to be told
            self.found = ()
            return False
        return True

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in self.figures:
            family = GaugeMetricFamily(f"{PREFIX}_{figure.name}", figure.meaning, labels=figure.labels)
            for sample in self.found:
                if sample.figure is figure:
                    family.add_metric(sample.labels, sample.value)
            yield family


def samples(figures: Mapping[Figure, float | None]) -> list[Sample]:
    """Return the samples of figures without labels, leaving out what is None."""
    return [Sample(figure=figure, value=value) for figure, value in figures.items() if value is not None]
