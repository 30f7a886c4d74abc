"""Close cases whose contribution was taken back by its author, or taken down while a new version was in review."""

from __future__ import annotations

from services.review.case_file import CaseFile
from services.review.domain.case import case_id_of, withdrawn
from services.review.store import Records
from shared.events.envelope import Received
from shared.events.reviews import ReviewClosed
from shared.events.submissions import SubmissionTombstoned, SubmissionWithdrawn
from shared.store.outbox import Transaction


async def close_withdrawn(event: Received[SubmissionWithdrawn], tx: Transaction) -> None:
    """Close the case of this version; without effect when there is none or it is closed."""
    data = event.data
    await _close(tx, case_id_of(data.contribution_id, data.version), by="author", round_=data.round)


async def close_tombstoned(event: Received[SubmissionTombstoned], tx: Transaction) -> None:
    """Close whatever newer version of a practice was still in review when the practice was taken down."""
    for case_id in await Records.of(tx).undecided_of(event.data.contribution_id):
        await _close(tx, case_id, by="coordinator", round_=None)


async def _close(tx: Transaction, case_id: str, *, by: str, round_: int | None) -> None:
    filed = await Records.of(tx).filed(case_id)
    if filed is None:
        return
    after = withdrawn(filed.case, round_=filed.case.round if round_ is None else round_, now=tx.now)
    if after is None:
        return
    file = CaseFile(tx, filed)
    holders = [seat.reviewer_id for seat in filed.case.running]
    file.case = after
    file.say(ReviewClosed, reason="withdrawn", reviewer_ids=tuple(holders))
    file.note("closed", by, reason="withdrawn", reviewer_ids=holders)
    await file.records.let_go(holders, case_id)
    await file.put_back()
