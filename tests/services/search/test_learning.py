"""Learning from use: what is counted and what never is, seen only once many days asked for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from services.search.learning.store import Askings
from services.search.learning.tally import Tally
from services.search.learning.words import countable
from shared.store.client import Store
from tests.services.search.desk import open_desk
from tests.services.search.making import Publisher, practice

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        ("  Green   MOBILITY ", "green mobility"),
        ("Ｇｒｅｅｎ", "green"),
        ("Mobilität 2024", "mobilität 2024"),
        ("erasmus+ ka122", "erasmus+ ka122"),
        ("数字 学习", "数字 学习"),
        ("anna.berg@example.org", None),
        ("call +32 2 555 12 12", None),
        ("0471 234567", None),
        ("4111111111111111", None),
        ("BE68539007547034", None),
        ("https://example.org/me", None),
        ("www.example.org", None),
        ("session a8f3k2l9q", None),
        ("my whole sentence about who i am and more", None),
        ("x" * 31, None),
        ("word " * 6 + "x" * 30, None),
        ("?!", None),
        ("", None),
    ],
)
def test_what_looks_like_somebodys_is_not_counted(typed: str, counted: str | None) -> None:
    assert countable(typed) == counted


def test_a_minute_holds_so_many_queries_and_no_more() -> None:
    tally = Tally()
    for number in range(26 * 26 * 26):
        letters = "".join(chr(97 + number // 26**place % 26) for place in range(3))
        tally.asked(f"word {letters}", "en", answered=False)
    tally.asked("word aaa", "en", answered=True)
    counts = tally.take()
    assert (len(counts), counts["en", "word aaa"].asked) == (5_000, 2)
    assert tally.take() == {}


class Days:
    """A clock that a test moves by days, ahead of the real one so that the database forgets nothing meanwhile."""

    def __init__(self) -> None:
        self.now = datetime(2031, 3, 1, 9, 30, 17, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def askings(mongodb_url: str, database: str) -> AsyncIterator[tuple[Askings, Days]]:
    days = Days()
    store = await Store.connect(mongodb_url, database, service="search", clock=days)
    kept = Askings(store.db, days)
    await kept.make_indexes()
    yield kept, days
    await store.close()


async def asked(kept: Askings, text: str, times: int = 1, *, answered: bool = False, clicked: bool = False) -> None:
    tally = Tally()
    for _ in range(times):
        tally.asked(text, "en", answered=answered)
    if clicked:
        tally.clicked(text, "en")
    if counts := tally.take():
        await kept.add(counts)


async def test_a_query_is_seen_and_written_once_three_days_asked_for_it(
    askings: tuple[Askings, Days], mongodb_url: str, database: str
) -> None:
    kept, days = askings
    with MongoClient[Json](mongodb_url) as client:

        def written() -> str:
            rows = [row for name in client[database].list_collection_names() for row in client[database][name].find()]
            return json.dumps(rows, default=repr)

        for day in range(2):
            await asked(kept, "Quantum pottery", times=5)
            days.now += timedelta(days=1)
            assert await kept.gaps(clicks=False) == [], day
            assert "pottery" not in written()
        await asked(kept, "quantum  pottery")
        (gap,) = await kept.gaps(clicks=False)
        assert (gap.words, gap.asked, gap.unanswered, gap.days, gap.last) == (
            "quantum pottery",
            11,
            11,
            3,
            "2031-03-03",
        )
        assert "09:30" not in written()
        assert "30, 17" not in written()  # no time of day


async def test_answered_and_never_opened_is_another_gap(askings: tuple[Askings, Days]) -> None:
    kept, days = askings
    for day in range(3):
        await asked(kept, "opened once", answered=True, clicked=day == 1)
        await asked(kept, "never opened", times=2, answered=True)
        await asked(kept, "not there", answered=False)
        await asked(kept, "ana@example.org", answered=False)
        days.now += timedelta(days=1)
    assert [gap.words for gap in await kept.gaps(clicks=False)] == ["not there"]
    assert [gap.words for gap in await kept.gaps(clicks=True)] == ["never opened"]


async def test_what_the_service_counts(
    nats_url: str, publisher: Publisher, tmp_path: Path, mongodb_url: str, database: str
) -> None:
    async with open_desk(nats_url, tmp_path / "shelf", publisher, record=(mongodb_url, database)) as desk:
        made = [practice(countries=["PT"], themes=["recognition"]), practice(countries=["FI", "PT"])]
        await desk.reaches(await publisher.publish_all(made))
        for query in ({"q": "glassblowing"}, {"q": "glassblowing", "page": 2}, {"q": "Teachers"}, {"q": ""}):
            await desk.get("/search", lang="en", **query)
        await desk.get("/search", q="teachers", theme="inclusion", lang="en")  # its filter is what finds nothing
        clicked = await desk.client.post("/clicks", json={"q": "teachers ", "lang": "en"})
        assert clicked.status_code == 204
        coordinator = desk.issuer.headers(roles=["coordinator"])
        assert (await desk.client.get("/gaps", headers=coordinator)).json()["items"] == []
        cells = (await desk.client.get("/gaps/cells", params={"lang": "de"}, headers=coordinator)).json()
        assert [(row["country"], row["practices"]) for row in cells["items"]] == [("PT", 2), ("FI", 1)]
        portugal, finland = cells["items"]
        assert portugal["themes"] == {"recognition": 1, "staff-mobility": 1}
        assert "recognition" in finland["empty"]
        assert set(finland["empty"]) | set(finland["themes"]) == set(cells["themes"])
        assert (await desk.client.get("/gaps", headers=desk.issuer.headers(roles=["member"]))).status_code == 403
    with MongoClient[Json](mongodb_url) as client:  # at its end it has written what it counted
        rows = sorted((row["asked"], row["unanswered"], row["clicked"]) for row in client[database]["askings"].find())
    assert rows == [(1, 0, 1), (1, 1, 0)]
