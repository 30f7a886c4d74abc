"""An author says that a published practice still holds."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.publication import review_by
from services.submissions.records import Records
from shared.events.practices import PracticeConfirmed
from shared.http.etag import require_version
from shared.store.outbox import Transaction


async def confirm(
    tx: Transaction, records: Records, contribution_id: str, *, person_id: str, seen: int | None = None
) -> Contribution:
    """Move the review-by date of the public edition on, and make it live again if it had gone stale."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    if seen is not None:
        require_version(seen, before.revision)
    until = review_by(tx.now.date(), records.settings.review_after_months)
    after = before.confirm(tx.now, by=person_id, review_by=until)
    practice, _ = await records.practices.current(contribution_id, tx.session)
    practice = practice.model_copy(update={"state": "live", "review_by": until})
    counted = await records.contributions.put(
        tx,
        before,
        after,
        [saying.confirmed(after, practice, tx.now)],
        [PracticeConfirmed(practice=practice)],
    )
    await records.practices.change(tx, practice, revision=counted.practice_said)
    return counted
