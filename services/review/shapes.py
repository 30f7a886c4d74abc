"""The shapes of what callers are shown, as plain dictionaries; they make the OpenAPI document.

Moments are RFC 3339 in UTC, languages BCP 47, ids opaque.
"""

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict


class Outline(TypedDict):
    """A case without what was submitted and without who reviews it.

    ``ready`` is an open case with enough reviews; ``since`` is when it came to be as it is, ``days`` whole ones ago.
    """

    case_id: str
    contribution_id: str
    version: int
    round: int
    sitting: int
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
    ready: bool
    since: datetime
    days: int


class ClaimView(TypedDict):
    """A place at a case."""

    case_id: str
    claimed_at: datetime
    lease_until: datetime
    due_at: datetime
    renewals_left: int
    completed_at: datetime | None


class Because(TypedDict):
    """What of a case a reviewer knows by their own terms: the codes that both name."""

    sectors: list[str]
    themes: list[str]
    languages: list[str]


class CaseItem(Outline):
    """A case in a list. ``fit`` counts what the caller knows of its sectors and themes and ``because`` names it;
    ``conflict`` and ``stuck`` are only ever filled for coordinators: from others cases with a conflict are hidden.
    ``stuck`` are ``no-reviewer``, ``too-few-reviewers``, ``ready-undecided``, ``overdue``, ``lease-ending``,
    ``author-silent``.
    """

    mine: ClaimView | None
    fit: int
    because: Because
    conflict: list[str]
    stuck: list[str]


class Counts(TypedDict, total=False):
    """With ``scope=all`` every name but ``mine``: ``open`` are ``reviewing`` and ``ready``, of which some are
    ``overdue`` or ``unclaimed`` (have a free place). With another scope how long the caller's own lists are: ``mine``,
    ``unclaimed``, ``overdue``, for coordinators ``ready``.
    """

    open: int
    reviewing: int
    ready: int
    changes_requested: int
    approved: int
    rejected: int
    withdrawn: int
    mine: int
    overdue: int
    unclaimed: int


class CasePage(TypedDict):
    """``counts`` is there when it is asked for."""

    items: list[CaseItem]
    next: str | None
    counts: Counts | None


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
    """A reviewer in a list. The rest is there when the list is asked for one case.

    ``spare`` is how many more cases they would take now, 0 while they rest. ``hindrances`` are the codes of all that
    an assignment would be refused for: ``reviewer-has-conflict``, ``already-claimed``, ``fresh-eyes-needed``,
    ``reviewer-paused``, ``load-cap-reached``; none means that it can be made.
    """

    conflict: list[str]
    fit: int
    because: Because
    spare: int
    hindrances: list[str]


class ReviewerPage(TypedDict):
    items: list[ReviewerItem]
    next: str | None
