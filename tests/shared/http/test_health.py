import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.telemetry.logs import configure
from tests.access_table import client_of
from tests.shared.http.apps import app_of, things
from tests.tokens import Issuer


class Server:
    """Something a service needs, which may be away."""

    def __init__(self) -> None:
        self.state: str = "well"

    async def ping(self) -> None:
        if self.state == "away":
            raise ConnectionError("ana@example.org is away")
        if self.state == "silent":
            await asyncio.Event().wait()


def app_with(checks: dict[str, Callable[[], Awaitable[Any]]], stream: io.StringIO | None = None) -> httpx.AsyncClient:
    return client_of(app_of(Issuer(), things(), checks=checks, log=configure("x", stream=stream or io.StringIO())))


@pytest.mark.parametrize("state", ["away", "silent"])
async def test_readiness_names_what_fails_while_liveness_asks_nobody(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.health.TIMEOUT_SECONDS", 0.05)
    mongodb, nats, stream = Server(), Server(), io.StringIO()
    async with app_with({"mongodb": mongodb.ping, "nats": nats.ping}, stream) as client:
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]) == (200, {"mongodb": "ok", "nats": "ok"})
        nats.state = state
        for _ in range(3):
            answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["checks"] == {"mongodb": "ok", "nats": "failed"}
        assert "nats" in answer.json()["detail"]
        assert (await client.get("/health/live")).status_code == 200
        nats.state = "well"
        assert (await client.get("/health/ready")).status_code == 200
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["failed"] for line in told if line["event"] == "readiness changed"] == [["nats"], []]
    assert "ana@" not in stream.getvalue()
    assert not [line for line in told if line["event"] == "request"]  # probes would drown everything else


async def test_metrics_count_requests_by_route_template_and_class() -> None:
    async with app_with({}) as client:
        await client.get("/things/secret-id")
        await client.get("/nowhere/secret-id")
        await client.request("BREW", "/things/secret-id")
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'seconds_count{method="GET",route="/things/{thing_id}",status="4xx"} 1.0' in answer.text
    assert 'seconds_count{method="GET",route="none",status="4xx"} 1.0' in answer.text
    assert 'seconds_count{method="other",' in answer.text
    assert "secret-id" not in answer.text
