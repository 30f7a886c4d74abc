"""What is measured of the front-end: how sign-in goes, and whether what it stands on answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from pymongo.errors import PyMongoError

from shared.errors import Unavailable
from shared.store.client import Store
from shared.telemetry.metrics import Figure, Metrics, Sample

_DEPENDENCY_UP: Final = Figure(
    name="dependency_up", meaning="1 while what the service stands on answers it, else 0.", labels=("dependency",)
)


class Came(StrEnum):
    """What a sign-in came to: ``unknown`` is an answer that no sign-in of this browser waits for."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


class Measures:
    def __init__(self, metrics: Metrics, store: Store) -> None:
        self._store = store
        self._sign_ins = metrics.counter("sign_ins", "Sign-ins, by what they came to.", ("outcome",))
        self._ended = metrics.counter("sign_ins_ended", "Sessions that the provider did not let go on.")
        self._unanswered = metrics.counter("calls_unanswered", "Pages that could not be made: a service was away.")
        for outcome in Came:
            self._sign_ins.labels(outcome.value)
        metrics.look_up((_DEPENDENCY_UP,), self._look)

    def came(self, outcome: Came) -> None:
        """Count a sign-in."""
        self._sign_ins.labels(outcome.value).inc()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count a sign-in that cannot go on because the provider does not answer."""
        try:
            yield
        except Unavailable:
            self.came(Came.UNAVAILABLE)
            raise

    def ended(self) -> None:
        """Count a session that could not be renewed."""
        self._ended.inc()

    def unanswered(self) -> None:
        """Count a page that a service was missing for."""
        self._unanswered.inc()

    async def _look(self) -> list[Sample]:
        try:
            await self._store.ping()
        except PyMongoError:
            answers = 0.0
        else:
            answers = 1.0
        return [Sample(figure=_DEPENDENCY_UP, labels=("mongodb",), value=answers)]
