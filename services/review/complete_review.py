"""A reviewer finishes a review; with the last one that the quorum needs, the case is ready for a decision."""

from __future__ import annotations

from services.review.case_file import CaseFile
from services.review.documents import blank_review, review_of
from services.review.domain.policy import Policy
from services.review.domain.review import Review, missing
from services.review.domain.seating import finished
from services.review.domain.sight import require_reviewer_sight
from services.review.people import signed_in
from shared.errors import Invalid
from shared.events.reviews import ReviewCompleted, ReviewReady
from shared.http.access import Principal
from shared.store.outbox import Transaction


async def complete_review(tx: Transaction, case_id: str, who: Principal, *, policy: Policy) -> Review:
    """Finish the caller's review for good. Invalid lists everything that is missing, with its pointer.

    What is written before a refusal is undone with the transaction.
    """
    file = await CaseFile.take(tx, case_id)
    me = signed_in(await file.records.lays_down(who.person_id, case_id), who, now=tx.now)
    require_reviewer_sight(file.case, me.as_person(now=tx.now, memory=policy.memory))
    before = file.case
    file.case = finished(before, who.person_id, now=tx.now)
    change = {"$set": {"completed_at": tx.now}, "$inc": {"version": 1}}
    document = await file.records.change_review(before, who.person_id, change)
    review = review_of(document or blank_review(before, who.person_id))
    if errors := missing(review):
        raise Invalid("The review is not complete yet.", errors=errors)
    count = {"completed": file.case.completed, "required": file.case.quorum}
    file.say(ReviewCompleted, reviewer_id=who.person_id, **count)
    if file.case.ready and not before.ready:
        file.say(ReviewReady, **count)
    file.note("completed", who.person_id, review_id=review.review_id, **count)
    await file.put_back()
    return review
