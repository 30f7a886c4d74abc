"""An author asks, once and within 30 days, for a second look at a rejection."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.contribution import Contribution
from services.submissions.records import Records
from shared.http.etag import require_version
from shared.store.outbox import Transaction


async def appeal(
    tx: Transaction, records: Records, contribution_id: str, text: str, *, person_id: str, seen: int | None = None
) -> Contribution:
    """Appeal with the reasons in ``text``; a second coordinator and fresh reviewers will look."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    if seen is not None:
        require_version(seen, before.revision)
    after = before.appeal(tx.now, by=person_id, text=text)
    return await records.contributions.put(tx, before, after, [saying.appealed(after, text)])
