"""A reviewer or coordinator declares a conflict of interest that we could not know of."""

from __future__ import annotations

from services.review.case_file import CaseFile
from services.review.domain.policy import Policy
from services.review.domain.seating import conflict_declared
from services.review.domain.sight import require_reviewer_sight
from services.review.people import known
from shared.events.reviews import ReviewReleased
from shared.http.access import Principal, Role
from shared.store.outbox import Transaction


async def declare_conflict(tx: Transaction, case_id: str, who: Principal, reason: str, *, policy: Policy) -> None:
    """Keep the caller from the case for good. Their place is free again, a finished review no longer counts.

    NotFound when the case is hidden from the caller anyway; for coordinators it never is.
    """
    file = await CaseFile.take(tx, case_id)
    if Role.COORDINATOR not in who.roles:
        _, person = await known(file.records, who, policy=policy, now=tx.now)
        require_reviewer_sight(file.case, person)
    before = file.case
    file.case = conflict_declared(before, who.person_id)
    file.note("conflict_declared", who.person_id, reason=reason)
    seat = before.seat_of(who.person_id)
    if seat and not file.case.seat_of(who.person_id):
        if seat.completed:
            await file.records.void_review(before, who.person_id)
        await file.vacate([who.person_id], reason="conflict_declared", actor=who.person_id)
    elif who.person_id in before.took_part:  # in a round before: what others let them see for it ends too
        file.say(ReviewReleased, reviewer_id=who.person_id, reason="conflict_declared")
    await file.put_back()
