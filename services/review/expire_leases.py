"""Take back what reviewers claimed and left lying. Safe to run anywhere, at any time, twice."""

from __future__ import annotations

import asyncio

from structlog.typing import FilteringBoundLogger

from services.review.case_file import CaseFile
from services.review.store import Records
from shared.store.client import Store
from shared.store.outbox import Transaction

BATCH = 100


async def expire_leases(store: Store) -> int:
    """Free every place whose lease has ended, each case in a transaction of its own; returns how many places."""
    freed = 0
    while True:
        lapsed = await Records(store.db).with_lapsed_leases(store.clock(), limit=BATCH)
        for case_id in lapsed:
            freed += await store.transact(lambda tx, case_id=case_id: _expire(tx, case_id))  # type: ignore[misc]
        if len(lapsed) < BATCH:
            return freed


async def _expire(tx: Transaction, case_id: str) -> int:
    file = await CaseFile.take(tx, case_id)
    lapsed = await file.sweep()
    if lapsed:
        await file.put_back()
    return len(lapsed)


async def keep_expiring(store: Store, *, every: float, log: FilteringBoundLogger) -> None:
    """Do so every so many seconds, for ever; run it under a lease, so that one replica does."""
    while True:
        if freed := await expire_leases(store):
            log.info("leases expired", places=freed)
        await asyncio.sleep(every)
