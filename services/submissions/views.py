"""What authors get to see of a contribution, as JSON. The models describe it; the functions write it.

Nothing in here names a reviewer or a coordinator.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from services.submissions.documents import Document, flat
from services.submissions.domain.actions import Action, actions
from services.submissions.domain.attachments import Attachment
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.feedback import Outcome
from services.submissions.domain.publication import address_of
from services.submissions.domain.state import State
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
    kind: str | None = None
    title: dict[str, str]
    source_language: str | None = None
    publication: PublicationView | None = None
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
    content: Content = Field(description="The working version")
    attachments: list[AttachmentView]
    feedback: FeedbackView | None = Field(default=None, description="What the last decision says")
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


def summary_view(document: Mapping[str, Any], public_url: str) -> Document:
    """Write one line of a list from a stored contribution's projection."""
    content = document.get("content", {})
    view = {
        "id": document["_id"],
        **{name: document[name] for name in ("state", "version", "round", "revision", "created_at", "updated_at")},
        "title": {language: variant["text"] for language, variant in (content.get("title") or {}).items()},
    }
    view |= {name: content[name] for name in ("kind", "source_language") if name in content}
    if publication := document.get("publication"):
        view["publication"] = publication | {"address": address_of(public_url, document["_id"])}
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
