"""The stream and the catalogue over real HTTP: refusals, other origins, restarts of the service and of NATS."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client
from pydantic_core import MultiHostUrl

from local.free_ports import free_port
from local.nats import NatsServer
from services.syndication.app import build
from services.syndication.settings import SyndicationSettings
from services.syndication.stream.download import accepts_gzip
from shared.bus.topology import provision
from shared.events.practices import PracticePublished
from shared.http.problem import MEDIA_TYPE
from shared.service import Part
from tests.services.syndication.saying import practice, said
from tests.services.syndication.stream_desk import Frame, Parser
from tests.tokens import Issuer
from tests.waiting import eventually

ISSUER = Issuer()


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_url)
    await provision(connected.jetstream())
    yield connected
    await connected.close()


async def publish(connection: Client, *practice_ids: str, **content: Any) -> None:
    js = connection.jetstream()
    for practice_id in practice_ids:
        event = said(PracticePublished(practice=practice(practice_id, **content)), practice_id)
        body = event.envelope.to_bytes()
        await js.publish("practices.published", body, headers={"Nats-Msg-Id": event.id})
        await js.publish(f"catalogue.{practice_id}", body, headers={"Nats-Msg-Id": event.id})


def settings_for(mongodb_url: str, database: str, nats_url: str, **more: Any) -> SyndicationSettings:
    given: dict[str, Any] = {"port": free_port(), "log_level": "CRITICAL"} | more
    return SyndicationSettings(
        mongodb_url=MultiHostUrl(mongodb_url), database=database, nats_url=MultiHostUrl(nats_url), **given
    )


@asynccontextmanager
async def running(settings: SyndicationSettings) -> AsyncIterator[httpx.AsyncClient]:
    """Run the service with its port; yields a client of it."""
    service = await build(settings, verifier=ISSUER.verifier())
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", timeout=20) as client,
        service.running(Part.ALL),
    ):
        yield client


@pytest.fixture
async def client(
    mongodb_url: str, database: str, nats_url: str, connection: Client
) -> AsyncIterator[httpx.AsyncClient]:
    async with running(settings_for(mongodb_url, database, nats_url)) as client:
        yield client


class Follower:
    """Reads a stream over HTTP, and keeps the last id as a browser does."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.parser = Parser()
        self._lines = answer.aiter_lines()

    async def next(self) -> Frame:
        """Return the next event with data; raises StopAsyncIteration when the stream ended."""
        while True:
            async with asyncio.timeout(20):
                if frame := self.parser.feed(await anext(self._lines)):
                    return frame

    async def begun(self) -> str:
        """Return the first id: what is said from then on is heard."""
        while not self.parser.last_id:
            async with asyncio.timeout(20):
                self.parser.feed(await anext(self._lines))
        return self.parser.last_id


@asynccontextmanager
async def following(client: httpx.AsyncClient, query: str = "", last_id: str = "") -> AsyncIterator[Follower]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", f"/events{query}", headers=headers) as answer:
        assert answer.status_code == httpx.codes.OK, await answer.aread()
        yield Follower(answer)


