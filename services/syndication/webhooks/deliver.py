"""The deliverer: finds the endpoints that something is due for, takes their lanes and drives them side by side.

Any number may run, in any number of processes: a lane has one of them at a time, under a lease that its holder renews.
One that dies gives its lanes up by the end of the lease, and what it did not write down is sent again.
"""

import asyncio
import contextlib
from collections.abc import Collection
from typing import Final

from pymongo.errors import PyMongoError

from services.syndication.webhooks.doorbell import Doorbell
from services.syndication.webhooks.lane import Driver, Lane
from services.syndication.webhooks.measures import Measures
from services.syndication.webhooks.store import Hooks
from shared.clock import Clock
from shared.ids import new_id
from shared.tasks import seen_through, stopped
from shared.telemetry.logs import Log

_GRACE_SECONDS: Final = 5.0
_MARGIN_SECONDS: Final = 0.5  # a lane is given up so much before its lease ends


class Deliverer:
    """``doorbell`` tells at once what was committed in this process; the sweep finds the rest."""

    def __init__(
        self,
        hooks: Hooks,
        driver: Driver,
        doorbell: Doorbell,
        measures: Measures,
        *,
        lease_seconds: float,
        sweep_seconds: float,
        clock: Clock,
        log: Log,
    ) -> None:
        self._hooks = hooks
        self._driver = driver
        self._doorbell = doorbell
        self._measures = measures
        self._lease_seconds = lease_seconds
        self._sweep_seconds = sweep_seconds
        self._clock = clock
        self._log = log
        self._owner = new_id()
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._testing: set[str] = set()  # endpoints that test pings wait for
        self._left: set[str] = set()  # lanes that are done with, to be given up together

    async def run(self) -> None:
        """Deliver until cancelled; then finish what is under way and give the lanes up."""
        others = [asyncio.create_task(self._renew())]
        try:
            await self._dispatch()
        finally:
            await seen_through(self._end(others))

    async def _end(self, others: Collection[asyncio.Task[None]]) -> None:
        for lane in self._lanes.values():
            lane.until = 0.0  # begins no further attempt
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE_SECONDS)
        await stopped(*others, *self._tasks)
        with contextlib.suppress(PyMongoError):
            await self._give_up()

    async def _dispatch(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while True:
            wanted = self._doorbell.take()
            try:
                await self._give_up()
                if loop.time() >= sweep_at:
                    wanted |= await self._due()
                    sweep_at = loop.time() + self._sweep_seconds
                await self._open(wanted)
            except PyMongoError as error:
                self._log.warning("deliveries cannot be read", error=str(error))
                await asyncio.sleep(self._sweep_seconds)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(sweep_at):
                    await self._doorbell.rung.wait()

    async def _due(self) -> set[str]:
        """Return the endpoints that something is due for."""
        now = self._clock()
        active = await self._hooks.endpoints.active(now)
        by_time = [endpoint_id for endpoint_id, ordered in active if not ordered]
        in_order = [endpoint_id for endpoint_id, ordered in active if ordered]
        soonest = {
            **await self._hooks.deliveries.soonest(by_time, ordered=False),
            **await self._hooks.deliveries.soonest(in_order, ordered=True),
        }
        tests = await self._hooks.deliveries.soonest_tests()
        self._testing = set(tests)
        return {endpoint_id for endpoint_id, due_at in soonest.items() if due_at <= now} | self._testing

    async def _open(self, wanted: Collection[str]) -> None:
        """Take the lanes of these endpoints, as far as nobody has them, and start to drive them."""
        for endpoint_id in wanted & self._lanes.keys():
            self._lanes[endpoint_id].again = True
            self._lanes[endpoint_id].tests |= endpoint_id in self._testing
        new = wanted - self._lanes.keys()
        if not new:
            return
        taken_at = asyncio.get_running_loop().time()
        ours = await self._hooks.lanes.take(new, owner=self._owner, seconds=self._lease_seconds)
        endpoints = await self._hooks.endpoints.some(ours)
        self._left |= ours - endpoints.keys()
        for endpoint_id, endpoint in endpoints.items():
            until = taken_at + self._lease_seconds - _MARGIN_SECONDS
            lane = Lane(endpoint=endpoint, until=until, tests=endpoint_id in self._testing)
            self._lanes[endpoint_id] = lane
            self._left.discard(endpoint_id)  # it ended, and is wanted again before it was given up
            task = asyncio.create_task(self._drive(endpoint_id, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._measures.lanes(len(self._lanes))

    async def _drive(self, endpoint_id: str, lane: Lane) -> None:
        try:
            while lane.is_ours:
                lane.again = False
                more = await self._driver.round(lane)
                if not more and not lane.again:
                    break
                endpoint = await self._hooks.endpoints.get(endpoint_id)
                if endpoint is None:
                    break
                lane.endpoint = endpoint
        except PyMongoError as error:
            self._log.warning("an endpoint has to wait for the database", endpoint_id=endpoint_id, error=str(error))
        except Exception:  # noqa: BLE001 - one endpoint must not stop the others
            self._log.exception("delivering to an endpoint failed", endpoint_id=endpoint_id)
        finally:
            del self._lanes[endpoint_id]
            self._left.add(endpoint_id)  # until the next look: those of one event are given up together

    async def _give_up(self) -> None:
        if self._left:
            left, self._left = self._left, set()
            await self._hooks.lanes.release(left, owner=self._owner)
            self._measures.lanes(len(self._lanes))

    async def _renew(self) -> None:
        """Keep the leases of the lanes that are driven. A lane that is lost begins no further attempt."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._lease_seconds / 4)
            asked = dict(self._lanes)
            if not asked:
                continue
            taken_at = loop.time()
            try:
                ours = await self._hooks.lanes.take(asked, owner=self._owner, seconds=self._lease_seconds)
            except PyMongoError as error:
                self._log.warning("lanes cannot be renewed", error=str(error))
                continue  # each ends by its own time
            for endpoint_id, lane in asked.items():
                lane.until = taken_at + self._lease_seconds - _MARGIN_SECONDS if endpoint_id in ours else 0.0
