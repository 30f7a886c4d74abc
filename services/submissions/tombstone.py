"""A coordinator takes a published practice down; its address keeps answering with the reason."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.publication import Tombstone
from services.submissions.domain.state import UNDECIDED
from services.submissions.records import Records
from shared.errors import NotFound
from shared.events.base import EventData
from shared.events.practices import PracticeWithdrawn
from shared.store.outbox import Transaction


async def entomb(tx: Transaction, records: Records, practice_id: str, *, reason_code: str, reason: str) -> Contribution:
    """Take it down for good. A next edition that is under review is withdrawn with it.

    Raises NotFound for what was never public, Gone for what was taken down before.
    """
    practice, _ = await records.practices.current(practice_id, tx.session)
    before = await records.contributions.find(practice_id, tx.session)
    if before is None:
        raise NotFound("There is no such practice.")
    tombstone = Tombstone(reason_code=reason_code, reason=reason, at=tx.now)
    after = before.entomb(tx.now, tombstone)
    said: list[EventData] = [saying.tombstoned(after, practice, tombstone)]
    if before.state in UNDECIDED:
        said.insert(0, saying.withdrawn(before))
    gone = PracticeWithdrawn(
        practice_id=practice_id,
        version=practice.version,
        title=saying.titles(practice.content),
        reason_code=reason_code,
        withdrawn_at=tx.now,
        before=practice.found_under(),
    )
    counted = await records.contributions.put(tx, before, after, said, [gone])
    await records.practices.entomb(tx, practice_id, tombstone, revision=counted.practice_said)
    return counted
