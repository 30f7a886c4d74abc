"""Sending again what was published: one event, or those of a range of time that fit the endpoint's filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.syndication.store import EventLog
from services.syndication.store.log import Logged
from services.syndication.webhooks.domain.endpoint import Endpoint
from services.syndication.webhooks.sight import changeable
from services.syndication.webhooks.store import Hooks
from services.syndication.webhooks.store.deliveries import Queued
from shared.errors import FieldError, Invalid, NotFound
from shared.http.access import Principal
from shared.store.outbox import Transaction

MOST_EVENTS: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    hooks: Hooks
    log: EventLog

    async def one(self, tx: Transaction, who: Principal, endpoint_id: str, event_id: str) -> None:
        """Send an event, whatever the filters and whether it was sent before or not; NotFound when it is not kept."""
        endpoint = await changeable(self.hooks.endpoints, who, endpoint_id, tx.session)
        event = await self.log.one(event_id, tx.session)
        if event is None:
            raise NotFound("There is no such event, or it is older than 90 days.")
        await self._queue(tx, endpoint, [event])

    async def range(
        self, tx: Transaction, who: Principal, endpoint_id: str, since: datetime, until: datetime | None
    ) -> int:
        """Send the events of a range, in the order in which they were heard; return how many.

        Invalid for a range that cannot be, or that holds too many; NotFound for one that holds none.
        """
        endpoint = await changeable(self.hooks.endpoints, who, endpoint_id, tx.session)
        end = until or tx.now
        if not since < end:
            raise _wrong("since", "order", "Choose a beginning before the end of the range")
        found = await self.log.between(since, end, limit=MOST_EVENTS + 1, session=tx.session)
        events = [one for one in found if endpoint.filter.fits(one.type, one.found_under)]
        if len(found) > MOST_EVENTS:
            raise _wrong("until", "too-many", f"Choose a shorter range: this one holds more than {MOST_EVENTS} events")
        if not events:
            raise NotFound("There is no event in that range that this endpoint wants; events are kept for 90 days.")
        await self._queue(tx, endpoint, events)
        return len(events)

    async def _queue(self, tx: Transaction, endpoint: Endpoint, events: Sequence[Logged]) -> None:
        """What waits already keeps its place and is tried now; the rest is queued behind it."""
        deliveries = self.hooks.deliveries
        waiting = await deliveries.waiting_among(endpoint.id, [one.event_id for one in events], tx.session)
        if waiting:
            await deliveries.hurry(tx, endpoint.id, waiting)
        again = [one for one in events if one.event_id not in waiting]
        if not again:
            return
        positions = await self.hooks.positions.take(tx, len(again))
        queued = [
            Queued(endpoint_id=endpoint.id, event_id=one.event_id, type=one.type, about=one.about, position=position)
            for one, position in zip(again, positions, strict=True)
        ]
        await deliveries.queue_again(tx, queued)


def _wrong(field: str, code: str, message: str) -> Invalid:
    return Invalid(errors=(FieldError(pointer=f"/{field}", code=code, message=message),))
