import asyncio
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from shared.release import RELEASE
from shared.telemetry import metrics as telling
from shared.telemetry.metrics import Figure, Metrics, Sample

WAITING = Figure(name="waiting", meaning="Things that wait.", labels=("for_what",))


def test_the_release_is_that_of_the_distribution() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == RELEASE


async def test_services_in_one_process_count_apart() -> None:
    review, search = Metrics("review"), Metrics("search")
    for metrics in (review, search):
        metrics.counter("events", "Events", ("outcome",))
    review.observe_request(method="GET", route="/cases/{id}", status=204, seconds=0.004)
    text, media_type = await review.exposition()
    series = 'practice_exchange_http_request_duration_seconds_count{method="GET",route="/cases/{id}",status="2xx"} 1.0'
    assert series in text.decode()
    assert series not in (await search.exposition())[0].decode()
    assert f'practice_exchange_build_info{{release="{RELEASE}",service="review"}} 1.0' in text.decode()
    assert media_type.startswith("text/plain")


async def test_a_watched_figure_is_read_when_asked_for() -> None:
    metrics = Metrics("x")
    waiting = [1, 2, 3]
    metrics.watch("waiting", "Things waiting", lambda: len(waiting))
    waiting.append(4)
    assert "practice_exchange_waiting 4.0" in (await metrics.exposition())[0].decode()


async def text_of(metrics: Metrics) -> str:
    return (await metrics.exposition())[0].decode()


async def test_what_has_to_be_looked_up_is_looked_up_once_for_all_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    async def look() -> Iterable[Sample]:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return [Sample(figure=WAITING, labels=("mail",), value=looks)]

    metrics = Metrics("x")
    metrics.look_up((WAITING,), look)
    texts = await asyncio.gather(*(text_of(metrics) for _ in range(10)))
    assert looks == 1
    assert all('practice_exchange_waiting{for_what="mail"} 1.0' in text for text in texts)
    monkeypatch.setattr(telling, "KEPT_SECONDS", 0.0)
    assert 'practice_exchange_waiting{for_what="mail"} 2.0' in await text_of(metrics)


async def test_what_cannot_be_looked_up_is_not_told_and_hinders_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "LONGEST_SECONDS", 0.01)
    here, other = asyncio.Event(), Figure(name="other", meaning="Another.")

    async def look() -> Iterable[Sample]:
        await here.wait()
        return [Sample(figure=WAITING, labels=("mail",), value=1)]

    async def look_elsewhere() -> Iterable[Sample]:
        return [Sample(figure=other, value=7)]

    metrics = Metrics("x")
    metrics.look_up((WAITING,), look)
    metrics.look_up((other,), look_elsewhere)
    here.set()
    assert 'practice_exchange_waiting{for_what="mail"} 1.0' in await text_of(metrics)
    here.clear()
    text = await text_of(metrics)
    assert "practice_exchange_waiting{" not in text
    assert "practice_exchange_other 7.0" in text
    assert "practice_exchange_metrics_unread_total 1.0" in text
