"""The count of unread entries, told as it changes: over real HTTP, by a process that does not write them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from time import monotonic
from typing import Any

import httpx
import pytest
from pymongo.errors import OperationFailure

from local.free_ports import free_port
from services.notifications.app import build
from services.notifications.live import Live
from shared.errors import Unavailable
from shared.http.problem import MEDIA_TYPE
from shared.service import Part, Service
from shared.store.client import Store
from shared.telemetry.logs import configure
from tests.services.notifications.desk import Desk
from tests.services.notifications.sink import running_sink
from tests.services.notifications.test_service import ISSUER, settings_for
from tests.services.notifications.voices import Voice
from tests.waiting import eventually


def live_of(desk: Desk, **changes: Any) -> Live:
    settings: dict[str, Any] = {"room": 3, "room_each": 2, "seconds": 60.0}
    return Live(desk.records.notices, log=configure("notifications", level="CRITICAL"), **(settings | changes))


class Page:
    """Somebody's page that follows the count."""

    def __init__(self, live: Live, person_id: str) -> None:
        self._events = live.stream(person_id)
        self.told: list[int] = []
        self.heartbeats = 0
        self.ended = False
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async with aclosing(self._events) as events:
            async for one in events:
                if one.startswith(b":"):
                    self.heartbeats += 1
                else:
                    self.told.append(json.loads(one.partition(b"data: ")[2])["unread"])
        self.ended = True

    async def follows(self, *counts: int) -> None:
        await eventually(lambda: tuple(self.told) == counts)

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_everybody_hears_of_their_own_entries_alone(desk: Desk) -> None:
    await desk.sign_in("ana")
    live = live_of(desk)
    async with live.running():
        ana, again, ben = (Page(live, desk.id(who)) for who in ("ana", "ana", "ben"))
        for page in (ana, again, ben):
            await page.follows(0)
        await desk.hear(Voice("c1", desk.id("ana")).submitted())
        await ana.follows(0, 1)
        await again.follows(0, 1)
        await desk.ok("POST", "/inbox/read", "ana")
        await ana.follows(0, 1, 0)
        assert ben.told == [0]
        await ben.leave()
        assert live.listening == 2
    await eventually(lambda: ana.ended and again.ended)
    assert live.listening == 0
    with pytest.raises(Unavailable):  # nobody comes in while it stops
        await anext(live.stream(desk.id("ana")))


async def test_what_is_forgotten_is_no_longer_counted(desk: Desk) -> None:
    live = live_of(desk)
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    async with live.running():
        page = Page(live, desk.id("ana"))
        await page.follows(1)
        await desk.store.db["notices"].delete_many({})
        await page.follows(1, 0)


async def test_there_is_room_for_so_many_and_no_more(desk: Desk) -> None:
    live = live_of(desk)
    async with live.running():
        pages = [Page(live, who) for who in ("ana", "ana", "ben")]
        await eventually(lambda: all(page.told for page in pages))
        with pytest.raises(Unavailable):
            await anext(live.stream("eve"))
        await pages[2].leave()
        with pytest.raises(Unavailable):
            await anext(live.stream("ana"))  # a third page of hers
        eve = Page(live, "eve")
        await eve.follows(0)


async def test_a_stream_ends_after_its_time_and_shows_life_until_then(desk: Desk) -> None:
    live = live_of(desk, seconds=0.2, heartbeat_seconds=0.02)
    async with live.running():
        page = Page(live, desk.id("ana"))
        await eventually(lambda: page.ended)
    assert page.told == [0]
    assert page.heartbeats > 1


async def test_what_changed_while_the_database_was_not_watched_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = desk.records.notices
    watched = asyncio.Event()
    opened = type(notices).watch
    failures = [OperationFailure("the place in the stream is gone")]

    async def watch(self: Any) -> Any:
        if failures:
            raise failures.pop()
        await watched.wait()
        return await opened(self)

    monkeypatch.setattr(type(notices), "watch", watch)
    live = live_of(desk)
    async with live.running():
        page = Page(live, desk.id("ana"))
        await page.follows(0)
        await desk.hear(Voice("c1", desk.id("ana")).submitted())
        watched.set()
        await page.follows(0, 1)
    assert not failures


async def test_the_route_refuses_with_a_problem_and_answers_head_at_once(desk: Desk) -> None:
    answer = await desk.call("GET", "/inbox/live", "ana")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith('retry: 3000\nevent: unread\ndata: {"unread":0}\n\n')
    assert (await desk.call("HEAD", "/inbox/live", "ana")).content == b""
    assert (await desk.client.get("/inbox/live")).status_code == httpx.codes.UNAUTHORIZED


@asynccontextmanager
async def apart(mongodb_url: str, database: str, nats_url: str, **more: Any) -> AsyncIterator[tuple[Service, str]]:
    """The API alone, over HTTP; what it tells of is written by somebody else."""
    async with running_sink() as sink:
        settings = settings_for(mongodb_url, database, nats_url, sink, port=free_port(), **more)
        service = await build(settings, verifier=ISSUER.verifier())
        async with service.running(Part.API):
            yield service, f"http://127.0.0.1:{settings.port}"


async def written(mongodb_url: str, database: str, person_id: str, number: int) -> None:
    """Write an entry as another process does."""
    other = await Store.connect(mongodb_url, database, service="worker")
    await other.db["notices"].insert_one({"_id": f"n{number}", "person_id": person_id, "read_at": None})
    await other.close()


async def test_one_process_tells_what_another_writes_and_stops_at_once(
    mongodb_url: str, database: str, nats_url: str
) -> None:
    ana = ISSUER.headers(sub="ana")
    async with httpx.AsyncClient(timeout=10) as client:
        async with apart(mongodb_url, database, nats_url, live_clients=1) as (_, address):
            answer = await client.send(client.build_request("GET", f"{address}/inbox/live", headers=ana), stream=True)
            lines = answer.aiter_lines()
            assert await next_count(lines) == 0
            refused = await client.get(f"{address}/inbox/live", headers=ana)
            assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert refused.headers["content-type"] == MEDIA_TYPE
            await written(mongodb_url, database, ISSUER.person_id("ana"), 1)
            assert await next_count(lines) == 1
            begun = monotonic()
        assert monotonic() - begun < 5, "a stream that is open holds the service back"
        assert [line async for line in lines if line] == []  # whole: it ended as an answer does
        await answer.aclose()


async def next_count(lines: AsyncIterator[str]) -> int:
    async for line in lines:
        if line.startswith("data:"):
            return int(json.loads(line.removeprefix("data:"))["unread"])
    raise AssertionError("the stream ended")
