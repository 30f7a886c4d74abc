"""From the ledger to the relay: each promise of "sent once", with the crash at the worst moment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import Secret
from pydantic_core import Url
from pymongo.errors import AutoReconnect

from services.notifications.domain.ledger import FIRST_RETRY, Entry
from services.notifications.store.deliveries import Deliveries, Delivery
from services.notifications.store.people import People
from shared.tasks import stopped
from tests.services.notifications.desk import Desk
from tests.services.notifications.sink import DROP, running_sink
from tests.services.notifications.voices import Voice
from tests.waiting import eventually

ANA = "ana@example.org"


class Killed(BaseException):
    """Stands for a process that ends here: nothing after it runs."""


class DyingDeliveries(Deliveries):
    """The ledger as seen by a sender that dies before it can write down what became of its mail."""

    async def settle(self, delivery: Delivery, entry: Entry, now: Any) -> bool:  # noqa: ARG002 - as its parent's
        raise Killed


async def submitted(desk: Desk, *authors: str, sign_in: bool = True) -> Voice:
    for who in authors if sign_in else ():
        await desk.sign_in(who)
    voice = Voice("c1", *(desk.id(who) for who in authors))
    await desk.hear(voice.submitted())
    return voice


async def states(desk: Desk) -> list[tuple[str, int]]:
    return [(one["state"], one["attempts"]) for one in await desk.deliveries()]


async def test_a_mail_goes_once(desk: Desk) -> None:
    await submitted(desk, "ana")
    assert await desk.send() == 1
    assert await desk.send() == 0
    (mail,) = desk.sink.to(ANA)
    assert mail.subject == "Received: Job shadowing across borders"
    assert await states(desk) == [("sent", 1)]


async def test_an_event_delivered_again_tells_nothing_again(desk: Desk) -> None:
    await desk.sign_in("ana")
    received = await desk.hear(Voice("c1", desk.id("ana")).submitted())
    again = desk.received(received.data, "another-durable-position", id=received.id)
    await desk.deliver(received)
    await desk.deliver(again)
    await desk.send()
    assert len(desk.sink.mails) == 1
    assert len(await desk.inbox("ana")) == 1


async def die_after_sending(desk: Desk) -> None:
    dying = replace(desk.records, deliveries=DyingDeliveries(desk.store.db))
    with pytest.raises(Killed):
        await desk.sender(dying).send_due()


async def test_a_crash_between_sending_and_recording_resends_once_and_says_so(desk: Desk) -> None:
    await submitted(desk, "ana")
    await die_after_sending(desk)
    assert await desk.send() == 0, "its lease still runs: it may yet come back"
    await desk.tick(minutes=6)
    (doubtful,) = await desk.deliveries(doubtful=True)
    assert (doubtful["state"], doubtful["doubts"]) == ("unknown", 1)
    assert doubtful["reason"]
    assert doubtful["address"] == "a…@example.org"
    await desk.tick(minutes=1)
    first, second = desk.sink.to(ANA)
    assert first.message_id == second.message_id == doubtful["message_id"]
    (resent,) = await desk.deliveries(doubtful=True)
    assert (resent["state"], resent["doubts"], resent["attempts"]) == ("sent", 1, 2), "the doubt stays on record"
    await desk.tick(days=1)
    assert len(desk.sink.mails) == 2


async def test_what_was_queued_by_a_clock_that_was_ahead_does_not_wait_for_that_time(desk: Desk) -> None:
    desk.clock.pass_(minutes=10)
    await submitted(desk, "ana")
    desk.clock.pass_(minutes=-10)
    await desk.tick(seconds=1)
    assert await states(desk) == [("sent", 1)]
    await desk.tick(minutes=20)
    assert len(desk.sink.mails) == 1


async def test_what_was_put_off_by_a_clock_that_was_ahead_is_tried_again(desk: Desk) -> None:
    await submitted(desk, "ana")
    desk.sink.recipient_answers.append("451 4.3.0 later")
    desk.clock.pass_(hours=10)
    await desk.send()
    assert await states(desk) == [("queued", 1)]
    desk.clock.pass_(hours=-10)
    await desk.tick(seconds=1)
    assert await states(desk) == [("sent", 2)]


async def test_what_a_clock_that_jumped_ahead_and_back_left_in_doubt_is_resent_soon(desk: Desk) -> None:
    await submitted(desk, "ana")
    await die_after_sending(desk)
    await desk.tick(minutes=10)
    assert await states(desk) == [("unknown", 1)]
    desk.clock.pass_(minutes=-10)
    await desk.tick(seconds=1)
    assert await states(desk) == [("sent", 2)]


async def test_two_crashes_leave_the_mail_to_a_person(desk: Desk) -> None:
    await submitted(desk, "ana")
    await die_after_sending(desk)
    await desk.tick(minutes=6)
    desk.clock.pass_(minutes=1)
    await die_after_sending(desk)
    await desk.tick(minutes=6)
    await desk.tick(days=1)
    (left,) = await desk.deliveries(state="unknown")
    assert (left["doubts"], left["next_attempt_at"]) == (2, None)
    assert len(desk.sink.mails) == 2, "no third"


async def test_a_relay_that_falls_silent_after_the_text_gets_it_once_more(desk: Desk) -> None:
    await submitted(desk, "ana")
    desk.sink.text_answers.append(DROP)
    await desk.send()
    assert [(one["state"], one["doubts"]) for one in await desk.deliveries()] == [("unknown", 1)]
    await desk.tick(seconds=FIRST_RETRY.total_seconds())
    assert [(one["state"], one["doubts"]) for one in await desk.deliveries()] == [("sent", 1)]
    assert len({mail.message_id for mail in desk.sink.mails}) == 1


async def test_a_temporary_refusal_is_tried_again_after_a_growing_pause(desk: Desk) -> None:
    await submitted(desk, "ana")
    desk.sink.text_answers.extend(["451 4.3.0 later", "451 4.3.0 later"])
    await desk.send()
    await desk.tick(seconds=29)
    assert await states(desk) == [("queued", 1)]
    await desk.tick(seconds=2)
    assert await states(desk) == [("queued", 2)]
    await desk.tick(seconds=31)
    assert await states(desk) == [("queued", 2)]
    await desk.tick(seconds=30)
    assert await states(desk) == [("sent", 3)]


async def test_what_is_refused_for_good_is_not_tried_again(desk: Desk) -> None:
    await submitted(desk, "ana")
    desk.sink.recipient_answers.append("550 5.1.1 no such user")
    await desk.tick()
    await desk.tick(days=1)
    (bounced,) = await desk.deliveries()
    assert (bounced["state"], bounced["attempts"], bounced["reason"]) == ("bounced", 1, "550 5.1.1 no such user")
    assert not desk.sink.mails


async def test_an_address_that_keeps_refusing_is_marked_and_its_mail_held_until_there_is_another(desk: Desk) -> None:
    voice = await submitted(desk, "ana")
    desk.sink.recipient_answers.extend(["550 5.1.1 no such user"] * 3)
    for _ in range(3):
        await desk.send()
        await desk.hear_of_publication(voice)
    await desk.send()
    assert await states(desk) == [("held", 0), *[("bounced", 1)] * 3]
    assert (await desk.sign_in("ana"))["mail"] == "address-bounces"
    assert not desk.sink.mails
    assert (await desk.sign_in("ana", email="ana@new.example"))["mail"] == "ok"
    await desk.send()
    assert [mail.recipient for mail in desk.sink.accepted] == ["ana@new.example"]


async def test_a_mail_that_went_is_not_in_doubt_because_its_address_could_not_be_marked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise AutoReconnect("the primary is gone")

    voice = await submitted(desk, "ana")
    desk.sink.recipient_answers.append("550 5.1.1 no such user")
    await desk.send()
    monkeypatch.setattr(People, "arrived", away)
    await desk.hear_of_publication(voice)
    await desk.send()
    await desk.tick(hours=1)
    assert sorted(await states(desk)) == [("bounced", 1), ("sent", 1)]
    assert len(desk.sink.mails) == 1


async def test_a_marked_address_can_be_tried_again_on_request(desk: Desk) -> None:
    voice = await submitted(desk, "ana")
    desk.sink.recipient_answers.extend(["550 5.2.1 disabled"] * 3)
    for _ in range(3):
        await desk.send()
        await desk.hear_of_publication(voice)
    assert (await desk.put("/me", "ana", json={"retry_address": True}))["mail"] == "ok"
    await desk.send()
    assert len(desk.sink.to(ANA)) == 1


async def test_one_that_arrives_forgets_the_refusals_before(desk: Desk) -> None:
    voice = await submitted(desk, "ana")
    for answers in (["550 5.1.1 x"] * 2, [], ["550 5.1.1 x"] * 2):
        desk.sink.recipient_answers.extend(answers)
        for _ in range(max(1, len(answers))):
            await desk.send()
            await desk.hear_of_publication(voice)
    assert (await desk.sign_in("ana"))["mail"] == "ok"


async def test_mail_for_somebody_unknown_is_held_until_they_sign_in(desk: Desk) -> None:
    await submitted(desk, "ana", sign_in=False)
    await desk.send()
    assert await states(desk) == [("held", 0)]
    await desk.tick(days=29)
    me = await desk.sign_in("ana", locale="de-AT", name="Ana Müller")
    assert (me["language"], me["unread"]) == ("de", 1)
    await desk.send()
    (mail,) = desk.sink.to(ANA)
    assert mail.subject == "Eingegangen: Hospitation über Grenzen"
    assert "Guten Tag Ana Müller," in mail.part("plain")


async def test_what_is_held_for_a_month_is_given_up(desk: Desk) -> None:
    await submitted(desk, "ana", sign_in=False)
    await desk.tick(days=30)
    assert await states(desk) == [("failed", 0)]
    await desk.sign_in("ana")
    assert await desk.send() == 0


async def test_an_event_and_a_first_sign_in_that_pass_each_other_unseen_lose_nothing(desk: Desk) -> None:
    await submitted(desk, "ana", sign_in=False)
    await desk.sign_in("ana")
    # As if the sign-in had not seen it: its transaction began before the event's was committed.
    held = {"$set": {"state": "held", "reason": "not-signed-in"}, "$unset": {"not_before": ""}}
    await desk.store.db["deliveries"].update_many({}, held)
    await desk.tick()
    assert len(desk.sink.to(ANA)) == 1


async def test_people_without_an_address_or_with_one_nobody_can_write_to_get_no_mail(desk: Desk) -> None:
    assert (await desk.sign_in("ana", email=None))["mail"] == "no-address"
    assert (await desk.sign_in("ben", email="ben..x@example.org"))["mail"] == "address-refused"
    await desk.hear(Voice("c1", desk.id("ana"), desk.id("ben")).submitted())
    await desk.send()
    assert sorted(one["reason"] for one in await desk.deliveries()) == ["address-refused", "no-address"]
    assert len(await desk.inbox("ben", email="ben..x@example.org")) == 1


async def test_several_senders_share_the_work_and_send_nothing_twice(desk: Desk) -> None:
    await desk.sign_in("ana")
    for number in range(30):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())
    sent = await asyncio.gather(*(desk.send() for _ in range(4)))
    assert sum(sent) == 30
    assert len({mail.message_id for mail in desk.sink.accepted}) == len(desk.sink.mails) == 30


async def test_a_running_sender_wakes_at_once_keeps_its_connections_and_ends_cleanly(desk: Desk) -> None:
    desk.settings.sweep_seconds = 30.0  # so that only waking can be the reason
    await desk.sign_in("ana")
    task = asyncio.create_task(desk.sender().run())
    for number in range(5):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())
        await eventually(lambda count=number + 1: len(desk.sink.to(ANA)) == count)  # type: ignore[misc]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert desk.sink.connections <= desk.settings.smtp_connections
    assert await states(desk) == [("sent", 1)] * 5


async def test_a_sender_told_to_stop_finishes_the_mail_under_way(desk: Desk) -> None:
    await desk.sign_in("ana")
    task = asyncio.create_task(desk.sender().run())
    desk.sink.on_text = lambda: (task.cancel(), None)[1]
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    await asyncio.gather(task, return_exceptions=True)
    assert await states(desk) == [("sent", 1)]


async def test_a_sender_asked_to_stop_again_and_again_still_finishes_the_mail_under_way(desk: Desk) -> None:
    await desk.sign_in("ana")
    slow = SlowToRecord(desk)
    task = asyncio.create_task(desk.sender(replace(desk.records, deliveries=slow)).run())
    await desk.hear(Voice("c1", desk.id("ana")).submitted())
    await asyncio.wait_for(slow.asked.wait(), timeout=5)
    stopping = asyncio.create_task(stopped(task))
    await eventually(lambda: task.cancelling() > 2)
    assert not task.done()
    slow.answer.set()
    await stopping
    assert await states(desk) == [("sent", 1)]


async def test_mails_wait_for_a_relay_that_is_away(desk: Desk) -> None:
    port = desk.sink.port
    async with running_sink() as other:
        away = other.url
    desk.settings = desk.settings.model_copy(update={"smtp_url": Secret(Url(away))})
    await submitted(desk, "ana")
    await desk.tick()
    (waiting,) = await desk.deliveries()
    assert waiting["state"] == "queued"
    assert waiting["reason"].startswith("relay: ")
    desk.settings = desk.settings.model_copy(update={"smtp_url": Secret(Url(f"smtp://127.0.0.1:{port}"))})
    await desk.tick(minutes=1)
    assert await states(desk) == [("sent", 2)]


async def test_a_mail_given_up_after_days_is_counted_as_failed(desk: Desk) -> None:
    await submitted(desk, "ana")
    desk.sink.recipient_answers.extend(["451 later"] * 100)
    for _ in range(11):
        await desk.tick(hours=12)
    (failed,) = await desk.deliveries()
    assert failed["state"] == "failed"
    told = await desk.ok("GET", "/deliveries", "root", claims={"roles": ["administrator"]})
    assert told["counts"]["failed"] == 1


async def test_a_lease_outlives_an_attempt(desk: Desk) -> None:
    assert timedelta(seconds=desk.settings.mail_lease_seconds) > timedelta(seconds=desk.settings.smtp_timeout_seconds)


class SlowToRecord(Deliveries):
    """A ledger that takes its time to take a mail's outcome."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.store.db)
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def settle(self, delivery: Delivery, entry: Entry, now: datetime) -> bool:
        self.asked.set()
        await self.answer.wait()
        return await super().settle(delivery, entry, now)


class SlowDeliveries(Deliveries):
    """The ledger as seen by a sender that is told to stop between asking for a mail and getting it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.store.db)
        self.claimed = asyncio.Event()
        self.answer = asyncio.Event()

    async def claim(self, now: Any, *, claim: str, lease: timedelta) -> Delivery | None:
        delivery = await super().claim(now, claim=claim, lease=lease)
        self.claimed.set()
        await self.answer.wait()
        return delivery


async def test_a_sender_told_to_stop_while_it_claims_leaves_nothing_in_doubt(desk: Desk) -> None:
    await submitted(desk, "ana")
    slow = SlowDeliveries(desk)
    task = asyncio.create_task(desk.sender(replace(desk.records, deliveries=slow)).run())
    await slow.claimed.wait()
    task.cancel()
    slow.answer.set()
    await asyncio.gather(task, return_exceptions=True)
    (waiting,) = await desk.deliveries()
    assert (waiting["state"], waiting["doubts"]) == ("queued", 0)
    assert await desk.send() == 1
