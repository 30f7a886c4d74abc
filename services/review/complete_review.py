"""A reviewer finishes a review; with the last one that the quorum needs, the case is ready for a decision."""

from __future__ import annotations

import secrets

from services.review.case_file import CaseFile
from services.review.documents import comment_document, review_of
from services.review.domain.errors import NotSeated
from services.review.domain.policy import Policy
from services.review.domain.review import Review, completed, missing
from services.review.domain.seating import finished, require_seat
from services.review.domain.sight import require_reviewer_sight
from services.review.people import known
from shared.errors import Invalid
from shared.events.reviews import ReviewCompleted, ReviewReady
from shared.http.access import Principal
from shared.store.outbox import Transaction

COMMENT_ID_BYTES = 10


async def complete_review(tx: Transaction, case_id: str, who: Principal, *, policy: Policy) -> Review:
    """Finish the caller's review for good. Invalid lists everything that is missing, with its pointer."""
    file = await CaseFile.take(tx, case_id)
    _, person = await known(file.records, who, policy=policy, now=tx.now)
    require_reviewer_sight(file.case, person)
    require_seat(file.case, who.person_id, now=tx.now)
    document = await file.records.review_document(file.case, who.person_id)
    if document is None:
        raise NotSeated
    draft = review_of(document)
    if errors := missing(draft):
        raise Invalid("The review is not complete yet.", errors=errors)
    review = completed(draft, now=tx.now, comment_id=_comment_id)
    change = {
        "$set": {
            "comments": [comment_document(comment) for comment in review.comments],
            "completed_at": tx.now,
            "version": review.version,
        }
    }
    await file.records.change_review(file.case, who.person_id, version=draft.version, change=change)
    was_ready = file.case.ready
    file.case = finished(file.case, who.person_id, now=tx.now)
    count = {"completed": file.case.completed, "required": file.case.quorum}
    file.say(ReviewCompleted, reviewer_id=who.person_id, **count)
    if file.case.ready and not was_ready:
        file.say(ReviewReady, **count)
    file.note("completed", who.person_id, review_id=review.review_id, **count)
    await file.records.let_go([who.person_id], case_id)
    await file.put_back()
    return review


def _comment_id() -> str:
    """Random through and through: an id made from the time would tell whose comments belong together."""
    return secrets.token_urlsafe(COMMENT_ID_BYTES)
