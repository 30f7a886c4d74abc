"""Events of a contribution, said by the submissions service. Aggregate: ``contribution:<id>``. Internal."""

from datetime import date
from typing import Any, ClassVar

from pydantic import Field

from shared.events.base import TYPE_PREFIX, EventData, Moment, Titles
from shared.events.practices import Attachment


class NearDuplicate(EventData):
    """A hint, not a verdict: another contribution whose text is much alike. ``score`` is from 0 to 1.

    One that is not ``public`` is of the same author; not everybody who reviews this one may see it.
    """

    contribution_id: str
    title: str
    score: float
    public: bool = False


class Answer(EventData):
    """The author's answer to one reviewer's comment."""

    comment_id: str
    text: str


class SubmissionDrafted(EventData):
    """A member began a contribution."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.drafted.v1"
    subject: ClassVar[str] = "submissions.drafted"

    contribution_id: str
    kind: str | None = None
    author_ids: tuple[str, ...]


class SubmissionDiscarded(EventData):
    """A draft was thrown away by its author."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.discarded.v1"
    subject: ClassVar[str] = "submissions.discarded"

    contribution_id: str
    author_ids: tuple[str, ...]


class SubmissionRestored(EventData):
    """A discarded draft was taken back by its author."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.restored.v1"
    subject: ClassVar[str] = "submissions.restored"

    contribution_id: str
    kind: str | None = None
    author_ids: tuple[str, ...]


class Submitted(EventData):
    """What reviewers and the routing need of one submitted version, whole, so that nothing has to be asked."""

    contribution_id: str
    version: int = Field(ge=1)
    round: int = Field(ge=1)
    kind: str
    title: Titles
    source_language: str
    languages: tuple[str, ...]
    sectors: tuple[str, ...]
    themes: tuple[str, ...]
    countries: tuple[str, ...]
    lead_organisation_id: str | None = None
    organisation_ids: tuple[str, ...] = ()
    organisation_names: tuple[str, ...] = ()
    author_ids: tuple[str, ...]
    content: dict[str, Any]
    attachments: tuple[Attachment, ...] = ()
    near_duplicates: tuple[NearDuplicate, ...] = ()
    submitted_by: str


class SubmissionSubmitted(Submitted):
    """A version was submitted for review for the first time."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.submitted.v1"
    subject: ClassVar[str] = "submissions.submitted"


class SubmissionResubmitted(Submitted):
    """The author answered every open comment; the next round begins."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.resubmitted.v1"
    subject: ClassVar[str] = "submissions.resubmitted"

    answers: tuple[Answer, ...]


class SubmissionWithdrawn(EventData):
    """The author took it back before a decision."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.withdrawn.v1"
    subject: ClassVar[str] = "submissions.withdrawn"

    contribution_id: str
    version: int
    round: int
    title: Titles
    author_ids: tuple[str, ...]


class SubmissionAppealed(EventData):
    """The author asks a second coordinator and fresh reviewers to look at a rejection, once."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.appealed.v1"
    subject: ClassVar[str] = "submissions.appealed"

    contribution_id: str
    version: int
    round: int
    title: Titles
    text: str
    author_ids: tuple[str, ...]


class SubmissionPublished(EventData):
    """An approved version is public now; tells the authors. The public event is ``practice.published``."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.published.v1"
    subject: ClassVar[str] = "submissions.published"

    contribution_id: str
    version: int
    round: int
    title: Titles
    author_ids: tuple[str, ...]
    address: str


class SubmissionTombstoned(EventData):
    """A coordinator took a published practice down; its address keeps answering with the reason."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.tombstoned.v1"
    subject: ClassVar[str] = "submissions.tombstoned"

    contribution_id: str
    version: int
    title: Titles
    reason_code: str
    reason: str
    author_ids: tuple[str, ...]


class SubmissionWentStale(EventData):
    """The review-by date of a published practice passed; the author is asked whether it still holds."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.went_stale.v1"
    subject: ClassVar[str] = "submissions.went_stale"

    contribution_id: str
    version: int
    title: Titles
    author_ids: tuple[str, ...]
    review_by: date


class SubmissionConfirmed(EventData):
    """An author said that a published practice still holds."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.confirmed.v1"
    subject: ClassVar[str] = "submissions.confirmed"

    contribution_id: str
    version: int
    title: Titles
    author_ids: tuple[str, ...]
    review_by: date
    confirmed_at: Moment


class SubmissionAgreed(EventData):
    """A coordinator recorded that a published joint action was agreed. The public event is ``joint_action.agreed``."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.agreed.v1"
    subject: ClassVar[str] = "submissions.agreed"

    contribution_id: str
    version: int
    title: Titles
    author_ids: tuple[str, ...]
    agreed_on: date
    parties: tuple[str, ...]


class SubmissionAgreementRetracted(EventData):
    """The record that a published joint action was agreed was a mistake, and is taken back."""

    type: ClassVar[str] = TYPE_PREFIX + "submission.agreement_retracted.v1"
    subject: ClassVar[str] = "submissions.agreement_retracted"

    contribution_id: str
    version: int
    title: Titles
    author_ids: tuple[str, ...]
