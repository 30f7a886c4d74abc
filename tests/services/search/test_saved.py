"""Saved searches at the running service: kept, changed, told of what is new, and served when the record is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from local.mongod import Mongod
from services.search.follow import Follower
from services.search.saved.searches import MOST
from shared.bus.reading import Message, ReadingLost
from tests.access_table import assert_hidden_from_strangers
from tests.services.search.desk import Desk, open_desk
from tests.services.search.making import Publisher, practice, worded
from tests.services.search.saved_desk import Reader, Said
from tests.waiting import eventually

ATOM = "{http://www.w3.org/2005/Atom}"


def soon(minutes: int = 1) -> datetime:
    """Published after whatever is saved in a test."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


@pytest.fixture
def said(publisher: Publisher) -> Said:
    return Said(js=publisher.js)


def reader(desk: Desk, who: str = "ana") -> Reader:
    return Reader(desk=desk, who=who)


async def test_saved_renamed_paused_deleted_restored(desk: Desk) -> None:
    ana, ben = reader(desk), reader(desk, "ben")
    saved = await ana.save("teachers abroad", name="Teachers", country=["pt"], year=[2024])
    assert (saved["q"], saved["filters"]) == ("teachers abroad", {"country": ["PT"], "year": ["2024"]})
    assert await ana.mine() == [saved]
    typed = await ana.save("country:pt apprentices", theme=["recognition"], name="Typed")
    assert (typed["q"], typed["filters"]) == ("apprentices", {"theme": ["recognition"], "country": ["PT"]})
    await ana.ok("DELETE", f"/saved-searches/{typed['id']}")
    assert await ben.mine() == []
    renamed = await ana.change(saved, name="Abroad", frequency="daily", paused=True)
    assert (renamed["name"], renamed["frequency"], renamed["paused"]) == ("Abroad", "daily", True)
    stale = await ana.call(
        "PATCH", f"/saved-searches/{saved['id']}", json={"name": "Late"}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    await ana.ok("DELETE", f"/saved-searches/{saved['id']}")
    assert await ana.mine() == []
    assert (await ana.call("GET", f"/saved-searches/{saved['id']}")).status_code == 404
    await ana.ok("POST", f"/saved-searches/{saved['id']}/restore")
    (back,) = await ana.mine()
    assert (back["name"], back["paused"]) == ("Abroad", True)


async def test_what_cannot_be_saved_says_why(desk: Desk) -> None:
    ana = reader(desk)
    first = await ana.save("teachers  abroad", theme=["recognition", "staff-mobility"])
    body: dict[str, Any] = {
        "name": "Again",
        "q": " teachers abroad",
        "filters": {"theme": ["staff-mobility", "recognition"]},
    }
    again = await ana.call("POST", "/saved-searches", json=body)
    assert (again.status_code, again.json()["id"]) == (409, first["id"])
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"name": "Nothing"}, "/q"),
        ({"name": "Signs", "q": "*** !!"}, "/q"),
        ({"name": "", "q": "words"}, "/name"),
        ({"name": "Code", "filters": {"theme": ["teleportation"]}}, "/filters/theme/0"),
        ({"name": "Typed", "q": "theme:teleportation"}, "/q"),
        ({"name": "NUL", "q": "a\x00b"}, "/q"),
    )
    for body, pointer in wrong:
        refused = await ana.call("POST", "/saved-searches", json=body)
        assert refused.status_code in {400, 422}, refused.text
        assert refused.status_code == 400 or refused.json()["errors"][0]["pointer"] == pointer
    for number in range(MOST - 1):
        await ana.save(f"word{number}")
    full = await ana.call("POST", "/saved-searches", json={"name": "One more", "q": "more"})
    assert (full.status_code, full.json()["most"]) == (409, MOST)


