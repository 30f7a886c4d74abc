"""An author takes a submission back before there is a decision."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.contribution import Contribution
from services.submissions.records import Records
from shared.http.etag import require_version
from shared.store.outbox import Transaction


async def withdraw(
    tx: Transaction, records: Records, contribution_id: str, *, person_id: str, seen: int | None = None
) -> Contribution:
    """Withdraw it; a decision that is on its way has no effect any more."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    if seen is not None:
        require_version(seen, before.revision)
    after = before.withdraw(tx.now, by=person_id)
    return await records.contributions.put(tx, before, after, [saying.withdrawn(after)])
