"""Limits, shared by two replicas over a real MongoDB."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from shared.http.access import PUBLIC, Role, allow
from shared.http.app import create_app
from shared.http.reply import JsonResponse
from shared.rates.rates import LISTENS, QUIET, Rates
from shared.rates.route import limited
from shared.rates.settings import By, Kind, RateSettings
from shared.rates.sharing import COLLECTION, Counted, Sharing
from shared.store.client import Store
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.tokens import Issuer

LIMIT = 20
SOMEBODY = ("203.0.113.7", 40_000)


@dataclass(slots=True)
class Clock:
    now: float = 6_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True, kw_only=True)
class Replica:
    app: FastAPI
    rates: Rates
    issuer: Issuer
    log: io.StringIO
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)

    async def get(
        self, path: str = "/search", who: str | None = None, client: tuple[str, int] = SOMEBODY
    ) -> httpx.Response:
        if who and who not in self.tokens:
            self.tokens[who] = self.issuer.headers(sub=who, roles=["member"])
        headers = self.tokens[who] if who else {}
        transport = httpx.ASGITransport(self.app, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://things.test") as http:
            return await http.get(path, headers=headers)

    async def until_refused(self, most: int, **more: Any) -> int:
        """Ask until refused; returns how often it was answered."""
        for count in range(most):
            if (await self.get(**more)).status_code == 429:
                return count
        return most

    async def figures(self) -> str:
        answer = await self.get("/metrics")
        return answer.text


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/search", dependencies=[PUBLIC, limited(Kind.SEARCH)])
    async def search() -> Response:
        return JsonResponse({})

    @router.get("/submit", dependencies=[allow(Role.MEMBER), limited(Kind.SUBMIT)])
    async def submit() -> Response:
        return JsonResponse({})

    return router


def replica(store: Store | None, clock: Clock, **settings: Any) -> Replica:
    issuer, stream = Issuer(), io.StringIO()
    metrics, log = Metrics("things"), configure("things", stream=stream)
    given = {"rate_search_address": LIMIT, "rate_search_person": LIMIT, "rate_submit_person": 3, **settings}
    sharing = Sharing(store.db) if store else None
    rates = Rates(RateSettings(**given), sharing, metrics=metrics, log=log, clock=clock)
    app = create_app(
        service="things",
        version="1",
        routers=[routes()],
        verifier=issuer.verifier(),
        checks={},
        metrics=metrics,
        log=log,
        rates=rates,
    )
    return Replica(app=app, rates=rates, issuer=issuer, log=stream)


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="things")
    yield store
    await store.close()


async def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    clock = Clock()
    one = replica(None, clock)
    assert await one.until_refused(50) == LIMIT
    refused = await one.get()
    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    told = refused.json()
    assert told["type"].endswith("/too-many-requests")
    assert told["detail"] == f"You ask too often. Come again in {refused.headers['retry-after']} seconds."
    assert str(told["retry_after"]) == refused.headers["retry-after"]
    assert refused.headers["x-content-type-options"] == "nosniff"
    clock.now += told["retry_after"]
    assert (await one.get()).status_code == 200
    assert 'practice_exchange_rate_limited_total{by="address",kind="search"} 2.0' in await one.figures()


async def test_people_are_counted_apart_and_their_address_together() -> None:
    one = replica(None, Clock(), rate_search_address=2 * LIMIT + 5)
    assert await one.until_refused(50, who="ana") == LIMIT
    assert await one.until_refused(50, who="ben") == LIMIT
    assert await one.until_refused(50, who="cleo") == 5
    assert await one.until_refused(50, who="cleo", client=("198.51.100.1", 1)) == LIMIT - 6


async def test_a_signed_in_person_is_counted_wherever_they_come_from() -> None:
    one = replica(None, Clock())
    for number in range(3):
        assert (await one.get("/submit", who="ana", client=(f"203.0.113.{number}", 1))).status_code == 200
    assert (await one.get("/submit", who="ana", client=("198.51.100.1", 1))).status_code == 429
    assert (await one.get("/submit", who="ben", client=("198.51.100.1", 1))).status_code == 200


async def test_networks_of_ours_are_not_counted_unless_a_proxy_passes_them_on() -> None:
    one = replica(None, Clock())
    assert await one.until_refused(50, client=("127.0.0.1", 5000)) == 50
    assert await one.until_refused(50, client=("127.0.0.1", 0)) == LIMIT  # as uvicorn has it from X-Forwarded-For


async def test_addresses_of_one_site_are_one() -> None:
    one = replica(None, Clock())
    assert await one.until_refused(50, client=("2001:db8::1", 1)) == LIMIT
    assert (await one.get(client=("2001:db8::ffff:2", 1))).status_code == 429
    assert (await one.get(client=("2001:db8:0:1::1", 1))).status_code == 200


async def test_a_limit_of_nothing_is_none() -> None:
    one = replica(None, Clock(), rate_search_address=0, rate_search_person=0)
    assert await one.until_refused(200) == 200


async def test_replicas_share_a_limit(store: Store) -> None:
    clock = Clock()
    one, other = replica(store, clock), replica(store, clock)
    for _ in range(LIMIT // 2):
        assert (await one.get()).status_code == 200
        assert (await other.get()).status_code == 200
        await one.rates.share()
        await other.rates.share()
    await one.rates.share()  # which has not heard of the other's last one yet
    assert (await one.get()).status_code == 429
    assert (await other.get()).status_code == 429
    clock.now += 120
    assert (await one.get()).status_code == 200


async def test_a_burst_is_let_in_no_more_than_once_by_each_replica(store: Store) -> None:
    clock = Clock()
    one, other = replica(store, clock), replica(store, clock)
    assert await one.until_refused(50) + await other.until_refused(50) == 2 * LIMIT
    await one.rates.share()
    await other.rates.share()
    await one.rates.share()  # now it knows what the other said after it
    clock.now += 60  # the minute after: what both let in counts in both
    assert (await one.get()).status_code == (await other.get()).status_code == 429


async def test_who_asks_seldom_costs_no_round_trip_and_nobody_stands_in_the_database(store: Store) -> None:
    one = replica(store, Clock(), rate_search_address=10 * QUIET)
    for _ in range(9):
        await one.get()
    await one.rates.share()
    assert await store.db[COLLECTION].count_documents({}) == 0
    await one.get()
    await one.rates.share()
    rows = await store.db[COLLECTION].find().to_list(None)
    assert sorted(row.get("count", 0) for row in rows) == [0, 10]
    assert SOMEBODY[0] not in str(rows)


async def test_what_nobody_asks_any_more_costs_no_round_trip(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    shared: list[int] = []
    add = Sharing.add

    async def counted(self: Sharing, counted: Sequence[Counted]) -> Any:
        shared.append(sum(one.more for one in counted))
        return await add(self, counted)

    monkeypatch.setattr(Sharing, "add", counted)
    one = replica(store, Clock())
    for _ in range(3):
        await one.get()
    for _ in range(3 * LISTENS):
        await one.rates.share()
    assert shared == [3] + [0] * LISTENS
    await one.get()
    await one.rates.share()
    assert shared[-1] == 1


async def test_what_others_counted_while_nobody_asked_here_is_learnt_with_the_next_that_asks(store: Store) -> None:
    clock = Clock()
    one, other = replica(store, clock), replica(store, clock)
    await one.get()
    for _ in range(LISTENS + 1):
        await one.rates.share()
    assert await other.until_refused(50) == LIMIT
    await other.rates.share()
    await one.rates.share()  # it does not look
    assert (await one.get()).status_code == 200
    await one.rates.share()
    assert (await one.get()).status_code == 429


async def test_a_minute_in_which_the_others_went_on_alone_counts_when_it_is_over(store: Store) -> None:
    clock = Clock()
    one, other = replica(store, clock), replica(store, clock)
    await one.get()
    for _ in range(LISTENS + 1):
        await one.rates.share()
    assert await other.until_refused(50) == LIMIT
    await other.rates.share()
    clock.now += 90  # of the minute before counts a half
    assert (await one.get()).status_code == 200
    await one.rates.share()
    assert await one.until_refused(50) == LIMIT - (LIMIT + 1) // 2 - 1


async def test_without_the_database_each_replica_goes_on_alone_and_says_so(mongodb_url: str, database: str) -> None:
    store = Store.at("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50", database, service="things")
    one = replica(store, Clock())
    for _ in range(3):
        await one.get()
    await one.rates.share()
    await one.rates.share()
    assert await one.until_refused(50) == LIMIT - 3
    assert "practice_exchange_rate_limits_unshared_total 2.0" in await one.figures()
    warnings = [line for line in map(json.loads, one.log.getvalue().splitlines()) if line["level"] == "warning"]
    assert [line["event"] for line in warnings] == ["limits are not shared: the database is away"]
    await store.close()


async def test_very_many_addresses_cost_no_more_memory_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.rates.rates.MOST_KEYS", 100)
    one = replica(None, Clock())
    for number in range(1000):
        one.rates.take_one(Kind.SEARCH, By.ADDRESS, str(number))
    assert len(one.rates._windows) == 100


async def test_counts_of_minutes_that_are_over_are_forgotten() -> None:
    clock = Clock()
    one = replica(None, clock)
    await one.get()
    clock.now += 180
    await one.rates.share()
    assert not one.rates._windows


@pytest.mark.parametrize("networks", ["nonsense", "10.0.0.1/8"])
def test_networks_that_are_none_are_refused(networks: str) -> None:
    with pytest.raises(ValueError, match="rate_exempt_networks"):
        RateSettings(rate_exempt_networks=networks)
