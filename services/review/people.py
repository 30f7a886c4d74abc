"""Who calls, as conflicts of interest are computed: what the sign-in says now, and what is remembered."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.conflict import Person
from services.review.domain.policy import Policy
from services.review.domain.reviewer import Reviewer
from services.review.store import Records
from shared.http.access import Principal, Role


def signed_in(before: Reviewer, principal: Principal, *, now: datetime) -> Reviewer:
    """Return the person with what the sign-in tells; the very same object when that is nothing new."""
    return before.signed_in(
        name=principal.name,
        reviews=Role.REVIEWER in principal.roles,
        organisation=principal.organisation,
        now=now,
    )


def unremembered(principal: Principal, *, policy: Policy, now: datetime) -> Person:
    """Return the caller as the sign-in alone shows them, without a look at what is remembered."""
    return signed_in(Reviewer(person_id=principal.person_id), principal, now=now).as_person(
        now=now, memory=policy.memory
    )


async def known(records: Records, principal: Principal, *, policy: Policy, now: datetime) -> tuple[Reviewer, Person]:
    """Return the caller as we know them now. Nothing is written."""
    return as_known(await records.reviewer(principal.person_id), principal, policy=policy, now=now)


def as_known(
    before: Reviewer | None, principal: Principal, *, policy: Policy, now: datetime
) -> tuple[Reviewer, Person]:
    """Return the caller as we know them now, of whom ``before`` was remembered, if anything was."""
    reviewer = signed_in(before or Reviewer(person_id=principal.person_id), principal, now=now)
    return reviewer, reviewer.as_person(now=now, memory=policy.memory)


async def remembered(
    records: Records, principal: Principal, *, policy: Policy, now: datetime
) -> tuple[Reviewer, Person]:
    """As ``known``, and keep what the sign-in tells if it is new: so coordinators can find every reviewer."""
    before = await records.reviewer(principal.person_id) or Reviewer(person_id=principal.person_id)
    reviewer = signed_in(before, principal, now=now)
    if reviewer is not before:
        await records.keep_sign_in(reviewer)
    return reviewer, reviewer.as_person(now=now, memory=policy.memory)
