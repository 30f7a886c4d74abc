"""Who calls, as conflicts of interest are computed: their sign-in now, what is remembered, whom they wrote with."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.conflict import Person
from services.review.domain.policy import Policy
from services.review.domain.reviewer import Reviewer
from services.review.store import Records
from shared.http.access import Principal, Role


async def known(records: Records, principal: Principal, *, policy: Policy, now: datetime) -> tuple[Reviewer, Person]:
    """Return the caller as we know them now. Nothing is written."""
    reviewer = _signed_in(await records.reviewer(principal.person_id), principal, now=now)
    return reviewer, await as_person(records, reviewer, policy=policy, now=now)


async def remembered(
    records: Records, principal: Principal, *, policy: Policy, now: datetime
) -> tuple[Reviewer, Person]:
    """As ``known``, and keep what the sign-in tells if it is new: so coordinators can find every reviewer."""
    before = await records.reviewer(principal.person_id)
    reviewer = _signed_in(before, principal, now=now)
    if reviewer is not before:
        await records.keep_sign_in(reviewer)
    return reviewer, await as_person(records, reviewer, policy=policy, now=now)


async def as_person(records: Records, reviewer: Reviewer, *, policy: Policy, now: datetime) -> Person:
    """Return the reviewer with those they wrote with; for somebody else than the caller, as last signed in."""
    co_authors = await records.co_authors([reviewer.person_id], since=now - policy.memory)
    return reviewer.as_person(co_authors, now=now, memory=policy.memory)


def _signed_in(before: Reviewer | None, principal: Principal, *, now: datetime) -> Reviewer:
    return (before or Reviewer(person_id=principal.person_id)).signed_in(
        name=principal.name,
        reviews=Role.REVIEWER in principal.roles,
        organisation=principal.organisation,
        now=now,
    )
