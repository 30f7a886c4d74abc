"""Events of a review case, said by the review service. Aggregate: ``case:<case id>``. Internal.

Reviewers are named by their person id only, and only here: nothing that is shown or sent to an author may
carry one. What authors get is made of the decision events, whose fields hold no reviewer.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.events.base import TYPE_PREFIX, EventData, Moment, Titles


class Case(EventData):
    """What every event of a case says."""

    case_id: str
    contribution_id: str
    version: int
    round: int
    kind: str
    title: Titles


class Comment(BaseModel):
    """A comment for the author, anchored to a field by an RFC 6901 pointer into the content."""

    model_config = ConfigDict(frozen=True)

    id: str
    pointer: str
    severity: Literal["must", "should", "praise"]
    text: str


class ReviewOpened(Case):
    """A round of review began. ``quorum`` is the number of completed reviews that a decision needs."""

    type: ClassVar[str] = TYPE_PREFIX + "review.opened.v1"
    subject: ClassVar[str] = "reviews.opened"

    due_at: Moment
    quorum: int


class ReviewClaimed(Case):
    """A reviewer took it."""

    type: ClassVar[str] = TYPE_PREFIX + "review.claimed.v1"
    subject: ClassVar[str] = "reviews.claimed"

    reviewer_id: str
    lease_until: Moment
    due_at: Moment


class ReviewAssigned(Case):
    """A coordinator gave it to a reviewer."""

    type: ClassVar[str] = TYPE_PREFIX + "review.assigned.v1"
    subject: ClassVar[str] = "reviews.assigned"

    reviewer_id: str
    assigned_by: str
    lease_until: Moment
    due_at: Moment


class ReviewReleased(Case):
    """A reviewer no longer holds it."""

    type: ClassVar[str] = TYPE_PREFIX + "review.released.v1"
    subject: ClassVar[str] = "reviews.released"

    reviewer_id: str
    reason: Literal["released", "lease_expired", "conflict_declared", "case_closed"]


class ReviewCompleted(Case):
    """One review is finished: ``completed`` of ``required``."""

    type: ClassVar[str] = TYPE_PREFIX + "review.completed.v1"
    subject: ClassVar[str] = "reviews.completed"

    reviewer_id: str
    completed: int
    required: int


class ReviewReady(Case):
    """Enough reviews are finished: a coordinator can decide."""

    type: ClassVar[str] = TYPE_PREFIX + "review.ready.v1"
    subject: ClassVar[str] = "reviews.ready"

    completed: int
    required: int


class Decided(Case):
    """What a decision tells the authors. ``remarks`` are the reviewers' words on the whole, one text each, in an
    order that tells nothing; unlike comments they ask for no answer.
    """

    author_ids: tuple[str, ...]
    text: str
    reason_codes: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    remarks: tuple[str, ...] = ()
    decided_at: Moment


class ReviewChangesRequested(Decided):
    """The authors are asked to change it and answer each comment."""

    type: ClassVar[str] = TYPE_PREFIX + "review.changes_requested.v1"
    subject: ClassVar[str] = "reviews.changes_requested"


class ReviewApproved(Decided):
    """It may be published, at once or at ``publish_at``."""

    type: ClassVar[str] = TYPE_PREFIX + "review.approved.v1"
    subject: ClassVar[str] = "reviews.approved"

    publish_at: Moment | None = None


class ReviewRejected(Decided):
    """It will not be published; the authors may appeal once until ``appeal_until`` (None: no appeal left)."""

    type: ClassVar[str] = TYPE_PREFIX + "review.rejected.v1"
    subject: ClassVar[str] = "reviews.rejected"

    appeal_until: Moment | None = None


class ReviewClosed(Case):
    """The case ended without a decision."""

    type: ClassVar[str] = TYPE_PREFIX + "review.closed.v1"
    subject: ClassVar[str] = "reviews.closed"

    reason: Literal["withdrawn"]
    reviewer_ids: tuple[str, ...] = ()
