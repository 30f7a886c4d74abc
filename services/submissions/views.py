"""What authors get to see of a contribution, as JSON. The models describe it; the functions write it.

Nothing in here names a reviewer or a coordinator.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from services.submissions.documents import Document, flat, standing_from
from services.submissions.domain.actions import Action, actions, next_steps
from services.submissions.domain.attachments import Attachment
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.feedback import Outcome
from services.submissions.domain.heading import Heading, heading
from services.submissions.domain.publication import address_of
from services.submissions.domain.state import State
from services.submissions.domain.status import status
from shared.contribution.content import Content


class AttachmentView(BaseModel):
    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    alt_text: str | None = None
    licence: str | None = None
    uploaded_at: datetime


class CommentView(BaseModel):
    id: str
    pointer: str
    severity: str
    text: str


class AnswerView(BaseModel):
    comment_id: str
    text: str


class FeedbackView(BaseModel):
    outcome: Outcome
    version: int
    round: int
    text: str
    reason_codes: list[str]
    comments: list[CommentView]
    remarks: list[str] = Field(description="The reviewers' words on the whole; they ask for no answer")
    answers: list[AnswerView] = Field(description="The authors' own, kept as typed; handed in with the next round")
    decided_at: datetime


class PublicationView(BaseModel):
    version: int
    round: int
    published_at: datetime
    first_published_at: datetime
    review_by: date
    stale: bool
    address: str


class TombstoneView(BaseModel):
    reason_code: str
    reason: str
    at: datetime


class SummaryView(BaseModel):
    """One line of the list of an author's contributions."""

    id: str
    state: State
    version: int
    round: int
    revision: int
    can: list[Action]
    status: str = Field(description="Where it stands, in one sentence in the language that was asked for")
    kind: str | None = None
    title: dict[str, str]
    heading: Heading = Field(description="The title in the language that was asked for, else in the nearest")
    source_language: str | None = None
    open_comments: int = Field(description="Comments that must be answered before the next round")
    unanswered: int = Field(description="Those of them without a kept answer yet")
    publication: PublicationView | None = None
    review_by: date | None = Field(default=None, description="When what is public must be confirmed again")
    appeal_until: datetime | None = None
    publish_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class ContributionView(BaseModel):
    """A contribution as its authors see it; ``revision`` is its ETag, ``can`` what they can do next."""

    id: str
    state: State
    version: int
    round: int
    revision: int
    can: list[Action]
    status: str | None = Field(default=None, description="Where it stands, in one sentence; when it is read by GET")
    content: Content = Field(description="The working version")
    attachments: list[AttachmentView]
    feedback: FeedbackView | None = Field(default=None, description="What the last decision says")
    decision_due: datetime | None = Field(default=None, description="By when the review is to decide; in review only")
    appeal_until: datetime | None = None
    publish_at: datetime | None = None
    publication: PublicationView | None = None
    tombstone: TombstoneView | None = None
    project: str | None = Field(default=None, description="The project identifier it was imported from")
    created_at: datetime
    updated_at: datetime


class SummaryPage(BaseModel):
    items: list[SummaryView]
    next: str | None = Field(default=None, description="The cursor of the next page, if there is one")


def contribution_view(contribution: Contribution, now: datetime, public_url: str) -> Document:
    """Write the JSON of a contribution for its authors; what it does not have is left out."""
    publication = contribution.publication
    optional = {
        "feedback": _feedback(contribution),
        "decision_due": contribution.decision_due if contribution.state is State.IN_REVIEW else None,
        "appeal_until": contribution.appeal_until,
        "publish_at": contribution.publish_at,
        "publication": publication and flat(publication) | {"address": address_of(public_url, contribution.id)},
        "tombstone": contribution.tombstone and flat(contribution.tombstone),
        "project": contribution.origin and contribution.origin.key,
    }
    return {
        "id": contribution.id,
        "state": contribution.state.value,
        "version": contribution.version,
        "round": contribution.round,
        "revision": contribution.revision,
        "can": [action.value for action in actions(contribution, now)],
        "content": contribution.content,
        "attachments": [flat(attachment) for attachment in contribution.attachments],
        "created_at": contribution.created_at,
        "updated_at": contribution.updated_at,
        **{name: value for name, value in optional.items() if value is not None},
    }


def attachment_view(attachment: Attachment) -> Document:
    """Write the JSON of one file's description."""
    return flat(attachment)


def summary_view(document: Mapping[str, Any], now: datetime, public_url: str, language: str) -> Document:
    """Write one line of a list from a stored contribution's projection."""
    content = document.get("content", {})
    standing = standing_from(document)
    titles = {spoken: variant["text"] for spoken, variant in (content.get("title") or {}).items()}
    view = {
        "id": document["_id"],
        **{name: document[name] for name in ("state", "version", "round", "revision", "created_at", "updated_at")},
        "can": [action.value for action in next_steps(standing, now)],
        "status": status(standing, language),
        "title": titles,
        "heading": heading(titles, language, content.get("source_language")),
        "open_comments": standing.open_comments,
        "unanswered": standing.unanswered,
    }
    view |= {name: content[name] for name in ("kind", "source_language") if name in content}
    view |= {name: document[name] for name in ("appeal_until", "publish_at") if name in document}
    if publication := document.get("publication"):
        view["publication"] = publication | {"address": address_of(public_url, document["_id"])}
        view["review_by"] = publication["review_by"]
    return view


def _feedback(contribution: Contribution) -> Document | None:
    feedback = contribution.feedback
    if feedback is None:
        return None
    return flat(feedback) | {
        "outcome": feedback.outcome.value,
        "comments": [flat(comment) for comment in feedback.comments],
        "answers": [flat(answer) for answer in feedback.answers],
    }
