"""From the domain's values to the shapes that callers are shown. Who sees which is decided before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.review.documents import comment_document
from services.review.domain.case import Case, CaseState
from services.review.domain.lease import Seat
from services.review.domain.policy import Policy
from services.review.domain.review import Review
from services.review.domain.reviewer import Reviewer
from services.review.domain.trail import Step
from services.review.shapes import (
    Because,
    ClaimView,
    CommentView,
    Outline,
    ReviewerView,
    ReviewView,
    RoundView,
    SeatView,
    StepView,
    TrailView,
)


def outline(case: Case, *, now: datetime) -> Outline:
    facets = case.facets
    return {
        "case_id": case.case_id,
        "contribution_id": case.contribution_id,
        "version": case.version,
        "round": case.round,
        "sitting": case.sitting,
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
        "ready": case.state is CaseState.OPEN and case.ready,
        "since": case.since,
        "days": max(0, (now - case.since).days),
    }


def because(reviewer: Reviewer, case: Case) -> Because:
    """Name what of the case the reviewer knows, in the order of the case."""
    facets = case.facets
    return {
        "sectors": [code for code in facets.sectors if code in reviewer.sectors],
        "themes": [code for code in facets.themes if code in reviewer.themes],
        "languages": [code for code in facets.languages if code in reviewer.languages],
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
