"""The review-by date of a published practice passes unconfirmed."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.records import Records
from shared.events.practices import PracticeStale
from shared.store.outbox import Transaction


async def expire(tx: Transaction, records: Records, contribution_id: str) -> None:
    """Mark it stale, once; it stays public and says so."""
    before = await records.contributions.find(contribution_id, tx.session)
    after = before.expire(tx.now) if before else None
    if before is None or after is None:
        return
    practice, _ = await records.practices.current(contribution_id, tx.session)
    practice = practice.model_copy(update={"state": "stale"})
    counted = await records.contributions.put(
        tx, before, after, [saying.went_stale(after, practice)], [PracticeStale(practice=practice)]
    )
    await records.practices.change(tx, practice, revision=counted.practice_said)
