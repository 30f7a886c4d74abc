"""Traces over OTLP: one from a request through NATS into every consumer, whole, and with nobody's name in it."""

import asyncio
import json
import subprocess
import sys

import pytest

from shared.settings import ServerSettings
from shared.telemetry.eyes import eyes_of
from shared.telemetry.spans import Kind
from shared.telemetry.trace import Trace, new_trace
from tests.operations.collector import Span, running_collector
from tests.servers import scratch
from tests.waiting import eventually
from tests.web.lives import AUTHOR, drafted
from tests.web.site import running_site

SERVER, CONSUMER = 2, 5
CLIENTS_TRACE = Trace(trace_id="0af7651916cd43dd8448eb211c80319c", span_id="b7ad6b7169203331")


@pytest.mark.slow
async def test_one_trace_leads_from_a_request_into_every_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=exchange")
        with scratch() as folder:
            async with running_site(folder) as site:
                life = await drafted(site)
                path = f"/contributions/{life.id}/submit"
                told = {"traceparent": CLIENTS_TRACE.traceparent}
                await site.call(AUTHOR, "submissions", "POST", path, headers=told)
                wanted = {
                    ("submissions", "POST /contributions/{contribution_id}/submit"),
                    ("review", "process review-submissions"),
                    ("notifications", "process notifications-submissions"),
                    ("submissions", "process submissions-reviews"),
                    ("notifications", "process notifications-reviews"),
                }

                def whole() -> list[Span]:
                    spans = [one for one in collector.spans if one.trace_id == CLIENTS_TRACE.trace_id]
                    assert wanted <= {(one.service, one.name) for one in spans}, spans
                    return spans

                spans = await eventually(whole)
                # A page that calls services is one trace as well.
                async with site.browser() as browser:
                    assert (await browser.get("/")).is_success

                def joined() -> bool:
                    pages = {one.span_id for one in collector.spans if one.service == "web"}
                    return any(one.service != "web" and one.parent in pages for one in collector.spans)

                await eventually(joined)
        assert all(one["x-tenant"] == "exchange" for one in collector.headers)
        _check_whole(spans)
        _check_nobody_is_named(collector.spans, site.account(AUTHOR).name, life.title, life.id)


def _check_whole(spans: list[Span]) -> None:
    by_id = {one.span_id: one for one in spans}
    assert len(by_id) == len(spans)
    (first,) = [one for one in spans if one.parent == CLIENTS_TRACE.span_id]
    assert (first.kind, first.attributes["http.response.status_code"]) == (SERVER, "200")
    for one in spans:
        assert one is first or one.parent in by_id, f"{one.name} hangs on nothing"
        assert one.seconds >= 0
        assert not one.failed
        if one.name.startswith("process "):
            assert one.kind == CONSUMER
            assert one.attributes["messaging.consumer.group.name"] == one.name.removeprefix("process ")


def _check_nobody_is_named(spans: list[Span], *secrets: str) -> None:
    text = json.dumps([[one.name, one.attributes] for one in spans])
    assert not [secret for secret in secrets if secret in text]


async def test_who_began_it_and_the_ratio_say_what_is_sent() -> None:
    async with running_collector() as collector:
        settings = ServerSettings.model_validate(
            {"otel_exporter_otlp_endpoint": collector.url, "otel_traces_sampler_arg": 0.5}
        )
        spans = eyes_of(settings, "review").spans
        assert spans
        chosen = Trace(trace_id="1" * 16 + "0" * 15 + "1", span_id="1" * 16)
        left_out = Trace(trace_id="1" * 16 + "f" * 16, span_id="2" * 16)
        unwanted = Trace(trace_id=chosen.trace_id, span_id="3" * 16, flags="00")
        for trace in (chosen, left_out, unwanted):
            spans.ended("x", trace, parent=None, kind=Kind.SERVER, began=1, ended=2, attributes={}, failed=True)
        await spans.close()
    (told,) = collector.spans
    assert (told.span_id, told.parent, told.failed, told.service) == ("1" * 16, "", True, "review")


async def test_a_collector_that_is_away_is_counted_and_keeps_nobody_waiting() -> None:
    settings = ServerSettings.model_validate({"otel_exporter_otlp_endpoint": "http://127.0.0.1:9"})
    eyes = eyes_of(settings, "review")
    assert eyes.spans
    for _ in range(1000):
        eyes.spans.ended("x", new_trace(), parent=None, kind=Kind.SERVER, began=1, ended=2, attributes={})
    async with asyncio.timeout(30):
        await eyes.spans.close()
    assert "practice_exchange_spans_lost_total 0.0" not in (await eyes.exposition())[0].decode()


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    program = (
        "import sys; from services.review.app import build; from shared.settings import ServerSettings;"
        "from shared.telemetry.eyes import eyes_of; assert eyes_of(ServerSettings(), 'review').spans is None;"
        "print([name for name in sys.modules if 'opentelemetry.sdk' in name or 'otlp' in name])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.strip() == "[]"
