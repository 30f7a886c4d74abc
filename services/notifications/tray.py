"""The tray: mails on their way from the transaction that queues them to the sender of the same process.

A mail that is laid on the tray enters the ledger as claimed already, for one attempt under a lease like every other,
and comes with the person as just read. That spares waking, claiming and reading that person again. The ledger stays the
truth: what a crash takes off the tray is found when its lease is over, and what finds no room is queued for any sender.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain.ledger import State
from services.notifications.domain.person import Person
from services.notifications.store.deliveries import Delivery
from shared.ids import new_id

PutBack = Callable[[Delivery], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A claimed mail, with its person where they were just read."""

    delivery: Delivery
    person: Person | None = None


class Tray:
    """Between one sender and whatever queues mails beside it; closed while no sender runs."""

    def __init__(self, *, lease: timedelta, room: int) -> None:
        self._lease = lease
        self._room = room
        self._waiting: deque[Handed] = deque()
        self._wake: Callable[[], None] | None = None
        self._put_back: PutBack | None = None
        self._late: set[asyncio.Task[None]] = set()
        self._claim = new_id()

    def open(self, wake: Callable[[], None]) -> None:
        """Let mails be laid on it; ``wake`` is called when there is one."""
        self._wake = wake

    async def close(self, put_back: PutBack) -> None:
        """Take no more, and put back what lies here, and what is still laid here by a commit under way."""
        self._wake = None
        self._put_back = put_back
        while handed := self.take():
            await put_back(handed.delivery)

    def room(self) -> int:
        """Say for how many mails there is room now."""
        return max(0, self._room - len(self._waiting)) if self._wake else 0

    def claimed(self, delivery: Delivery, now: datetime) -> Delivery:
        """Return a queued mail as it enters the ledger to be laid on this tray."""
        entry = replace(delivery.entry, state=State.SENDING, not_before=None, attempts=delivery.entry.attempts + 1)
        claim = f"{self._claim}:{new_id()}"
        return replace(delivery, entry=entry, claim=claim, lease_until=now + self._lease)

    def lay(self, handed: Sequence[Handed]) -> None:
        """Lay mails on it whose claims are in the ledger."""
        if self._wake:
            self._waiting.extend(handed)
            self._wake()
        elif self._put_back:
            for one in handed:
                task = asyncio.create_task(self._put_back(one.delivery))
                self._late.add(task)
                task.add_done_callback(self._late.discard)

    def take(self) -> Handed | None:
        """Take the one that has lain longest."""
        return self._waiting.popleft() if self._waiting else None
