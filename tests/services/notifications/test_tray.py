"""Mails handed straight to the sender beside the transaction that queues them: once, and never lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.app import tray_of
from services.notifications.store.deliveries import Deliveries, Delivery
from services.notifications.tray import Tray
from tests.services.notifications.desk import Desk
from tests.services.notifications.voices import Voice
from tests.waiting import eventually

ANA = "ana@example.org"


class NeverClaims(Deliveries):
    """The ledger for a sender that finds nothing waiting in it."""

    async def claim(self, now: Any, *, claim: str, lease: timedelta) -> Delivery | None:
        delivery = await super().claim(now, claim=claim, lease=lease)
        assert delivery is None, "it was queued, though there is room on the tray"
        return delivery


@pytest.fixture
async def tray(desk: Desk) -> Tray:
    """A tray that is open as if a sender ran."""
    desk.tray = tray_of(desk.settings)
    desk.tray.open(lambda: None)
    await desk.sign_in("ana")
    return desk.tray


async def told(desk: Desk, count: int = 1) -> None:
    for number in range(count):
        await desk.hear(Voice(f"c{number}", desk.id("ana")).submitted())


async def states(desk: Desk) -> set[tuple[str, int, int]]:
    return {(one["state"], one["attempts"], one["doubts"]) for one in await desk.deliveries()}


async def run_until(desk: Desk, *states_wanted: tuple[str, int, int]) -> None:
    task = asyncio.create_task(desk.sender().run())

    async def reached() -> bool:
        return await states(desk) == set(states_wanted)

    await eventually(reached)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def stop(desk: Desk) -> None:
    """Start a sender and stop it again."""
    sender = asyncio.create_task(desk.sender().run())
    await asyncio.sleep(0)  # so that it has begun
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)


async def test_a_mail_goes_without_having_waited_in_the_ledger(desk: Desk, tray: Tray) -> None:
    desk.records = replace(desk.records, deliveries=NeverClaims(desk.store.db))
    await told(desk, 3)
    assert await states(desk) == {("sending", 1, 0)}
    assert tray.room() == 8 * desk.settings.smtp_connections - 3
    await run_until(desk, ("sent", 1, 0))
    assert len(desk.sink.to(ANA)) == 3


async def test_what_finds_no_room_is_queued(desk: Desk, tray: Tray) -> None:
    await told(desk, tray.room() + 2)
    assert tray.room() == 0
    assert await states(desk) == {("sending", 1, 0), ("queued", 0, 0)}
    await run_until(desk, ("sent", 1, 0))
    assert len(desk.sink.to(ANA)) == 18


async def test_an_event_heard_again_hands_nothing_over_again(desk: Desk, tray: Tray) -> None:
    received = await desk.hear(Voice("c1", desk.id("ana")).submitted())
    await run_until(desk, ("sent", 1, 0))
    tray.open(lambda: None)
    await desk.deliver(desk.received(received.data, "another-durable-position", id=received.id))
    assert tray.take() is None
    assert len(desk.sink.to(ANA)) == 1


async def test_preferences_count_when_it_is_sent(desk: Desk, tray: Tray) -> None:
    await told(desk)
    await desk.put("/preferences", "ana", json={"kinds": {"submission_received": {"mail": "off"}}})
    desk.clock.pass_(seconds=2)
    await run_until(desk, ("cancelled", 1, 0))
    assert desk.sink.mails == []
    assert tray.take() is None


async def test_one_that_lay_too_long_goes_back_to_the_queue_before_its_lease_is_over(desk: Desk, tray: Tray) -> None:
    await told(desk)
    desk.clock.pass_(seconds=desk.settings.mail_lease_seconds * 0.6)
    await run_until(desk, ("sent", 2, 0))
    assert len(desk.sink.to(ANA)) == 1
    assert tray.take() is None


async def test_a_sender_that_stops_puts_back_what_lies_there(desk: Desk, tray: Tray) -> None:
    await told(desk, 3)
    desk.settings.smtp_connections = 1
    sender = asyncio.create_task(desk.sender().run())
    desk.sink.on_text = lambda: (sender.cancel(), None)[1]
    await asyncio.gather(sender, return_exceptions=True)
    assert await states(desk) == {("sent", 1, 0), ("queued", 1, 0)}
    assert (tray.room(), tray.take()) == (0, None)
    desk.sink.on_text = None
    await desk.send()
    assert len(desk.sink.to(ANA)) == 3


async def test_a_commit_under_way_when_the_sender_stops_leaves_its_mail_to_another(desk: Desk, tray: Tray) -> None:
    await told(desk)
    handed = tray.take()
    assert handed
    await stop(desk)
    tray.lay([handed])

    async def back() -> bool:
        return await states(desk) == {("queued", 1, 0)}

    await eventually(back)
    assert await desk.send() == 1
    assert await states(desk) == {("sent", 2, 0)}


async def test_a_crash_before_the_sender_had_it_counts_as_a_doubt(desk: Desk, tray: Tray) -> None:
    await told(desk)
    assert tray.take()  # and the process ends here
    await desk.tick(minutes=6)
    await desk.tick(minutes=1)
    assert await states(desk) == {("sent", 2, 1)}
    assert len(desk.sink.to(ANA)) == 1
