"""What an operator sets for the review service, beside what every service has."""

from datetime import timedelta

from pydantic import Field, PositiveFloat, PositiveInt

from services.review.domain.policy import Policy
from shared.settings import Settings


class ReviewSettings(Settings):
    """The rules of review that are a matter of choice. ``quorum`` is a JSON object: kind to number of reviews."""

    database: str = Field(min_length=1, max_length=63, default="practice_exchange_review")
    port: int = Field(default=8102, ge=1, le=65535)
    quorum: dict[str, PositiveInt] = Field(
        default={"practice": 2, "lesson_learned": 1, "joint_action": 2}, min_length=1
    )
    lease_hours: PositiveFloat = 7 * 24
    lease_renewals: int = Field(default=3, ge=0)
    review_due_days: PositiveFloat = 14
    case_due_days: PositiveFloat = 28
    reviewers_per_case: PositiveInt = 5
    load_cap: PositiveInt = 3
    appeal_days: PositiveFloat = 30
    conflict_memory_days: PositiveFloat = 730
    stuck_unclaimed_days: PositiveFloat = 7
    stuck_undecided_days: PositiveFloat = 7
    stuck_unanswered_days: PositiveFloat = 30
    lease_ending_hours: PositiveFloat = 24
    timer_seconds: PositiveFloat = 30

    @property
    def policy(self) -> Policy:
        """The same, as the rules want it."""
        return Policy(
            quorum=self.quorum,
            lease=timedelta(hours=self.lease_hours),
            review_due=timedelta(days=self.review_due_days),
            case_due=timedelta(days=self.case_due_days),
            renewals_max=self.lease_renewals,
            seats_max=self.reviewers_per_case,
            load_cap=self.load_cap,
            appeal=timedelta(days=self.appeal_days),
            memory=timedelta(days=self.conflict_memory_days),
            stuck_unclaimed=timedelta(days=self.stuck_unclaimed_days),
            stuck_undecided=timedelta(days=self.stuck_undecided_days),
            stuck_unanswered=timedelta(days=self.stuck_unanswered_days),
            lease_ending=timedelta(hours=self.lease_ending_hours),
        )