async def test_it_is_a_stream_of_events_for_everybody_and_every_origin(
    client: httpx.AsyncClient, connection: Client
) -> None:
    async with client.stream("GET", "/events", headers={"Origin": "https://elsewhere.example"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        follower = Follower(answer)
        await follower.begun()
        await publish(connection, "p1")
        assert (await follower.next()).told == ("published", "p1")
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    preflight = await client.options("/events", headers=asked | {"Access-Control-Request-Headers": "last-event-id"})
    assert preflight.status_code == httpx.codes.OK
    assert "last-event-id" in preflight.headers["access-control-allow-headers"].lower()
    # A page may read why it was refused, and may not read what takes a token.
    refused = await client.get("/events?theme=nonsense", headers=asked)
    assert refused.headers["access-control-allow-origin"] == "*"
    closed = await client.get("/status", headers=asked)
    assert "access-control-allow-origin" not in closed.headers
    head = await client.head("/events")
    assert (head.status_code, head.content) == (httpx.codes.OK, b"")


@pytest.mark.parametrize(
    ("query", "last_id", "parameter"),
    [
        ("?theme=nonsense", "", "query.theme"),
        ("?type=practice.burnt", "", "query.type"),
        ("?from=end", "", "query.from"),
        ("?since=1", "", "query.since"),
        ("", "12", "header.Last-Event-ID"),
        ("", "e-zz-1", "header.Last-Event-ID"),
        ("", "x" * 101, "header.Last-Event-ID"),
        ("?last_event_id=12", "", "query.last_event_id"),
        ("?from=start", "e-1-1", "header.Last-Event-ID"),
        ("?from=start&type=practice.published", "", "query.type"),
        ("?type=practice.published", "c-1-1", "query.type"),
    ],
)
async def test_what_is_wrong_is_named(client: httpx.AsyncClient, query: str, last_id: str, parameter: str) -> None:
    answer = await client.get(f"/events{query}", headers={"Last-Event-ID": last_id} if last_id else {})
    assert (answer.status_code, answer.headers["content-type"]) == (422, MEDIA_TYPE)
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


async def test_a_lost_place_says_why_and_where_to_begin(client: httpx.AsyncClient) -> None:
    for path, headers in (
        ("/events", {"Last-Event-ID": "e-1-1"}),
        ("/events?last_event_id=c-1-1", {}),
        ("/catalogue?after=c-1-1", {}),
    ):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (410, MEDIA_TYPE)
        told = answer.json()
        assert (told["reason"], told["events_from_start"]) == ("remade", "/events?from=start")
    explained = await client.get("/problems/place-lost")
    assert "catalogue" in explained.json()["meaning"]


async def test_the_header_counts_where_a_page_comes_again_to_the_same_address(
    client: httpx.AsyncClient, connection: Client
) -> None:
    await publish(connection, "p1", "p2", "p3")
    async with following(client, "?from=start") as follower:
        frames = [await follower.next() for _ in range(4)]
        assert [frame.told for frame in frames[:3]] == [("published", one) for one in ("p1", "p2", "p3")]
        assert (frames[3].event, follower.parser.last_id) == ("caught-up", frames[2].id)
    async with following(client, "?from=start", frames[0].id) as again:
        assert (await again.next()).told == ("published", "p2")
    async with following(client, f"?last_event_id={frames[0].id}", frames[1].id) as again:
        assert (await again.next()).told == ("published", "p3")


async def test_a_download_is_lines_and_gzip_where_asked(client: httpx.AsyncClient, connection: Client) -> None:
    await publish(connection, "p1", "p2", "p3", countries=["PT"])
    await publish(connection, "p4", countries=["FI"])

    async def lines(query: str = "", **headers: str) -> list[Any]:
        answer = await client.get(f"/catalogue{query}", headers={"Accept-Encoding": "identity"} | headers)
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert "Accept-Encoding" in answer.headers["vary"]
        return [json.loads(line) for line in answer.text.splitlines()]

    async def all_there() -> bool:
        return len(await lines()) == 5

    await eventually(all_there)
    *told, end = await lines()
    assert [one["subject"] for one in told] == ["p1", "p2", "p3", "p4"]
    assert end == {"cursor": end["cursor"], "events": 4}
    *told, end = await lines("?country=FI")
    assert [one["subject"] for one in told] == ["p4"]
    assert await lines(f"?after={end['cursor']}") == [{"cursor": end["cursor"], "events": 0}]
    packed = await client.send(
        client.build_request("GET", "/catalogue", headers={"Accept-Encoding": "br, gzip;q=0.5"}), stream=True
    )
    assert packed.headers["content-encoding"] == "gzip"
    raw = b"".join([some async for some in packed.aiter_raw()])
    assert [json.loads(line) for line in gzip.decompress(raw).splitlines()] == await lines()
    head = await client.head("/catalogue")
    assert (head.status_code, head.content) == (httpx.codes.OK, b"")
    for wrong in ("?type=practice.published", "?after=12", "?after=e-1-1", "?theme=nonsense"):
        assert (await client.get(f"/catalogue{wrong}")).status_code == 422


def test_gzip_is_sent_to_who_takes_it() -> None:
    assert all(map(accepts_gzip, ("gzip", "deflate, gzip;q=0.1", "*", "GZIP", "br;q=1.0, *;q=0.1")))
    assert not any(map(accepts_gzip, ("", "identity", "gzip;q=0", "gzip;q=nonsense", "br", "*;q=0", "*, gzip;q=0")))


async def test_a_flood_is_refused_and_those_who_are_there_hear_on(
    mongodb_url: str, database: str, nats_url: str, connection: Client
) -> None:
    settings = settings_for(mongodb_url, database, nats_url, stream_clients_each=5)
    async with running(settings) as client, following(client) as follower:
        await follower.begun()

        async def ask(number: int) -> int:
            request = client.build_request("GET", f"/events?country={('FI', 'PT', 'DE')[number % 3]}")
            answer = await client.send(request, stream=True)
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                assert answer.headers["retry-after"] == "10"
            flood.append(answer)
            return answer.status_code

        flood: list[httpx.Response] = []
        statuses = await asyncio.gather(*(ask(number) for number in range(60)))
        assert (statuses.count(200), statuses.count(503)) == (4, 56)
        await publish(connection, "p1")
        assert (await follower.next()).told == ("published", "p1")
        for answer in flood:
            await answer.aclose()

        async def there_is_room() -> bool:
            async with client.stream("GET", "/events") as answer:
                return answer.status_code == httpx.codes.OK

        await eventually(there_is_room)


async def started(settings: SyndicationSettings) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        "MONGODB_URL": str(settings.mongodb_url),
        "DATABASE": settings.database,
        "NATS_URL": str(settings.nats_url),
        "PORT": str(settings.port),
        "LOG_LEVEL": "CRITICAL",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.syndication", "api", env=environment)
    async with httpx.AsyncClient() as client:

        async def ready() -> bool:
            try:
                return (await client.get(f"http://127.0.0.1:{settings.port}/health/live")).is_success
            except httpx.HTTPError:
                return False

        await eventually(ready)
    return process


@pytest.mark.slow
async def test_what_happens_while_the_service_restarts_is_told_when_it_is_back(
    mongodb_url: str, database: str, nats_url: str, connection: Client
) -> None:
    """By SIGTERM, which ends the streams at once and whole; then by SIGKILL."""
    settings = settings_for(mongodb_url, database, nats_url)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", timeout=20) as client:
        process = await started(settings)
        async with following(client) as follower:
            await follower.begun()
            await publish(connection, "p1")
            assert (await follower.next()).told == ("published", "p1")
            begun = monotonic()
            process.send_signal(signal.SIGTERM)
            with pytest.raises(StopAsyncIteration):
                await follower.next()
            assert await process.wait() == 0
            assert monotonic() - begun < 10, "a stream that is open holds the service back"
            last_id = follower.parser.last_id
        await publish(connection, "p2")
        process = await started(settings)
        async with following(client, last_id=last_id) as follower:
            assert (await follower.next()).told == ("published", "p2")
            process.kill()
            with pytest.raises((httpx.HTTPError, StopAsyncIteration)):
                await follower.next()
            await process.wait()
            last_id = follower.parser.last_id
        await publish(connection, "p3")
        process = await started(settings)
        async with following(client, last_id=last_id) as follower:
            assert (await follower.next()).told == ("published", "p3")
        process.terminate()
        await process.wait()


@pytest.mark.slow
async def test_nobody_misses_what_is_said_around_a_restart_of_nats(
    mongodb_url: str, database: str, nats_server: NatsServer
) -> None:
    connection = await nats.connect(nats_server.url, max_reconnect_attempts=-1, reconnect_time_wait=0)
    await provision(connection.jetstream())
    settings = settings_for(mongodb_url, database, nats_server.url)
    async with running(settings) as client, following(client) as follower:
        await follower.begun()
        await publish(connection, "p1")
        assert (await follower.next()).told == ("published", "p1")
        await nats_server.kill()
        await nats_server.restart()
        await eventually(lambda: connection.is_connected)
        await publish(connection, "p2")
        assert (await follower.next()).told == ("published", "p2")
        async with following(client, last_id=follower.parser.last_id) as again:
            await publish(connection, "p3")
            assert (await again.next()).told == (await follower.next()).told == ("published", "p3")
    await connection.close()
