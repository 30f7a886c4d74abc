"""Events heard in one transaction come to the same as one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.notifications.store.reminders import Cancellation, Reminders, ReminderState
from shared.errors import Transient
from shared.events.base import EventData
from tests.services.notifications.desk import Desk
from tests.services.notifications.voices import Voice

WEEK = timedelta(days=7)


def published(desk: Desk, name: str) -> list[EventData]:
    voice, now, due = Voice(name, desk.id("ana")), desk.clock.now, desk.clock.now + 2 * WEEK
    return [
        voice.drafted(),
        voice.submitted(),
        voice.opened(due),
        voice.claimed(desk.id("rita"), due),
        voice.assigned(desk.id("ravi"), due),
        voice.completed(desk.id("rita")),
        voice.released(desk.id("ravi"), "lease_expired"),
        voice.claimed(desk.id("ravi"), due),
        voice.completed(desk.id("ravi")),
        voice.ready(),
        voice.changes_requested(now),
        voice.resubmitted(),
        voice.approved(now),
        voice.published(),
    ]


def ended(desk: Desk, name: str) -> list[EventData]:
    voice, now, due = Voice(name, desk.id("ana")), desk.clock.now, desk.clock.now + 2 * WEEK
    return [
        voice.submitted(),
        voice.opened(due),
        voice.claimed(desk.id("rita"), due),
        voice.claimed(desk.id("ravi"), due),
        voice.completed(desk.id("rita")),
        voice.rejected(now),
        voice.appealed(),
        voice.withdrawn(),
        voice.closed(desk.id("rita")),
        voice.tombstoned(),
    ]


async def sign_in(desk: Desk) -> None:
    for who, role in (("ana", "member"), ("rita", "reviewer"), ("ravi", "reviewer"), ("zoe", "coordinator")):
        await desk.sign_in(who, roles=[role])


async def there(desk: Desk, name: str) -> dict[str, Any]:
    """Everything that was made of the events of one contribution, without ids and times."""
    about = {"facts.contribution_id": name}
    db = desk.store.db
    found: dict[str, Any] = {"contribution": await db["contributions"].find_one({"_id": name}, {"_id": 0})}
    for collection in ("deliveries", "notices", "digest_lines"):
        rows = await db[collection].find(about).to_list(None)
        found[collection] = sorted((row["kind"], row["person_id"]) for row in rows)
    waiting = await db["reminders"].find({**about, "state": ReminderState.WAITING}).to_list(None)
    found["reminders"] = sorted((row["kind"], row["person_id"], str(row.get("standing"))) for row in waiting)
    return found


@pytest.mark.parametrize("life", [published, ended])
async def test_together_and_one_by_one_come_to_the_same(desk: Desk, life: Any) -> None:
    await sign_in(desk)
    for event in life(desk, "alone"):
        await desk.hear(event)
    await desk.hear_together(*life(desk, "together"))
    alone, together = await there(desk, "alone"), await there(desk, "together")
    assert together == alone
    assert alone["notices"]
    assert bool(alone["reminders"]) == (life is published)


async def test_two_contributions_in_one_transaction_do_not_mix(desk: Desk) -> None:
    await sign_in(desk)
    mixed = [event for pair in zip(published(desk, "c1"), ended(desk, "c2"), strict=False) for event in pair]
    await desk.hear_together(*mixed, *published(desk, "c1")[10:])
    for event in published(desk, "c3"):
        await desk.hear(event)
    assert await there(desk, "c1") == await there(desk, "c3")


async def test_an_event_that_cannot_be_handled_yet_leaves_nothing_of_the_others(desk: Desk) -> None:
    await sign_in(desk)
    with pytest.raises(Transient):
        await desk.hear_together(
            Voice("c1", desk.id("ana")).submitted(), Voice("c2", desk.id("ana")).opened(desk.clock.now + WEEK)
        )
    assert await there(desk, "c1") == {
        "contribution": None,
        "deliveries": [],
        "notices": [],
        "digest_lines": [],
        "reminders": [],
    }


async def test_reminders_of_all_are_cancelled_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await sign_in(desk)
    asked: list[list[Cancellation]] = []
    cancel = Reminders.cancel

    async def counted(self: Reminders, cancellations: list[Cancellation], session: Any) -> list[str]:
        asked.append(cancellations)
        return await cancel(self, cancellations, session)

    monkeypatch.setattr(Reminders, "cancel", counted)
    await desk.hear_together(*published(desk, "c1"), *ended(desk, "c2"))
    assert len(asked) == 1
    assert len(asked[0]) > 2


async def test_what_was_told_late_is_taken_back_in_the_transaction_of_the_answer(desk: Desk) -> None:
    await sign_in(desk)
    voice = Voice("c1", desk.id("ana"))
    await desk.hear(voice.submitted())
    await desk.hear(voice.changes_requested(desk.clock.now))
    await desk.send()
    desk.clock.pass_(days=22)
    await desk.timers().catch_up()

    async def queued() -> list[str]:
        return [one["state"] for one in await desk.deliveries() if one["kind"] == "changes_reminder"]

    assert await queued() == ["queued"]
    await desk.hear_together(voice.resubmitted(), voice.withdrawn())
    assert await queued() == ["cancelled"]
