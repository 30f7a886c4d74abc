"""What is measured of review: what waits for people, for how long, and how long it took them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from services.review.domain.review import Outcome
from services.review.store import Records
from shared.clock import Clock
from shared.telemetry.metrics import Figure, Metrics, Sample

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_BUCKETS: Final = (_HOUR, 6 * _HOUR, *(days * _DAY for days in (1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 60, 90)))

_CASES: Final = Figure(
    name="review_cases",
    meaning="Cases that wait: for reviews, for a decision, or for their authors.",
    labels=("waiting_for",),
)
_OLDEST: Final = Figure(
    name="review_case_oldest_age_seconds", meaning="Since when the oldest of them is open.", labels=("waiting_for",)
)
_UNCLAIMED: Final = Figure(name="review_cases_unclaimed", meaning="Cases that still want a reviewer.")
_OVERDUE: Final = Figure(name="review_cases_overdue", meaning="Cases of which something is past its date.")


class Measures:
    """``decided`` counts a decision; what waits is looked up when it is asked for."""

    def __init__(self, metrics: Metrics, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._time = metrics.histogram(
            "review_duration_seconds", "From the opening of a case to a decision on it.", ("outcome",), _BUCKETS
        )
        for outcome in Outcome:
            self._time.labels(outcome.value)
        metrics.look_up((_CASES, _OLDEST, _UNCLAIMED, _OVERDUE), self._look)

    def decided(self, outcome: Outcome, after: timedelta) -> None:
        self._time.labels(outcome.value).observe(max(0.0, after.total_seconds()))

    async def _look(self) -> Iterable[Sample]:
        now = self._clock()
        waiting = await self._records.waiting(now)
        found = [
            Sample(figure=_UNCLAIMED, value=sum(one.unclaimed for one in waiting.values())),
            Sample(figure=_OVERDUE, value=sum(one.overdue for one in waiting.values())),
        ]
        for who in ("reviews", "decision", "authors"):
            one = waiting.get(who)
            age = (now - one.oldest).total_seconds() if one else 0.0
            found.append(Sample(figure=_CASES, labels=(who,), value=one.count if one else 0))
            found.append(Sample(figure=_OLDEST, labels=(who,), value=max(0.0, age)))
        return found
