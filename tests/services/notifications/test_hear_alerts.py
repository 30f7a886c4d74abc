"""News of saved searches: told once, as soon as the search says and preferences allow, and taken back in time."""

from __future__ import annotations

from typing import Literal

import pytest

from services.notifications.hear_alerts import HearAlerts
from services.notifications.hear_submissions import HearSubmissions
from shared.events.alerts import AlertRaised, Match
from shared.store.outbox import Transaction
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


async def test_what_is_no_longer_public_is_taken_out_of_a_digest_that_did_not_go_yet(desk: Desk) -> None:
    for who in ("ana", "ben"):
        await desk.sign_in(who)
    gone = (match(desk, "ana", frequency="daily"), match(desk, "ben", frequency="daily"))
    await desk.hear(raised(*gone, practice_id="c1"), "alert:a1")
    await desk.hear(raised(match(desk, "ana", frequency="daily"), practice_id="c2"), "alert:a2")
    desk.clock.pass_(days=1)
    await desk.timers().catch_up()
    await desk.hear(Voice("c1", desk.id("zoe")).tombstoned())
    await desk.send()
    (mail,) = desk.sink.to("ana@example.org")
    assert "/practices/c2" in mail.part("plain")
    assert "/practices/c1" not in mail.part("plain")
    assert desk.sink.to("ben@example.org") == []


async def test_an_alert_that_is_heard_after_the_tombstone_tells_nobody(desk: Desk) -> None:
    for who in ("ana", "ben"):
        await desk.sign_in(who)
    await desk.hear(Voice("c1", desk.id("zoe")).tombstoned())
    await desk.hear(raised(match(desk, "ana"), match(desk, "ben", frequency="daily"), practice_id="c1"), "alert:a1")
    await desk.tick(days=1)
    assert desk.sink.to("ana@example.org") == desk.sink.to("ben@example.org") == []
    assert await desk.inbox("ana") == []


@pytest.mark.parametrize("first", ["alert", "tombstone"])
async def test_an_alert_and_the_tombstone_at_the_same_moment_tell_nobody(desk: Desk, first: str) -> None:
    await desk.sign_in("ana")
    alert = desk.received(raised(match(desk, "ana"), practice_id="c1"), "alert:a1")
    tombstone = desk.received(Voice("c1", desk.id("zoe")).tombstoned(), "contribution:c1")
    hearings = desk.hearings
    hear_alerts, hear_submissions = HearAlerts(hearings), HearSubmissions(hearings)

    async def together(tx: Transaction) -> None:
        if first == "alert":
            await hear_alerts.on_raised(alert, tx)
        await hear_submissions.on_tombstoned(tombstone, tx)
        if first == "tombstone":
            await hear_alerts.on_raised(alert, tx)

    await desk.store.transact(together)
    await desk.tick(days=1)
    assert desk.sink.to("ana@example.org") == []


async def test_a_tombstone_that_comes_while_an_alert_is_being_heard_waits_its_turn(desk: Desk) -> None:
    await desk.sign_in("ana")
    alert = desk.received(raised(match(desk, "ana"), practice_id="c1"), "alert:a1")
    hear_alerts, attempts = HearAlerts(desk.hearings), 0

    async def heard_slowly(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        await hear_alerts.on_raised(alert, tx)
        if attempts == 1:
            await desk.hear(Voice("c1", desk.id("zoe")).tombstoned())

    await desk.store.transact(heard_slowly)
    await desk.tick(days=1)
    assert desk.sink.to("ana@example.org") == []
