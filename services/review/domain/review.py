"""One reviewer's review: four gates, seven scores, comments, words for the author, words in confidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.errors import FieldError

SCORES = range(5)


class Gate(StrEnum):
    """What a contribution must be before its worth is weighed."""

    RELEVANT = "relevant"
    COMPLETE = "complete"
    ETHICAL = "ethical"
    EVIDENCED = "evidenced"


class Criterion(StrEnum):
    """What is scored, from 0 (absent) to 4 (exemplary), each with one sentence that says why."""

    EFFECTIVENESS = "effectiveness"
    EQUITY_INCLUSION = "equity_inclusion"
    TRANSFERABILITY = "transferability"
    SUSTAINABILITY = "sustainability"
    PARTNERSHIP = "partnership"
    PARTICIPATION = "participation"
    POLICY_RELEVANCE = "policy_relevance"


class Severity(StrEnum):
    MUST = "must"
    SHOULD = "should"
    PRAISE = "praise"


class Outcome(StrEnum):
    """What a reviewer recommends and a coordinator decides."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    score: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment anchored by an RFC 6901 pointer into the content.

    ``id`` is random text, so that it tells neither who wrote the comment nor when. It is new with every saving of
    the comments, and lasts once the review is complete.
    """

    pointer: str
    severity: Severity
    text: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review of one sitting of a case. ``void`` ones were completed by somebody who then declared a conflict."""

    review_id: str
    case_id: str
    sitting: int
    reviewer_id: str
    version: int
    gates: Mapping[Gate, bool] = field(default_factory=dict)
    scores: Mapping[Criterion, Score] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    text_to_author: str = ""
    confidential: str = ""
    recommendation: Outcome | None = None
    completed_at: datetime | None = None
    void: bool = False

    @property
    def counts(self) -> bool:
        return self.completed_at is not None and not self.void


def missing(review: Review) -> tuple[FieldError, ...]:
    """List everything that keeps the review from being complete, each with its pointer into the review."""
    errors = [_lacks(f"/gates/{gate}", "Say yes or no.") for gate in Gate if gate not in review.gates]
    for criterion in Criterion:
        given = review.scores.get(criterion, Score())
        if given.score is None:
            errors.append(_lacks(f"/scores/{criterion}/score", "Give a score from 0 to 4."))
        if not given.reason:
            errors.append(_lacks(f"/scores/{criterion}/reason", "Say why in one sentence."))
    if not review.text_to_author:
        errors.append(_lacks("/text_to_author", "Write some words to the author."))
    if review.recommendation is None:
        errors.append(_lacks("/recommendation", "Recommend something.", tuple(Outcome)))
    if review.recommendation is Outcome.APPROVE and not all(review.gates.values()):
        closed = [gate for gate, open_ in review.gates.items() if not open_]
        errors.append(
            FieldError(
                pointer="/recommendation",
                code="gate-closed",
                message=f"What is not {', not '.join(closed)} cannot be recommended for approval.",
                allowed=(Outcome.REQUEST_CHANGES, Outcome.REJECT),
            )
        )
    return tuple(errors)


def _lacks(pointer: str, message: str, allowed: tuple[str, ...] = ()) -> FieldError:
    return FieldError(pointer=pointer, code="missing", message=message, allowed=allowed)
