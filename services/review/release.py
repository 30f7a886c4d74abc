"""A reviewer gives an unfinished case back; what they wrote is kept for them."""

from __future__ import annotations

from services.review.case_file import CaseFile
from services.review.domain.policy import Policy
from services.review.domain.seating import released
from services.review.domain.sight import require_reviewer_sight
from services.review.people import known
from shared.http.access import Principal
from shared.store.outbox import Transaction


async def release(tx: Transaction, case_id: str, who: Principal, *, policy: Policy) -> None:
    """Free the place. NotFound when the case is hidden, Conflict when the caller holds no unfinished place."""
    file = await CaseFile.take(tx, case_id)
    _, person = await known(file.records, who, policy=policy, now=tx.now)
    require_reviewer_sight(file.case, person)
    file.case = released(file.case, who.person_id, now=tx.now)
    await file.vacate([who.person_id], reason="released", actor=who.person_id)
    await file.put_back()
