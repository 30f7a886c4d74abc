"""What callers are shown: plain dictionaries whose types make the OpenAPI document. Who sees which is decided before.

Moments are RFC 3339 in UTC, languages BCP 47, ids opaque.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from services.review.documents import comment_document
from services.review.domain.case import Case
from services.review.domain.lease import Seat
from services.review.domain.policy import Policy
from services.review.domain.review import Review
from services.review.domain.reviewer import Reviewer
from services.review.domain.trail import Step


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


def outline(case: Case, *, now: datetime) -> Outline:
    facets = case.facets
    return {
        "case_id": case.case_id,
        "contribution_id": case.contribution_id,
        "version": case.version,
        "round": case.round,
        "kind": case.kind,
        "title": dict(case.title),
        "state": case.state.value,
        "appeal": case.appealed,
        "sectors": list(facets.sectors),
        "themes": list(facets.themes),
        "languages": list(facets.languages),
        "countries": list(facets.countries),
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "overdue": case.overdue(now),
        "required": case.quorum,
        "completed": case.completed,
        "places_left": case.places_left,
    }


def claim_view(case: Case, seat: Seat, *, policy: Policy) -> ClaimView:
    return {
        "case_id": case.case_id,
        "claimed_at": seat.claimed_at,
        "lease_until": seat.lease_until,
        "due_at": seat.due_at,
        "renewals_left": max(0, policy.renewals_max - seat.renewals),
        "completed_at": seat.completed_at,
    }


def seat_view(seat: Seat) -> SeatView:
    return {
        "reviewer_id": seat.reviewer_id,
        "claimed_at": seat.claimed_at,
        "lease_until": seat.lease_until,
        "due_at": seat.due_at,
        "completed_at": seat.completed_at,
        "assigned_by": seat.assigned_by,
    }


def review_view(review: Review) -> ReviewView:
    return {
        "review_id": review.review_id,
        "case_id": review.case_id,
        "sitting": review.sitting,
        "reviewer_id": review.reviewer_id,
        "version": review.version,
        "gates": {gate.value: value for gate, value in review.gates.items()},
        "scores": {
            criterion.value: {"score": given.score, "reason": given.reason}
            for criterion, given in review.scores.items()
        },
        "comments": [CommentView(**comment_document(comment)) for comment in review.comments],  # type: ignore[typeddict-item]
        "text_to_author": review.text_to_author,
        "confidential": review.confidential,
        "recommendation": review.recommendation.value if review.recommendation else None,
        "completed_at": review.completed_at,
        "void": review.void,
    }


def round_view(decision: Mapping[str, Any]) -> RoundView:
    return {
        "round": decision["round"],
        "outcome": decision["outcome"],
        "reason_codes": decision["reason_codes"],
        "text": decision["text"],
        "comments": decision["comments"],
        "decided_at": decision["decided_at"],
    }


def trail_view(steps: Sequence[Step], broken: int | None) -> TrailView:
    items: list[StepView] = [
        {
            "number": step.number,
            "at": step.at,
            "act": step.act,
            "actor": step.actor,
            "facts": dict(step.facts),
            "seal": step.seal,
        }
        for step in steps
    ]
    return {"items": items, "intact": broken is None, "first_broken": broken}


def reviewer_view(reviewer: Reviewer, *, policy: Policy) -> ReviewerView:
    return {
        "person_id": reviewer.person_id,
        "name": reviewer.name,
        "organisation": reviewer.organisation,
        "affiliations": list(reviewer.affiliations),
        "sectors": list(reviewer.sectors),
        "themes": list(reviewer.themes),
        "languages": list(reviewer.languages),
        "load": len(reviewer.holding),
        "load_cap": policy.load_cap if reviewer.load_cap is None else reviewer.load_cap,
        "paused_until": reviewer.paused_until,
    }