async def test_news_is_told_once_per_practice_and_person(desk: Desk, said: Said, publisher: Publisher) -> None:
    ana, ben = reader(desk), reader(desk, "ben")
    await ana.save("apprentices", name="Daily", frequency="daily")
    await ana.save("apprentices porto", name="At once")
    await ana.save("", name="Country", country=["PT"], frequency="daily")
    await ben.save("porto -apprentices")
    await ben.save("apprentices", name="Off", frequency="off")
    made = practice("new", title="Apprentices in Porto", published=soon())
    await publisher.publish(made)
    assert await said.until(1) == [("new", ana.id, "at_once")]
    (alert,) = said.events
    assert (alert["title"], alert["matches"][0]["name"]) == ({"en": "Apprentices in Porto"}, "At once")
    # A revision tells only those who were not told before.
    revised = practice("new", title="Bakers in Porto", version=2, published=soon(2))
    await publisher.publish(revised, said=2)
    assert await said.until(2) == [("new", ana.id, "at_once"), ("new", ben.id, "at_once")]
    await publisher.publish(practice("last", title="Apprentices", countries=["FI"], published=soon(3)))
    assert (await said.until(3))[2:] == [("last", ana.id, "daily")]


async def test_only_what_is_published_after_it_spoke_again(desk: Desk, said: Said, publisher: Publisher) -> None:
    ana, ben = reader(desk), reader(desk, "ben")
    saved = await ana.save("teachers")
    await ben.save("teachers")
    await publisher.publish(practice("old", published=datetime.now(UTC) - timedelta(days=9)), said=2)
    await ana.change(saved, paused=True)
    await publisher.publish(practice("one", published=soon()))
    assert await said.until(1) == [("one", ben.id, "at_once")]
    (saved,) = await ana.mine()
    await ana.change(saved, paused=False)
    await publisher.publish(practice("two", published=soon(2)))
    assert {person for practice_id, person, _ in await said.until(3) if practice_id == "two"} == {ana.id, ben.id}


async def test_what_is_gone_again_is_not_told(desk: Desk, said: Said, publisher: Publisher) -> None:
    await reader(desk).save("teachers")
    await publisher.publish(practice("gone", published=soon()))
    await publisher.withdraw("gone")
    await publisher.publish(practice("stays", published=soon()))
    assert [practice_id for practice_id, _, _ in await said.until(1)] == ["stays"]


async def test_a_link_in_a_mail_stops_one_search_and_lets_it_go_on(
    desk: Desk, said: Said, publisher: Publisher
) -> None:
    ana = reader(desk)
    await ana.save("teachers")
    await publisher.publish(practice("one", published=soon()))
    await said.until(1)
    address = f"/alerts/{said.events[0]['matches'][0]['stop']}"
    assert await desk.get(address) == {"name": "Mine", "stopped": False}
    assert (await ana.mine())[0]["paused"] is False
    for _ in range(2):
        assert (await desk.client.post(f"{address}/stop")).json() == {"name": "Mine", "stopped": True}
    assert (await ana.mine())[0]["paused"] is True
    assert (await desk.client.post(f"{address}/resume")).json()["stopped"] is False
    assert (await desk.client.post("/alerts/unknown/stop")).status_code == 404


