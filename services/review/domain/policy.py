"""What an installation may choose: how long, how many, for how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules that are a matter of choice, all in one place.

    ``lease`` is how long a claim holds without being renewed; ``review_due`` when the reviewer should be ready,
    ``case_due`` when the case should be decided; ``memory`` how long having written or worked together is a conflict.
    ``seats_max`` bounds how many reviewers a coordinator may bring to one case. After ``stuck_unclaimed`` a case with
    free places counts as stuck, after ``stuck_undecided`` one that waits for a decision, after ``stuck_unanswered`` one
    that waits for its author; ``lease_ending`` is how long before its end a lease is shown to end.
    """

    quorum: Mapping[str, int] = field(default_factory=lambda: {"practice": 2, "lesson_learned": 1, "joint_action": 2})
    lease: timedelta = timedelta(days=7)
    review_due: timedelta = timedelta(days=14)
    case_due: timedelta = timedelta(days=28)
    renewals_max: int = 3
    seats_max: int = 5
    load_cap: int = 3
    appeal: timedelta = timedelta(days=30)
    memory: timedelta = timedelta(days=730)
    publish_within: timedelta = timedelta(days=366)
    stuck_unclaimed: timedelta = timedelta(days=7)
    stuck_undecided: timedelta = timedelta(days=7)
    stuck_unanswered: timedelta = timedelta(days=30)
    lease_ending: timedelta = timedelta(days=1)
