"""From an event to a delivery for each endpoint that wants it, in the transaction in which the event is heard."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.syndication.domain.published import Published
from services.syndication.webhooks.doorbell import Doorbell
from services.syndication.webhooks.store import Hooks
from services.syndication.webhooks.store.deliveries import Queued
from shared.store.outbox import Transaction


class FanOut:
    """Of one transaction: its events together cost one look at the endpoints and one insert."""

    def __init__(self, hooks: Hooks, doorbell: Doorbell, tx: Transaction) -> None:
        self._hooks = hooks
        self._doorbell = doorbell
        self._tx = tx
        self._events: list[Published] = []

    def add(self, event: Published) -> None:
        self._events.append(event)

    async def write(self) -> None:
        """Queue them, for paused and disabled endpoints too: there they wait."""
        filters = await self._hooks.endpoints.filters(self._tx.session)
        wanted = [
            (endpoint_id, event)
            for event in self._events
            for endpoint_id, wants in filters.items()
            if wants.fits(event.type, event.found_under)
        ]
        if not wanted:
            return
        positions = await self._hooks.positions.take(self._tx, len(wanted))
        await self._hooks.deliveries.queue(self._tx, list(_queued(wanted, positions)))
        endpoint_ids = {endpoint_id for endpoint_id, _ in wanted}
        bodies = {event.event_id: event.envelope.to_bytes() for event in self._events}
        self._tx.once_committed(lambda: self._doorbell.ring(endpoint_ids, bodies))


def _queued(wanted: Iterable[tuple[str, Published]], positions: range) -> Iterable[Queued]:
    for (endpoint_id, event), position in zip(wanted, positions, strict=True):
        yield Queued(
            endpoint_id=endpoint_id,
            event_id=event.event_id,
            type=event.type,
            about=event.practice_id,
            position=position,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOuts:
    """Where the handler of events finds the fan-out of its transaction."""

    hooks: Hooks
    doorbell: Doorbell

    def of(self, tx: Transaction) -> FanOut:
        return tx.gathered(self._begin)

    def _begin(self, tx: Transaction) -> FanOut:
        return FanOut(self.hooks, self.doorbell, tx)
