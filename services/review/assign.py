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
from services.review.people import as_person, known
from services.review.store import Records
from services.review.views import ClaimView, claim_view
from shared.errors import FieldError, Invalid
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
    reviewer = await _free_reviewer(file.records, file.case, reviewer_id, tx=tx, policy=policy)
    await file.sweep()
    file.case = seated(file.case, reviewer_id, policy=policy, now=tx.now, assigned_by=who.person_id)
    reviewer.require_room(case_id, default_cap=policy.load_cap, now=tx.now)
    version = await file.records.seat_review(file.case, reviewer_id, now=tx.now)
    await file.records.keep_sign_in(reviewer, takes=case_id)
    seat = seat_of(file.case, reviewer_id)
    file.say(
        ReviewAssigned,
        reviewer_id=reviewer_id,
        assigned_by=who.person_id,
        lease_until=seat.lease_until,
        due_at=seat.due_at,
    )
    file.note("assigned", who.person_id, reviewer_id=reviewer_id, lease_until=seat.lease_until.isoformat())
    await file.put_back()
    return claim_view(file.case, seat, policy=policy, review_version=version)


async def _free_reviewer(
    records: Records, case: Case, reviewer_id: str, *, tx: Transaction, policy: Policy
) -> Reviewer:
    reviewer = await records.reviewer(reviewer_id)
    if reviewer is None or not reviewer.reviews:
        message = "Nobody with the reviewer's role has signed in under this id."
        error = FieldError(pointer="/reviewer_id", code="unknown-reviewer", message=message)
        raise Invalid(errors=(error,))
    person = await as_person(records, reviewer, policy=policy, now=tx.now)
    if found := conflicts(person, case.parties, case.declared):
        raise ReviewerHasConflict(extra={"reasons": sorted(reason.value for reason in found)})
    return reviewer
