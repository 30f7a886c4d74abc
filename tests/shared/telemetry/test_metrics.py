from shared.telemetry.metrics import Metrics


def test_services_in_one_process_count_apart() -> None:
    review, search = Metrics("review"), Metrics("search")
    for metrics in (review, search):
        metrics.counter("events", "Events", ("outcome",))
    review.observe_request(method="GET", route="/cases/{id}", status=204, seconds=0.004)
    text, media_type = review.exposition()
    series = 'practice_exchange_http_request_duration_seconds_count{method="GET",route="/cases/{id}",status="2xx"} 1.0'
    assert series in text.decode()
    assert series not in search.exposition()[0].decode()
    assert 'practice_exchange_service{service="review"} 1.0' in text.decode()
    assert media_type.startswith("text/plain")


def test_a_watched_figure_is_read_when_asked_for() -> None:
    metrics = Metrics("x")
    waiting = [1, 2, 3]
    metrics.watch("waiting", "Things waiting", lambda: len(waiting))
    waiting.append(4)
    assert "practice_exchange_waiting 4.0" in metrics.exposition()[0].decode()
