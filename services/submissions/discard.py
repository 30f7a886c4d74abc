"""An author throws a draft away, and may take it back for 30 days."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.documents import working_from
from services.submissions.domain.contribution import Contribution
from services.submissions.records import Records
from shared.http.etag import require_version
from shared.store.outbox import Transaction


async def discard(
    tx: Transaction, records: Records, contribution_id: str, *, person_id: str, seen: int
) -> Contribution:
    """Discard the draft of revision ``seen``; an earlier public edition stays."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    require_version(seen, before.revision)
    published = None
    if before.publication:
        version = before.publication.version
        snapshot = await records.contributions.latest_snapshot(before.id, version, tx.session)
        published = working_from(snapshot) if snapshot else None
    after = before.discard(tx.now, by=person_id, published=published)
    return await records.contributions.put(tx, before, after, [saying.discarded(after)])


async def restore(tx: Transaction, records: Records, contribution_id: str, *, person_id: str) -> Contribution:
    """Take a discarded draft back."""
    before = await records.contributions.of(person_id, contribution_id, tx.session, discarded=True)
    after = before.restore(tx.now, by=person_id)
    return await records.contributions.put(tx, before, after, [saying.restored(after)])


async def purge(tx: Transaction, records: Records, contribution_id: str) -> None:
    """Forget a discarded draft for good; its files go with it."""
    contribution = await records.contributions.find(contribution_id, tx.session)
    if contribution is None:
        return
    aside = contribution.set_aside
    lost = aside.working.attachments if aside else contribution.attachments
    if aside:
        await records.contributions.put(tx, contribution, contribution.forget_set_aside())
    else:
        await records.contributions.remove(tx, contribution)
    await records.files.let_go(tx, contribution_id, *(attachment.id for attachment in lost))
