"""What time does: publish what was scheduled, mark what is stale, forget what was discarded, clear loose files.

Every look is at what is stored, so nothing is lost when a look is missed, and every step is guarded by the state in
its own transaction, so two replicas that look at once do no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from structlog.typing import FilteringBoundLogger

from services.submissions.discard import purge
from services.submissions.domain.publication import KEEP_DISCARDED_DAYS
from services.submissions.expire import expire
from services.submissions.publish import publish_due
from services.submissions.records import Records
from shared.errors import Stale
from shared.store.outbox import Transaction

Step = Callable[[Transaction, Records, str], Awaitable[None]]


class Timers:
    """The service's clockwork; ``run`` goes on until it is cancelled."""

    def __init__(self, records: Records, *, log: FilteringBoundLogger) -> None:
        self._records = records
        self._log = log

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            await asyncio.sleep(self._records.settings.timer_seconds)

    async def look(self) -> None:
        """Do everything that is due now."""
        records, now = self._records, self._records.store.clock()
        oldest = now - timedelta(days=KEEP_DISCARDED_DAYS)
        await self._each("published as scheduled", await records.contributions.to_publish(now), publish_due)
        await self._each("stale", await records.contributions.to_expire(now.date()), expire)
        await self._each("forgotten", await records.contributions.to_purge(oldest), purge)
        await self._clear_files()

    async def _each(self, what: str, contribution_ids: list[str], step: Step) -> None:
        for contribution_id in contribution_ids:

            async def act(tx: Transaction, contribution_id: str = contribution_id) -> None:
                await step(tx, self._records, contribution_id)

            try:
                await self._records.store.transact(act)
            except Stale:
                continue  # an author was quicker; the next look sees what they did
            except Exception:  # noqa: BLE001 - one that cannot be done must not keep the others waiting
                self._log.exception("a timer's step failed", step=what, contribution_id=contribution_id)
                continue
            self._log.info("time has come", step=what, contribution_id=contribution_id)

    async def _clear_files(self) -> None:
        records = self._records
        before = records.store.clock() - timedelta(seconds=records.settings.loose_file_seconds)
        for row in await records.files.loose(before):
            await records.files.condemn(row["_id"])
            if not await records.contributions.holds(row["contribution_id"], row["_id"]):
                await records.files.erase(row["_id"])
                self._log.info("loose file removed", file_id=row["_id"])
            await records.files.settle(row["_id"])
