from __future__ import annotations

from datetime import timedelta

from services.search.lag import Lag, Progress
from tests.services.search.making import NOW


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> object:
        return self.now


def test_lag_is_the_age_of_the_oldest_event_not_found() -> None:
    time = Time()
    progress = Progress(time)  # type: ignore[arg-type]
    assert progress.lag() == Lag(events=0, seconds=0, connected=False)
    progress.waits(3, NOW - timedelta(seconds=2))
    assert progress.lag() == Lag(events=3, seconds=2, connected=True)
    time.now += timedelta(seconds=1)
    assert progress.lag().seconds == 3
    progress.waits(0, NOW)
    assert progress.lag() == Lag(events=0, seconds=0, connected=True)


def test_silence_of_the_catalogue_is_told() -> None:
    time = Time()
    progress = Progress(time)  # type: ignore[arg-type]
    progress.waits(0, None)
    time.now += timedelta(minutes=1)
    assert progress.lag() == Lag(events=0, seconds=60, connected=False)


def test_found_after_is_never_negative() -> None:
    progress = Progress(Time())  # type: ignore[arg-type]
    progress.found(NOW + timedelta(seconds=1))
    assert progress.found_after == 0
