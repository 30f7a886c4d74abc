"""An author begins the next edition of what is published (or was withdrawn)."""

from __future__ import annotations

from services.submissions.domain.contribution import Contribution
from services.submissions.records import Records
from shared.http.etag import require_version
from shared.store.outbox import Transaction


async def revise(
    tx: Transaction, records: Records, contribution_id: str, *, person_id: str, seen: int | None = None
) -> Contribution:
    """Make a draft of the next version from the content that is there; what is public stays public meanwhile."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    if seen is not None:
        require_version(seen, before.revision)
    if before.set_aside:
        attachments = before.set_aside.working.attachments
        await records.files.let_go(tx, before.id, *(attachment.id for attachment in attachments))
    return await records.contributions.put(tx, before, before.revise(tx.now, by=person_id))
