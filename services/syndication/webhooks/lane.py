"""Delivering to one endpoint: what is due, a few at a time or in order, while the lane is ours."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.syndication.webhooks.domain.endpoint import Endpoint, State
from services.syndication.webhooks.sending import Sending, Sent
from services.syndication.webhooks.store import Deliveries
from services.syndication.webhooks.store.deliveries import Delivery
from shared.clock import Clock

ROUND = 32  # deliveries that are read at once; after each round the endpoint is looked at anew


@dataclass(slots=True, kw_only=True)
class Lane:
    """``until`` is when its lease ends, by the loop's clock; ``again`` asks for one more look before it is given up,

    ``tests`` to look for test pings.
    """

    endpoint: Endpoint
    until: float
    again: bool = False
    tests: bool = False

    @property
    def is_ours(self) -> bool:
        return asyncio.get_running_loop().time() < self.until

    @property
    def may_send(self) -> bool:
        return self.is_ours and self.endpoint.state is State.ACTIVE

    def learn(self, sent: Sent) -> None:
        """Know at once what the endpoint's row will say after this attempt."""
        if sent.verdict.delivered:
            self.endpoint = replace(self.endpoint, failing_since=None, quiet_until=None)
        else:
            since = self.endpoint.failing_since or sent.attempt.at
            state = State.DISABLED if sent.verdict.disable else self.endpoint.state
            self.endpoint = replace(self.endpoint, failing_since=since, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Takes lanes through their rounds. ``each`` bounds what is under way to one endpoint at a time."""

    deliveries: Deliveries
    sending: Sending
    each: int
    clock: Clock

    async def round(self, lane: Lane) -> bool:
        """Deliver what is due; return whether there may be more. Raises PyMongoError."""
        endpoint, now = lane.endpoint, self.clock()
        if lane.tests:
            lane.tests = False
            for test in await self.deliveries.tests(endpoint.id):
                await self.sending.test(endpoint, test)
        if endpoint.state is not State.ACTIVE or (endpoint.quiet_until and now < endpoint.quiet_until):
            return False
        if endpoint.ordered:
            return await self._in_turn(lane, await self.deliveries.in_turn(endpoint.id, limit=ROUND))
        # Of one that fails few are tried before it is looked at anew: its people may have paused it.
        most = 1 if endpoint.failing_since else ROUND
        return await self._side_by_side(lane, await self.deliveries.due(endpoint.id, now, limit=most), most)

    async def _in_turn(self, lane: Lane, rows: Sequence[Delivery]) -> bool:
        """Send one after the other; each waits until the one before arrived, and not until that is written down."""
        recordings: list[asyncio.Task[None]] = []
        try:
            for row in rows:
                if not lane.may_send or (row.due_at and row.due_at > self.clock()):
                    return False
                sent = await self.sending.send(lane.endpoint, row)
                recordings.append(asyncio.create_task(self.sending.record(sent, lane.endpoint)))
                lane.learn(sent)
                if not sent.verdict.delivered:
                    return False
            return len(rows) == ROUND
        finally:
            await asyncio.gather(*recordings)

    async def _side_by_side(self, lane: Lane, rows: Sequence[Delivery], most: int) -> bool:
        """Send several at once, but the first alone: one that does not answer holds one place and not many."""
        places = asyncio.Semaphore(self.each)

        async def one(row: Delivery) -> bool:
            async with places:
                if not lane.may_send:
                    return False
                sent = await self.sending.send(lane.endpoint, row)
            known = lane.endpoint
            lane.learn(sent)
            await self.sending.record(sent, known)
            return sent.verdict.delivered

        if not rows:
            return False
        answers = await one(rows[0])
        if answers:
            await asyncio.gather(*map(one, rows[1:]))
        return lane.may_send and (len(rows) == most or not answers)
