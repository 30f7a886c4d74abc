"""Reminders and digests by a clock in the test's hands: late once, never twice, never for nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.notifications.domain.digest import LINES_SHOWN
from tests.services.notifications.desk import Desk
from tests.services.notifications.voices import Voice

TWO_WEEKS = timedelta(days=14)


def mailed(desk: Desk, who: str) -> list[str]:
    return [mail.subject for mail in desk.sink.to(f"{who}@example.org")]


async def claimed(desk: Desk) -> Voice:
    await desk.sign_in("rita", roles=["reviewer"])
    voice = Voice("c1", "somebody")
    await desk.hear(voice.claimed(desk.id("rita"), desk.clock.now + TWO_WEEKS))
    return voice


async def test_a_review_is_reminded_of_before_and_after_it_is_due(desk: Desk) -> None:
    await claimed(desk)
    await desk.tick(days=10)
    assert mailed(desk, "rita") == []
    await desk.tick(days=1)
    assert mailed(desk, "rita") == ["Due on 14 April 2031: review of Job shadowing across borders"]
    await desk.tick(days=1)
    await desk.tick(days=2)
    await desk.tick(days=1)
    assert mailed(desk, "rita")[1:] == ["Overdue: review of Job shadowing across borders"]


async def test_a_missed_day_is_made_up_for_once(desk: Desk) -> None:
    await claimed(desk)
    await desk.tick(days=12)  # nothing ran on the eleventh day
    assert len(mailed(desk, "rita")) == 1
    await desk.tick(days=0)
    assert len(mailed(desk, "rita")) == 1


async def test_after_weeks_off_what_is_overdue_is_not_called_due_soon(desk: Desk) -> None:
    await claimed(desk)
    await desk.tick(days=60)
    assert mailed(desk, "rita") == ["Overdue: review of Job shadowing across borders"]


async def test_a_finished_or_released_review_is_not_reminded_of(desk: Desk) -> None:
    voice = await claimed(desk)
    await desk.hear(voice.completed(desk.id("rita")))
    await desk.sign_in("ravi", roles=["reviewer"])
    await desk.hear(voice.claimed(desk.id("ravi"), desk.clock.now + TWO_WEEKS))
    await desk.hear(voice.released(desk.id("ravi"), "released"))
    await desk.tick(days=60)
    assert mailed(desk, "rita") == mailed(desk, "ravi") == []


async def test_a_reminder_made_and_not_yet_sent_is_taken_back(desk: Desk) -> None:
    voice = await claimed(desk)
    desk.clock.pass_(days=12)
    await desk.timers().catch_up()
    await desk.hear(voice.completed(desk.id("rita")))
    await desk.send()
    assert mailed(desk, "rita") == []
    assert [one["state"] for one in await desk.deliveries()] == ["cancelled"]


async def test_two_replicas_remind_once(desk: Desk) -> None:
    await claimed(desk)
    desk.clock.pass_(days=12)
    await asyncio.gather(*(desk.timers().catch_up() for _ in range(4)))
    await desk.send()
    assert len(mailed(desk, "rita")) == 1


async def test_requested_changes_are_reminded_of_until_they_are_answered(desk: Desk) -> None:
    await desk.sign_in("ana")
    asked, answered = Voice("c1", desk.id("ana")), Voice("c2", desk.id("ana"))
    for voice in (asked, answered):
        await desk.hear(voice.submitted())
        await desk.hear(voice.changes_requested(desk.clock.now))
    await desk.hear(answered.resubmitted())
    await desk.send()
    before = len(desk.sink.mails)
    await desk.tick(days=20)
    assert len(desk.sink.mails) == before
    await desk.tick(days=2)
    assert mailed(desk, "ana")[before:] == ["Still waiting for your changes: Job shadowing across borders"]
    assert "31 March 2031" in desk.sink.mails[-1].part("plain")
    assert "/contributions/c1" in desk.sink.mails[-1].part("plain")


async def test_an_answer_heard_before_its_question_is_not_reminded_of(desk: Desk) -> None:
    """The two families of events are heard independently; after a pause the second may come first."""
    await desk.sign_in("ana")
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    asked = desk.clock.now
    await desk.hear(voice.resubmitted())
    await desk.hear(voice.changes_requested(asked))
    await desk.send()
    before = len(desk.sink.mails)
    await desk.tick(days=40)
    assert len(desk.sink.mails) == before


async def test_a_draft_left_alone_is_reminded_of_in_the_digest(desk: Desk) -> None:
    await desk.sign_in("ana")
    await desk.sign_in("ben")
    await desk.hear(Voice("c1", desk.id("ana")).drafted())
    submitted = Voice("c2", desk.id("ben"))
    await desk.hear(submitted.drafted())
    await desk.hear(submitted.submitted())
    discarded = Voice("c3", desk.id("ben"))
    await desk.hear(discarded.drafted())
    await desk.hear(discarded.discarded())
    await desk.send()
    await desk.tick(days=14)
    assert mailed(desk, "ana") == []
    await desk.tick(days=1)
    assert mailed(desk, "ana") == ["One piece of news from Practice Exchange"]
    assert "The draft you began on 31 March 2031" in desk.sink.to("ana@example.org")[0].part("plain")
    assert len(mailed(desk, "ben")) == 1, "what was received, and nothing else"


async def test_a_draft_handed_in_before_the_digest_is_not_in_it(desk: Desk) -> None:
    await desk.sign_in("ana")
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.drafted())
    desk.clock.pass_(days=14)
    await desk.timers().catch_up()
    await desk.hear(voice.submitted())
    await desk.tick(days=2)
    assert mailed(desk, "ana") == ["Received: Job shadowing across borders"], "and no empty digest"


async def daily(desk: Desk, who: str, **settings: str) -> None:
    await desk.sign_in(who)
    await desk.put("/me", who, json=settings)
    kinds = {kind: {"mail": "daily"} for kind in ("submission_received", "published")}
    await desk.put("/preferences", who, json={"kinds": kinds})


async def test_the_digest_comes_in_the_morning_of_its_reader(desk: Desk) -> None:
    await daily(desk, "ana")
    await daily(desk, "ben", time_zone="Pacific/Auckland")
    await desk.hear(Voice("c1", desk.id("ana"), desk.id("ben")).submitted())
    await desk.tick(hours=5, minutes=59)  # 12:00 and not quite 6 hours: 6:59 in Auckland
    assert len(desk.sink.mails) == 0
    await desk.tick(minutes=1)
    assert (len(mailed(desk, "ana")), len(mailed(desk, "ben"))) == (0, 1)
    await desk.tick(hours=13)
    assert (len(mailed(desk, "ana")), len(mailed(desk, "ben"))) == (1, 1)
    await desk.tick(days=2)
    assert len(desk.sink.mails) == 2, "a day on which nothing happened has no digest"


async def test_moving_house_moves_the_morning(desk: Desk) -> None:
    await daily(desk, "ana")
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    await desk.put("/me", "ana", json={"time_zone": "Pacific/Auckland"})
    await desk.tick(hours=6)
    assert len(mailed(desk, "ana")) == 1


async def test_a_missed_morning_is_made_up_for_in_one_digest(desk: Desk) -> None:
    await daily(desk, "ana")
    for number in range(LINES_SHOWN + 3):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())
    desk.clock.pass_(days=3)
    await asyncio.gather(*(desk.timers().catch_up() for _ in range(3)))
    await desk.send()
    (mail,) = desk.sink.to("ana@example.org")
    assert mail.subject == f"{LINES_SHOWN + 3} pieces of news from Practice Exchange"
    assert "And 3 more in your inbox." in mail.part("plain")


async def test_a_digest_holds_nothing_its_reader_has_turned_off_since(desk: Desk) -> None:
    await daily(desk, "ana")
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    await desk.hear_of_publication(voice)
    desk.clock.pass_(days=1)
    await desk.timers().catch_up()
    await desk.put("/preferences", "ana", json={"kinds": {"submission_received": {"mail": "off"}}})
    await desk.send()
    (mail,) = desk.sink.to("ana@example.org")
    assert "is published" in mail.part("plain")
    assert "was received" not in mail.part("plain")


async def test_a_digest_of_which_nothing_is_wanted_any_more_is_not_sent(desk: Desk) -> None:
    await daily(desk, "ana")
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    desk.clock.pass_(days=1)
    await desk.timers().catch_up()
    await desk.put("/preferences", "ana", json={"kinds": {"submission_received": {"mail": "off"}}})
    await desk.send()
    assert not desk.sink.mails
    assert [one["state"] for one in await desk.deliveries()] == ["cancelled"]


async def test_what_was_turned_off_before_the_morning_takes_no_place_in_the_digest(desk: Desk) -> None:
    await daily(desk, "ana")
    for number in range(LINES_SHOWN):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())
    await desk.hear_of_publication(Voice("c0", desk.id("ana")))
    kinds = {"submission_received": {"mail": "off"}, "published": {"mail": "daily"}}
    await desk.put("/preferences", "ana", json={"kinds": kinds})
    await desk.tick(days=1)
    (mail,) = desk.sink.to("ana@example.org")
    assert mail.subject == "One piece of news from Practice Exchange"
    assert "is published" in mail.part("plain")


async def test_digests_wait_for_people_who_have_not_signed_in(desk: Desk) -> None:
    await desk.hear(Voice("c1", desk.id("ana")).drafted())
    await desk.tick(days=16)
    await desk.tick(days=2)
    await desk.sign_in("ana")
    await desk.tick(minutes=1)
    assert len(mailed(desk, "ana")) == 1
