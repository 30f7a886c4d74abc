"""An author throws a draft away, and may take it back for 30 days."""

from __future__ import annotations

from datetime import timedelta

from services.submissions import saying
from services.submissions.documents import working_from
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.publication import KEEP_DISCARDED_DAYS
from services.submissions.domain.state import State
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
    """Forget a discarded draft for good, its files with it, unless its author or another replica was quicker."""
    contribution = await records.contributions.find(contribution_id, tx.session)
    if contribution is None:
        return
    oldest = tx.now - timedelta(days=KEEP_DISCARDED_DAYS)
    aside, discarded_at = contribution.set_aside, contribution.discarded_at
    if aside and aside.at <= oldest:
        lost = aside.working.attachments
        await records.contributions.put(tx, contribution, contribution.forget_set_aside())
    elif contribution.state is State.DISCARDED and discarded_at and discarded_at <= oldest:
        lost = contribution.attachments
        await records.contributions.remove(tx, contribution)
    else:
        return
    await records.files.let_go(tx, contribution_id, *(attachment.id for attachment in lost))
