"""The shapes of what callers are shown, as plain dictionaries; they make the OpenAPI document.

Moments are RFC 3339 in UTC, languages BCP 47, ids opaque.
"""

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict


class Outline(TypedDict):
    """A case without what was submitted and without who reviews it."""

    case_id: str
    contribution_id: str
    version: int
    round: int
    kind: str
    title: dict[str, str]
    state: str
    appeal: bool
    sectors: list[str]
    themes: list[str]
    languages: list[str]
    countries: list[str]
    opened_at: datetime
    due_at: datetime
    overdue: bool
    required: int
    completed: int
    places_left: int


class ClaimView(TypedDict):
    """A place at a case."""

    case_id: str
    claimed_at: datetime
    lease_until: datetime
    due_at: datetime
    renewals_left: int
    completed_at: datetime | None


class CaseItem(Outline):
    """A case in a list. ``fit`` counts what the caller knows of its sectors and themes; ``conflict`` is only ever
    filled for coordinators, from others such cases are hidden.
    """

    mine: ClaimView | None
    fit: int
    conflict: list[str]


class CasePage(TypedDict):
    items: list[CaseItem]
    next: str | None


class SeatView(TypedDict):
    reviewer_id: str
    claimed_at: datetime
    lease_until: datetime
    due_at: datetime
    completed_at: datetime | None
    assigned_by: str | None


class CommentView(TypedDict):
    id: str
    pointer: str
    severity: str
    text: str


class RoundView(TypedDict):
    """What the authors were told at the end of an earlier round."""

    round: int
    outcome: str
    reason_codes: list[str]
    text: str
    comments: list[CommentView]
    decided_at: datetime


class CaseView(Outline, total=False):
    """A case page. What was submitted is there for those free of conflict, ``seats`` for coordinators among them."""

    content: dict[str, Any]
    source_language: str
    attachments: list[dict[str, Any]]
    near_duplicates: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    earlier: list[RoundView]
    mine: ClaimView | None
    seats: list[SeatView]
    conflict: list[str]


class ScoreView(TypedDict):
    score: int | None
    reason: str


class ReviewView(TypedDict):
    """A review. The ids of ``comments`` last once it is complete."""

    review_id: str
    case_id: str
    sitting: int
    reviewer_id: str
    version: int
    gates: dict[str, bool]
    scores: dict[str, ScoreView]
    comments: list[CommentView]
    text_to_author: str
    confidential: str
    recommendation: str | None
    completed_at: datetime | None
    void: bool


class ReviewList(TypedDict):
    items: list[ReviewView]


class DecisionView(TypedDict):
    case_id: str
    round: int
    outcome: str
    reason_codes: list[str]
    text: str
    based_on: list[str]
    dissent: str | None
    below_quorum: str | None
    publish_at: datetime | None
    comments: list[CommentView]
    remarks: list[str]
    decided_by: str
    decided_at: datetime
    appeal_until: datetime | None


class StepView(TypedDict):
    number: int
    at: datetime
    act: str
    actor: str
    facts: dict[str, Any]
    seal: str


class TrailView(TypedDict):
    """``first_broken`` is the number of the first step that is missing or was changed, None when all is whole."""

    items: list[StepView]
    intact: bool
    first_broken: int | None


class ReviewerView(TypedDict):
    """``load_cap`` is what holds for them: their own, or the usual one."""

    person_id: str
    name: str
    organisation: str | None
    affiliations: list[str]
    sectors: list[str]
    themes: list[str]
    languages: list[str]
    load: int
    load_cap: int
    paused_until: datetime | None


class ReviewerItem(ReviewerView, total=False):
    """A reviewer in a list; ``conflict`` and ``fit`` are there when the list is asked for one case."""

    conflict: list[str]
    fit: int


class ReviewerPage(TypedDict):
    items: list[ReviewerItem]
    next: str | None
