"""A coordinator gives a case to a reviewer."""

from __future__ import annotations

from services.review.case_file import CaseFile
from services.review.claim import seat_of
from services.review.domain.case import Case
from services.review.domain.conflict import conflicts
from services.review.domain.errors import ReviewerHasConflict
from services.review.domain.policy import Policy
from services.review.domain.reviewer import Reviewer
from services.review.domain.seating import seated
from services.review.domain.sight import require_impartial
from services.review.people import known
from services.review.shapes import ClaimView
from services.review.views import claim_view
from shared.errors import FieldError, Invalid
from shared.events.base import rfc3339
from shared.events.reviews import ReviewAssigned
from shared.http.access import Principal
from shared.store.outbox import Transaction


async def assign(tx: Transaction, case_id: str, who: Principal, reviewer_id: str, *, policy: Policy) -> ClaimView:
    """Seat the reviewer, beyond the quorum if need be, under the same rules of conflict and load as a claim.

    ConflictOfInterest when the coordinator has one, Invalid for an unknown reviewer, Conflict when they cannot.
    """
    file = await CaseFile.take(tx, case_id)
    _, coordinator = await known(file.records, who, policy=policy, now=tx.now)
    require_impartial(file.case, coordinator)
    await file.sweep()
    reviewer = await file.records.takes(reviewer_id, case_id)
    _require_free(reviewer, file.case, tx=tx, policy=policy)
    file.case = seated(file.case, reviewer_id, policy=policy, now=tx.now, assigned_by=who.person_id)
    reviewer.require_room(case_id, default_cap=policy.load_cap, now=tx.now)
    seat = seat_of(file.case, reviewer_id)
    file.say(
        ReviewAssigned,
        reviewer_id=reviewer_id,
        assigned_by=who.person_id,
        lease_until=seat.lease_until,
        due_at=seat.due_at,
    )
    file.note("assigned", who.person_id, reviewer_id=reviewer_id, lease_until=rfc3339(seat.lease_until))
    await file.put_back()
    return claim_view(file.case, seat, policy=policy)


def _require_free(reviewer: Reviewer, case: Case, *, tx: Transaction, policy: Policy) -> None:
    if not reviewer.reviews:
        message = "Nobody with the reviewer's role has signed in under this id."
        error = FieldError(pointer="/reviewer_id", code="unknown-reviewer", message=message)
        raise Invalid(errors=(error,))
    person = reviewer.as_person(now=tx.now, memory=policy.memory)
    if found := conflicts(person, case.parties, case.declared):
        raise ReviewerHasConflict(extra={"reasons": sorted(reason.value for reason in found)})
