"""The page of one case, the reviews it has, and its trail, each for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from services.review.documents import Document
from services.review.domain.case import Case
from services.review.domain.conflict import Person, conflicts
from services.review.domain.policy import Policy
from services.review.domain.sight import no_such_case, require_impartial, require_reviewer_sight
from services.review.domain.trail import first_broken
from services.review.people import known
from services.review.shapes import CaseView, ReviewList, TrailView
from services.review.store import Filed, Records
from services.review.views import claim_view, outline, review_view, round_view, seat_view, trail_view
from shared.http.access import Principal, Role


async def case_page(
    records: Records, case_id: str, who: Principal, *, policy: Policy, now: datetime
) -> tuple[CaseView, int]:
    """Return the case as the caller may see it, and its version.

    A reviewer with a conflict of interest gets NotFound; a coordinator with one sees that the case exists and how far
    it is, but neither what was submitted nor who reviews it.
    """
    filed = await _filed(records, case_id)
    case = filed.case
    _, person = await known(records, who, policy=policy, now=now)
    coordinator = Role.COORDINATOR in who.roles
    if not coordinator:
        require_reviewer_sight(case, person)
    page = cast("CaseView", outline(case, now=now))
    if reasons := conflicts(person, case.parties, case.declared):
        page["conflict"] = sorted(reason.value for reason in reasons)
        return page, filed.head.number
    await _show_submission(records, case, page)
    if not coordinator:  # coordinators know of every case
        page["near_duplicates"] = await _seen_by(person, records, page["near_duplicates"])
    seat = case.seat_of(person.person_id)
    page["mine"] = claim_view(case, seat, policy=policy) if seat else None
    if coordinator:
        page["seats"] = [seat_view(seat) for seat in case.seats]
    return page, filed.head.number


async def _seen_by(person: Person, records: Records, alike: Sequence[Document]) -> list[Document]:
    """Leave out what is neither public nor free of a conflict of interest, as far as we know it."""
    cases = await records.cases_of([one["contribution_id"] for one in alike if not one.get("public")])
    known = {case.contribution_id for case in cases}
    hidden = {case.contribution_id for case in cases if conflicts(person, case.parties, case.declared)}
    return [one for one in alike if one.get("public") or one["contribution_id"] in known - hidden]


async def _show_submission(records: Records, case: Case, page: CaseView) -> None:
    snapshot: Document = await records.snapshot(case)
    page["content"] = snapshot.get("content", {})
    page["source_language"] = snapshot.get("source_language", "")
    page["attachments"] = snapshot.get("attachments", [])
    page["near_duplicates"] = snapshot.get("near_duplicates", [])
    page["answers"] = snapshot.get("answers", [])
    decided = case.sitting > 1 or case.verdict is not None
    page["earlier"] = [round_view(one) for one in await records.decisions(case.case_id)] if decided else []


async def reviews_of(records: Records, case_id: str, who: Principal, *, policy: Policy, now: datetime) -> ReviewList:
    """Return every finished review of the case, for a coordinator without conflict of interest."""
    filed = await _filed(records, case_id)
    await _require_impartial(records, filed.case, who, policy=policy, now=now)
    reviews = await records.reviews(filed.case)
    return {"items": [review_view(review) for review in reviews if review.completed_at]}


async def trail_of(records: Records, case_id: str, who: Principal, *, policy: Policy, now: datetime) -> TrailView:
    """Return the whole trail and whether it is what was written, for a coordinator without conflict of interest."""
    filed = await _filed(records, case_id)
    await _require_impartial(records, filed.case, who, policy=policy, now=now)
    steps = await records.trail(case_id)
    return trail_view(steps, first_broken(steps, filed.head, case_id=case_id))


async def _filed(records: Records, case_id: str) -> Filed:
    filed = await records.filed(case_id)
    if filed is None:
        raise no_such_case()
    return filed


async def _require_impartial(records: Records, case: Case, who: Principal, *, policy: Policy, now: datetime) -> Person:
    _, person = await known(records, who, policy=policy, now=now)
    require_impartial(case, person)
    return person