async def test_a_feed_has_what_answers_and_ends_when_its_owner_says_so(desk: Desk, publisher: Publisher) -> None:
    ana = reader(desk)
    saved = await ana.save("teachers abroad", name="Feed & <me>")
    made = practice("p", titles=worded(en="Teachers & <abroad>", de="Lehrkräfte"), summary=worded(en="Bad \x0b sign"))
    await desk.reaches(
        await publisher.publish_all([made, practice("old"), practice("other", title="Apprentices abroad")])
    )
    path = "/feeds/" + saved["feed"].rpartition("/")[2]
    answer = await desk.client.get(path)
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)
    assert feed.findtext(f"{ATOM}title") == "Feed & <me>"
    titles = {entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")}
    assert titles == {"Teachers & <abroad>", "Teachers abroad"}
    assert f"{ATOM}summary" in {element.tag for element in feed.iter()}
    again = await desk.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    renewed = await ana.ok("POST", f"/saved-searches/{saved['id']}/feed")
    assert renewed["feed"] != saved["feed"]
    assert (await desk.client.get(path)).status_code == 404
    path = "/feeds/" + renewed["feed"].rpartition("/")[2]
    assert (await desk.client.get(path)).status_code == 200
    assert (await ana.ok("DELETE", f"/saved-searches/{saved['id']}/feed"))["feed"] is None
    assert (await desk.client.get(path)).status_code == 404


async def test_a_replica_that_was_away_tells_what_was_published_meanwhile(
    nats_url: str, publisher: Publisher, tmp_path: Path, mongodb_url: str, database: str
) -> None:
    said, record = Said(js=publisher.js), (mongodb_url, database)
    async with open_desk(nats_url, tmp_path / "one", publisher, record=record) as desk:
        await desk.reaches(await publisher.publish(practice("before")))
        ana = reader(desk)
        await ana.save("teachers")
        await publisher.publish(practice("live", published=soon()))
        await said.until(1)
    await publisher.publish_all([practice(f"p{n}", published=soon()) for n in range(40)])
    async with (
        open_desk(nats_url, tmp_path / "two", publisher, record=record),
        open_desk(nats_url, tmp_path / "three", publisher, record=record) as desk,
    ):
        await said.until(41)
        await desk.reaches(await publisher.publish(practice("last", published=soon())))
        told = await said.until(42)
    assert sorted(practice_id for practice_id, _, _ in told) == sorted(["live", "last", *(f"p{n}" for n in range(40))])


async def test_what_only_a_rebuild_brought_is_told_too(
    desk: Desk, said: Said, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the serving index cannot read the catalogue for a while, and the one that is built beside it can."""
    real = Follower._apply

    async def deaf(self: Follower, stream: str, messages: list[Message]) -> None:
        if self._heard:
            raise ReadingLost("nothing comes through")
        await real(self, stream, messages)

    ana = reader(desk)
    await desk.reaches(await publisher.publish(practice("before")))
    await ana.save("teachers")
    monkeypatch.setattr(Follower, "_apply", deaf)
    last = await publisher.publish(practice("news", published=soon()))
    await desk.rebuild()
    await desk.reaches(last)
    assert await said.until(1) == [("news", ana.id, "at_once")]


async def test_many_people_are_told_in_events_of_a_bounded_size(desk: Desk, said: Said, publisher: Publisher) -> None:
    people = [reader(desk, f"person{n}") for n in range(210)]
    for person in people:
        await person.save("teachers")
    await publisher.publish(practice("new", published=soon()))
    told = await said.until(len(people))
    assert {person for _, person, _ in told} == {person.id for person in people}
    assert [len(alert["matches"]) for alert in said.events] == [200, 10]


async def test_queries_are_answered_while_the_record_is_away_and_news_waits_for_it(
    nats_url: str, publisher: Publisher, tmp_path: Path, mongod: Mongod
) -> None:
    said, record = Said(js=publisher.js), (mongod.url, "search")
    async with open_desk(nats_url, tmp_path / "shelf", publisher, record=record) as desk:
        await desk.reaches(await publisher.publish(practice("before")))
        ana = reader(desk)
        saved = await ana.save("teachers")
        await mongod.kill()
        await desk.reaches(await publisher.publish(practice("new", published=soon())))
        assert set(await desk.ids(q="teachers")) == {"before", "new"}
        assert (await desk.get("/health/ready"))["status"] == "ready"
        refused = await ana.call("GET", "/saved-searches")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        await mongod.restart()
        assert await said.until(1) == [("new", ana.id, "at_once")]

        async def back() -> bool:
            return [one["id"] for one in await ana.mine()] == [saved["id"]]

        await eventually(back, 20)


async def test_nobody_reaches_somebody_elses(desk: Desk) -> None:
    saved = await reader(desk, "owner").save("teachers")
    stranger = {"sub": "stranger", "organisation": "elsewhere"}
    values = {"search_id": saved["id"]}
    assert await assert_hidden_from_strangers(desk.service.app, desk.issuer, values=values, stranger=stranger) > 20
