"""A seat at a case: taken by claim or assignment, held on a lease, kept for good once the review is complete."""

from dataclasses import dataclass, replace
from datetime import datetime

from .errors import NoMoreRenewals
from .policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One reviewer's place in the present sitting of a case.

    A lease ends at ``lease_until`` sharp: at that instant the seat is no longer held, whether or not anything
    has swept it away yet.
    """

    reviewer_id: str
    claimed_at: datetime
    lease_until: datetime
    due_at: datetime
    renewals: int = 0
    assigned_by: str | None = None
    completed_at: datetime | None = None

    @property
    def completed(self) -> bool:
        return self.completed_at is not None

    def held(self, now: datetime) -> bool:
        """Whether its reviewer may work on the review now."""
        return self.completed_at is None and now < self.lease_until

    def expired(self, now: datetime) -> bool:
        return self.completed_at is None and now >= self.lease_until


def taken(reviewer_id: str, *, assigned_by: str | None, policy: Policy, now: datetime) -> Seat:
    return Seat(
        reviewer_id=reviewer_id,
        claimed_at=now,
        lease_until=now + policy.lease,
        due_at=now + policy.review_due,
        assigned_by=assigned_by,
    )


def renewed(seat: Seat, *, policy: Policy, now: datetime) -> Seat:
    """Return the seat with its lease counted from now; the due date stays."""
    if seat.renewals >= policy.renewals_max:
        raise NoMoreRenewals(
            f"A claim is extended {policy.renewals_max} times at most; release it or finish the review.",
            extra={"until": seat.lease_until},
        )
    return replace(seat, lease_until=now + policy.lease, renewals=seat.renewals + 1)
