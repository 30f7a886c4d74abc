"""Saying whom publications reached, in numbers and without persons: this service's part of their receipts.

Every few seconds the publications are looked at of which something may have changed; what is said are totals, so
saying them twice, after a crash or by two processes at once, is harmless, and the later look holds. That is why there
is no outbox here: what JetStream has not acknowledged is said at the next look.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from services.notifications.domain.reach import Reach, parts_of
from services.notifications.store.reaches import Reaches
from shared.bus.say import say_at_once
from shared.clock import Clock
from shared.events.publications import NotifiedPublication, PublicationsNotified
from shared.ids import new_id

EVERY_SECONDS: Final = 3.0
BATCH: Final = 200
_SOURCE: Final = "/notifications"


class Receipts:
    def __init__(self, reaches: Reaches, js: JetStreamContext, *, clock: Clock, log: FilteringBoundLogger) -> None:
        self._reaches = reaches
        self._js = js
        self._clock = clock
        self._log = log

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                while await self.look() == BATCH:
                    pass
            except (PyMongoError, NatsError, TimeoutError, OSError) as error:
                self._log.warning("receipts wait", error=repr(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> int:
        """Say what changed of those that are due; returns at how many it looked."""
        now = self._clock()
        due = await self._reaches.due(now, limit=BATCH)
        if not due:
            return 0
        found = await self._reaches.of([one.publication for one in due])
        looked = [(one, found[one.publication]) for one in due]
        if changed := [(one.publication, reach) for one, reach in looked if reach != one.told]:
            await self._say(changed, now)
        await self._reaches.said(looked, now)
        return len(due)

    async def _say(self, changed: Sequence[tuple[str, Reach]], now: datetime) -> None:
        data = PublicationsNotified(publications=tuple(_notified(one, reach, now) for one, reach in changed))
        receipt = new_id()
        await say_at_once(self._js, data, source=_SOURCE, subject=receipt, aggregate=f"receipt:{receipt}", time=now)


def _notified(publication: str, reach: Reach, now: datetime) -> NotifiedPublication:
    practice_id, version = parts_of(publication)
    return NotifiedPublication(
        practice_id=practice_id,
        version=version,
        as_of=now,
        mails_waiting=reach.waiting,
        mails_sent=reach.sent,
        mails_failed=reach.failed,
        mails_uncertain=reach.uncertain,
        inbox_entries=reach.inbox,
    )
