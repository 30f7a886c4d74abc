"""Code lists: fetched once by one call, renewed behind the visits, good while submissions is away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from services.web.calls.api import Away, Watch
from services.web.calls.vocabularies import FRESH_SECONDS, Vocabularies
from services.web.settings import WebSettings
from tests.waiting import eventually
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")


@dataclass(slots=True, kw_only=True)
class Road(httpx.AsyncBaseTransport):
    """The way to the real service: counts what takes it, can be shut, and then lets nothing pass."""

    road: httpx.AsyncHTTPTransport = field(default_factory=lambda: httpx.AsyncHTTPTransport(trust_env=False))
    taken: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    broken: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.taken.append(request.headers["traceparent"])
        await self.open.wait()
        if self.broken:
            raise httpx.ConnectError("nobody is there")
        return await self.road.handle_async_request(request)

    async def aclose(self) -> None:
        await self.road.aclose()


class Hours:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def of(site: Site, http: httpx.AsyncClient, hours: Hours) -> Vocabularies:
    settings = WebSettings.model_validate({"web_secret": "x" * 32, "submissions_url": site.ports.url("submissions")})
    return Vocabularies(http, settings, hours)


async def test_one_call_brings_all_lists_and_whoever_comes_meanwhile_waits_for_it(site: Site) -> None:
    road, hours = Road(), Hours()
    async with httpx.AsyncClient(transport=road) as http:
        vocabularies, watch = of(site, http, hours), Watch()
        visits = [asyncio.ensure_future(vocabularies.lists("fr", watch)) for _ in range(5)]
        await eventually(lambda: road.taken)
        road.open.set()
        lists = (await asyncio.gather(*visits))[0]
        assert lists["themes"]["learner-mobility"].label.startswith("Mobilité")
        assert lists["decision-reasons"]["duplicate"].used_with == ("reject",)
        assert len(road.taken) == 1
        assert watch.in_sequence() == 1
        again = Watch()
        await vocabularies.lists("fr", again)
        assert (again.calls, len(road.taken)) == ([], 1)
        await vocabularies.close()


async def test_nobody_waits_for_lists_that_have_grown_old(site: Site) -> None:
    road, hours = Road(), Hours()
    road.open.set()
    async with httpx.AsyncClient(transport=road) as http:
        vocabularies = of(site, http, hours)
        first = await vocabularies.lists("en", Watch())
        hours.now += FRESH_SECONDS
        road.open.clear()  # whoever waited for an answer now would wait for ever
        watch = Watch()
        for _ in range(3):
            assert await vocabularies.lists("en", watch) is first
        assert watch.calls == []
        await eventually(lambda: len(road.taken) == 2)
        road.open.set()

        async def renewed() -> bool:
            return await vocabularies.lists("en", watch) is not first

        await eventually(renewed)
        assert len(road.taken) == 2
        await vocabularies.close()


async def test_what_is_renewed_belongs_to_no_visit_and_ends_with_the_service(site: Site) -> None:
    road, hours = Road(), Hours()
    road.open.set()
    async with httpx.AsyncClient(transport=road) as http:
        vocabularies = of(site, http, hours)
        await vocabularies.lists("en", Watch())
        hours.now += FRESH_SECONDS
        road.open.clear()
        await vocabularies.lists("en", Watch())
        await eventually(lambda: len(road.taken) == 2)
        await vocabularies.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "_renew" in repr(task.get_coro())]


async def test_lists_stay_good_while_submissions_is_away_and_are_asked_for_now_and_then(site: Site) -> None:
    road, hours = Road(), Hours()
    road.open.set()
    async with httpx.AsyncClient(transport=road) as http:
        vocabularies = of(site, http, hours)
        first = await vocabularies.lists("de", Watch())
        road.broken = True
        for asked in (2, 3):
            hours.now += FRESH_SECONDS
            for _ in range(3):
                assert await vocabularies.lists("de", Watch()) is first
                await eventually(lambda: not vocabularies.renewing)
            assert len(road.taken) == asked
        await vocabularies.close()


async def test_without_any_answer_yet_the_page_says_that_it_cannot(site: Site) -> None:
    road, watch = Road(broken=True), Watch()
    road.open.set()
    async with httpx.AsyncClient(transport=road) as http:
        vocabularies = of(site, http, Hours())
        with pytest.raises(Away, match="vocabularies in en"):
            await vocabularies.lists("en", watch)
        road.broken = False
        assert "themes" in await vocabularies.lists("en", watch)
        assert len(watch.calls) == 2
