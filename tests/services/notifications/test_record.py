"""Outcomes of mails are written down, those that went together, and never over somebody else's claim."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from pymongo.errors import AutoReconnect

from services.notifications.domain.ledger import Entry, State
from services.notifications.record import Recording
from services.notifications.store.deliveries import Deliveries, Delivery
from shared.tasks import stopped
from shared.telemetry.logs import configure
from tests.services.notifications.desk import Desk
from tests.services.notifications.voices import Voice


class Counted(Deliveries):
    """The ledger, with how many outcomes each call wrote down; ``broken`` refuses to write several."""

    def __init__(self, desk: Desk, *, broken: bool = False) -> None:
        super().__init__(desk.store.db)
        self.calls: list[int] = []
        self.broken = broken

    async def settle(self, delivery: Delivery, entry: Entry, now: datetime) -> bool:
        self.calls.append(1)
        return await super().settle(delivery, entry, now)

    async def settle_sent(self, deliveries: Collection[Delivery], now: datetime) -> int:
        if self.broken:
            raise AutoReconnect
        self.calls.append(len(deliveries))
        return await super().settle_sent(deliveries, now)


class Held(Counted):
    """A ledger that takes long over the first outcome."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.under_way, self.free = asyncio.Event(), asyncio.Event()

    async def settle(self, delivery: Delivery, entry: Entry, now: datetime) -> bool:
        self.under_way.set()
        await self.free.wait()
        return await super().settle(delivery, entry, now)


async def claimed(desk: Desk, count: int) -> list[Delivery]:
    await desk.sign_in("ana")
    for number in range(count):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())
    found = [
        await desk.records.deliveries.claim(desk.clock.now, claim=str(number), lease=timedelta(minutes=5))
        for number in range(count)
    ]
    return [one for one in found if one]


def sent(one: Delivery) -> Entry:
    return replace(one.entry, state=State.SENT, not_before=None)


def recording(desk: Desk, ledger: Deliveries) -> Recording:
    return Recording(ledger, clock=desk.clock, log=configure("notifications", level="CRITICAL"))


async def states(desk: Desk) -> list[str]:
    return sorted(one["state"] for one in await desk.deliveries())


async def test_those_that_went_within_a_moment_are_written_down_together(desk: Desk) -> None:
    mails, ledger = await claimed(desk, 6), Counted(desk)
    book = recording(desk, ledger)
    await asyncio.gather(*(book.record(one, sent(one)) for one in mails))
    assert ledger.calls == [6]
    assert await states(desk) == ["sent"] * 6


async def test_one_that_went_while_others_are_written_down_is_written_down_after_them(desk: Desk) -> None:
    (first, *more), ledger = await claimed(desk, 3), Held(desk)
    book = recording(desk, ledger)
    writing = asyncio.create_task(book.record(first, sent(first)))
    await ledger.under_way.wait()
    rest = [asyncio.create_task(book.record(one, sent(one))) for one in more]
    await asyncio.sleep(0)
    ledger.free.set()
    await asyncio.gather(writing, *rest)
    assert ledger.calls == [1, 2]
    assert await states(desk) == ["sent"] * 3


async def test_a_crash_in_the_moment_leaves_each_of_them_in_doubt_and_loses_none(desk: Desk) -> None:
    mails, ledger = await claimed(desk, 3), Counted(desk)
    book = recording(desk, ledger)
    dying = [asyncio.create_task(book.record(one, sent(one))) for one in mails]
    await asyncio.sleep(0)
    await stopped(*dying)
    assert ledger.calls == []
    assert await states(desk) == ["sending"] * 3
    await desk.tick(minutes=6)
    assert [(one["state"], one["doubts"]) for one in await desk.deliveries(doubtful=True)] == [("unknown", 1)] * 3
    await desk.tick(minutes=1)
    assert await states(desk) == ["sent"] * 3
    assert len({mail.message_id for mail in desk.sink.mails}) == len(desk.sink.mails) == 3, "each once more, not twice"
    await desk.tick(days=1)
    assert len(desk.sink.mails) == 3


async def test_an_outcome_of_another_kind_is_written_down_by_itself(desk: Desk) -> None:
    (mail,), ledger = await claimed(desk, 1), Counted(desk)
    later = replace(mail.entry, state=State.QUEUED, not_before=desk.clock.now + timedelta(hours=1), reason="later")
    await recording(desk, ledger).record(mail, later)
    (told,) = await desk.deliveries()
    assert (told["state"], told["reason"]) == ("queued", "later")


async def test_a_mail_that_somebody_else_has_taken_is_theirs(desk: Desk) -> None:
    mails, ledger = await claimed(desk, 3), Counted(desk)
    lost = [mails[0], *(replace(one, claim="theirs before") for one in mails[1:2]), mails[2]]
    book = recording(desk, ledger)
    await asyncio.gather(*(book.record(one, sent(one)) for one in lost))
    assert await states(desk) == ["sending", "sent", "sent"]


async def test_where_several_cannot_be_written_at_once_each_is_by_itself(desk: Desk) -> None:
    mails, ledger = await claimed(desk, 3), Counted(desk, broken=True)
    book = recording(desk, ledger)
    await asyncio.gather(*(book.record(one, sent(one)) for one in mails))
    assert await states(desk) == ["sent"] * 3
