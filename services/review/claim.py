"""A reviewer takes a case, and keeps it for longer."""

from __future__ import annotations

from services.review.case_file import CaseFile
from services.review.domain.case import Case
from services.review.domain.lease import Seat
from services.review.domain.policy import Policy
from services.review.domain.seating import extended, seated
from services.review.domain.sight import require_reviewer_sight
from services.review.people import known, signed_in
from services.review.shapes import ClaimView
from services.review.views import claim_view
from shared.events.base import rfc3339
from shared.events.reviews import ReviewClaimed
from shared.http.access import Principal
from shared.store.outbox import Transaction


async def claim(tx: Transaction, case_id: str, who: Principal, *, policy: Policy) -> ClaimView:
    """Take a free place. NotFound with a conflict of interest, Conflict when there is no place or no room.

    Two who take the last place at once write the same case: the database lets one of them through, and the other,
    tried again, finds it taken.
    """
    file = await CaseFile.take(tx, case_id)
    await file.sweep()
    before = await file.records.takes(who.person_id, case_id)
    reviewer = signed_in(before, who, now=tx.now)
    require_reviewer_sight(file.case, reviewer.as_person(now=tx.now, memory=policy.memory))
    file.case = seated(file.case, who.person_id, policy=policy, now=tx.now)
    reviewer.require_room(case_id, default_cap=policy.load_cap, now=tx.now)
    if reviewer is not before:
        await file.records.keep_sign_in(reviewer)
    seat = seat_of(file.case, who.person_id)
    file.say(ReviewClaimed, reviewer_id=who.person_id, lease_until=seat.lease_until, due_at=seat.due_at)
    file.note("claimed", who.person_id, lease_until=rfc3339(seat.lease_until))
    await file.put_back()
    return claim_view(file.case, seat, policy=policy)


async def renew(tx: Transaction, case_id: str, who: Principal, *, policy: Policy) -> ClaimView:
    """Count the lease of a running claim from now on; a few times only, and the due date stays."""
    file = await CaseFile.take(tx, case_id)
    _, person = await known(file.records, who, policy=policy, now=tx.now)
    require_reviewer_sight(file.case, person)
    file.case = extended(file.case, who.person_id, policy=policy, now=tx.now)
    seat = seat_of(file.case, who.person_id)
    file.note("renewed", who.person_id, lease_until=rfc3339(seat.lease_until))
    await file.put_back()
    return claim_view(file.case, seat, policy=policy)


def seat_of(case: Case, reviewer_id: str) -> Seat:
    """Return the seat that was just taken or kept."""
    seat = case.seat_of(reviewer_id)
    if seat is None:
        raise LookupError(reviewer_id)
    return seat
