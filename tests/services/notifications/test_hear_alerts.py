"""News of saved searches: told once, as soon as the search says and preferences allow, and taken back in time."""

from __future__ import annotations

from typing import Literal

from shared.events.alerts import AlertRaised, Match
from tests.services.notifications.desk import Desk
from tests.services.notifications.voices import Voice

SITE = "https://practice-exchange.example"


def raised(*matches: Match, practice_id: str = "p1") -> AlertRaised:
    return AlertRaised(
        practice_id=practice_id,
        version=1,
        kind="practice",
        title={"en": "Shadow weeks"},
        source_language="en",
        matches=matches,
    )


def match(
    desk: Desk, who: str, *, frequency: Literal["at_once", "daily"] = "at_once", name: str = "My <search>"
) -> Match:
    return Match(person_id=desk.id(who), search_id="s1", name=name, frequency=frequency, stop="stop-this_one")


async def test_at_once_or_in_the_digest_as_each_search_says(desk: Desk) -> None:
    for who in ("ana", "ben"):
        await desk.sign_in(who)
    await desk.hear(raised(match(desk, "ana"), match(desk, "ben", frequency="daily")), "alert:a1")
    await desk.send()
    (mail,) = desk.sink.to("ana@example.org")
    assert mail.subject == "New for “My <search>”: Shadow weeks"
    assert f"{SITE}/practices/p1" in mail.part("plain")
    assert "My &lt;search&gt;" in mail.part("html")
    assert f"<{SITE}/searches/stop/stop-this_one>".encode() in mail.header("List-Unsubscribe")
    assert desk.sink.to("ben@example.org") == []
    (notice,) = await desk.inbox("ben")
    assert (notice["kind"], notice["link"]) == ("search_matched", f"{SITE}/practices/p1")
    await desk.tick(days=1)
    (digest,) = desk.sink.to("ben@example.org")
    assert "Shadow weeks" in digest.part("plain")
    assert len(desk.sink.to("ana@example.org")) == 1


async def test_preferences_may_make_it_less_and_never_more(desk: Desk) -> None:
    for who, mail in (("ana", "daily"), ("ben", "off")):
        await desk.sign_in(who)
        await desk.put("/preferences", who, json={"kinds": {"search_matched": {"mail": mail}}})
    await desk.hear(raised(match(desk, "ana"), match(desk, "ben", frequency="daily")), "alert:a1")
    await desk.tick()
    assert desk.sink.to("ana@example.org") == desk.sink.to("ben@example.org") == []
    await desk.tick(days=1)
    assert len(desk.sink.to("ana@example.org")) == 1
    assert desk.sink.to("ben@example.org") == []


async def test_what_is_no_longer_public_is_not_told_any_more(desk: Desk) -> None:
    for who in ("ana", "ben"):
        await desk.sign_in(who)
    await desk.hear(raised(match(desk, "ana"), match(desk, "ben", frequency="daily"), practice_id="c1"), "alert:a1")
    await desk.hear(Voice("c1", desk.id("zoe")).tombstoned())
    await desk.tick(days=1)
    assert desk.sink.to("ana@example.org") == desk.sink.to("ben@example.org") == []
    assert [one["state"] for one in await desk.deliveries() if one["kind"] == "search_matched"] == ["cancelled"]
