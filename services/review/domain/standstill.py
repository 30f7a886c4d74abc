"""Why a case does not move, as codes that a coordinator's board puts into words."""

from datetime import datetime
from enum import StrEnum

from .case import Case, CaseState
from .policy import Policy


class Standstill(StrEnum):
    """``no-reviewer``: open for long and nobody holds a place. ``too-few-reviewers``: open for long, some places are
    free. ``ready-undecided``: there have been enough reviews for long. ``overdue``: a review or the decision is late.
    ``lease-ending``: a reviewer's lease ends soon and the review is not finished. ``author-silent``: changes were asked
    for long ago.
    """

    NO_REVIEWER = "no-reviewer"
    TOO_FEW_REVIEWERS = "too-few-reviewers"
    READY_UNDECIDED = "ready-undecided"
    OVERDUE = "overdue"
    LEASE_ENDING = "lease-ending"
    AUTHOR_SILENT = "author-silent"


def standstills(case: Case, *, policy: Policy, now: datetime) -> tuple[Standstill, ...]:
    """Return every reason, the gravest first; none for a case that moves or is closed."""
    lasts = now - case.since
    if case.state is CaseState.CHANGES_REQUESTED:
        return (Standstill.AUTHOR_SILENT,) if lasts >= policy.stuck_unanswered else ()
    if case.state is not CaseState.OPEN:
        return ()
    found = []
    if case.overdue(now):
        found.append(Standstill.OVERDUE)
    if case.ready:
        if lasts >= policy.stuck_undecided:
            found.append(Standstill.READY_UNDECIDED)
    elif case.places_left and lasts >= policy.stuck_unclaimed:
        found.append(Standstill.TOO_FEW_REVIEWERS if case.seats else Standstill.NO_REVIEWER)
    if case.next_lease and case.next_lease - now <= policy.lease_ending:
        found.append(Standstill.LEASE_ENDING)
    return tuple(found)
