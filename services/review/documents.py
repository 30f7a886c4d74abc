"""Between the domain's values and the documents they are kept as. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.review.domain.case import Case, CaseState, Facets, Verdict
from services.review.domain.conflict import Parties
from services.review.domain.decision import Decision
from services.review.domain.lease import Seat
from services.review.domain.review import Comment, Criterion, Gate, Outcome, Review, Score, Severity
from services.review.domain.reviewer import Reviewer
from services.review.domain.trail import Step

Document = dict[str, Any]


def case_document(case: Case) -> Document:
    """The case, and beside it what the queue sorts and filters by: those fields are made anew at every write."""
    verdict = case.verdict
    return {
        "_id": case.case_id,
        "contribution_id": case.contribution_id,
        "version": case.version,
        "kind": case.kind,
        "title": dict(case.title),
        "round": case.round,
        "sitting": case.sitting,
        "state": case.state.value,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "quorum": case.quorum,
        "author_ids": list(case.author_ids),
        **_parties_document(case.parties),
        **_facets_document(case.facets),
        "seats": [_seat_document(seat) for seat in case.seats],
        "declared": sorted(case.declared),
        "took_part": sorted(case.took_part),
        "barred": sorted(case.barred),
        "appealed": case.appealed,
        "verdict": verdict
        and {
            "outcome": verdict.outcome.value,
            "decided_by": verdict.decided_by,
            "decided_at": verdict.decided_at,
            "appeal_until": verdict.appeal_until,
        },
        "withdrawn_at": case.withdrawn_at,
        "completed": case.completed,
        "ready": case.ready,
        "places_left": case.places_left,
        "next_lease": case.next_lease,
        "next_due": case.next_due,
    }


def _parties_document(parties: Parties) -> Document:
    return {
        "authors": sorted(parties.authors),
        "author_names": sorted(parties.author_names),
        "lead": sorted(parties.lead),
        "partners": sorted(parties.partners),
        "co_authors": sorted(parties.co_authors),
        "organisations": sorted(parties.organisations),
        "known": bool(parties.authors and parties.lead),
    }


def _facets_document(facets: Facets) -> Document:
    return {
        "sectors": list(facets.sectors),
        "themes": list(facets.themes),
        "languages": list(facets.languages),
        "countries": list(facets.countries),
    }


def case_of(document: Mapping[str, Any]) -> Case:
    verdict = document["verdict"]
    return Case(
        case_id=document["_id"],
        contribution_id=document["contribution_id"],
        version=document["version"],
        kind=document["kind"],
        title=document["title"],
        round=document["round"],
        sitting=document["sitting"],
        state=CaseState(document["state"]),
        opened_at=document["opened_at"],
        due_at=document["due_at"],
        quorum=document["quorum"],
        author_ids=tuple(document["author_ids"]),
        parties=Parties(
            authors=frozenset(document["authors"]),
            author_names=frozenset(document["author_names"]),
            lead=frozenset(document["lead"]),
            partners=frozenset(document["partners"]),
            co_authors=frozenset(document["co_authors"]),
        ),
        facets=Facets(
            sectors=tuple(document["sectors"]),
            themes=tuple(document["themes"]),
            languages=tuple(document["languages"]),
            countries=tuple(document["countries"]),
        ),
        seats=tuple(Seat(**seat) for seat in document["seats"]),
        declared=frozenset(document["declared"]),
        took_part=frozenset(document["took_part"]),
        barred=frozenset(document["barred"]),
        appealed=document["appealed"],
        verdict=verdict and Verdict(**{**verdict, "outcome": Outcome(verdict["outcome"])}),
        withdrawn_at=document.get("withdrawn_at"),
    )


def _seat_document(seat: Seat) -> Document:
    return {
        "reviewer_id": seat.reviewer_id,
        "claimed_at": seat.claimed_at,
        "lease_until": seat.lease_until,
        "due_at": seat.due_at,
        "renewals": seat.renewals,
        "assigned_by": seat.assigned_by,
        "completed_at": seat.completed_at,
    }


def review_id_of(case_id: str, sitting: int, reviewer_id: str) -> str:
    return f"{case_id}.{sitting}.{reviewer_id}"


def blank_review(case: Case, reviewer_id: str) -> Document:
    """A review nobody has written in yet: version 0, and not kept before it has a word."""
    return {
        "_id": review_id_of(case.case_id, case.sitting, reviewer_id),
        "case_id": case.case_id,
        "sitting": case.sitting,
        "reviewer_id": reviewer_id,
        "version": 0,
        "gates": {},
        "scores": {},
        "comments": [],
        "text_to_author": "",
        "confidential": "",
        "recommendation": None,
        "completed_at": None,
        "void": False,
    }


def review_of(document: Mapping[str, Any]) -> Review:
    return Review(
        review_id=document["_id"],
        case_id=document["case_id"],
        sitting=document["sitting"],
        reviewer_id=document["reviewer_id"],
        version=document["version"],
        gates={Gate(name): value for name, value in document["gates"].items()},
        scores={Criterion(name): Score(**value) for name, value in document["scores"].items()},
        comments=tuple(_comment_of(comment) for comment in document["comments"]),
        text_to_author=document["text_to_author"],
        confidential=document["confidential"],
        recommendation=Outcome(document["recommendation"]) if document["recommendation"] else None,
        completed_at=document["completed_at"],
        void=document["void"],
    )


def comment_document(comment: Comment) -> Document:
    return {
        "id": comment.id,
        "pointer": comment.pointer,
        "severity": comment.severity.value,
        "text": comment.text,
    }


def _comment_of(document: Mapping[str, Any]) -> Comment:
    return Comment(**{**document, "severity": Severity(document["severity"])})


def decision_document(decision: Decision) -> Document:
    return {
        "case_id": decision.case_id,
        "sitting": decision.sitting,
        "round": decision.round,
        "outcome": decision.outcome.value,
        "reason_codes": list(decision.reason_codes),
        "text": decision.text,
        "based_on": list(decision.based_on),
        "dissent": decision.dissent,
        "below_quorum": decision.below_quorum,
        "publish_at": decision.publish_at,
        "comments": [comment_document(comment) for comment in decision.comments],
        "remarks": list(decision.remarks),
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at,
        "appeal_until": decision.appeal_until,
    }


def reviewer_of(document: Mapping[str, Any]) -> Reviewer:
    """A person; what they never told has its usual value."""
    return Reviewer(
        person_id=document["_id"],
        name=document.get("name", ""),
        reviews=document.get("reviews", False),
        organisation=document.get("organisation"),
        organisations={seen["id"]: seen["at"] for seen in document.get("organisations", ())},
        affiliations=tuple(document.get("affiliations", ())),
        sectors=tuple(document.get("sectors", ())),
        themes=tuple(document.get("themes", ())),
        languages=tuple(document.get("languages", ())),
        load_cap=document.get("load_cap"),
        paused_until=document.get("paused_until"),
        holding=tuple(document.get("holding", ())),
        version=document.get("version", 0),
    )


def sign_in_document(reviewer: Reviewer) -> Document:
    """What sign-ins tell of a person."""
    return {
        "name": reviewer.name,
        "reviews": reviewer.reviews,
        "organisation": reviewer.organisation,
        "organisations": [{"id": name, "at": at} for name, at in reviewer.organisations.items()],
    }


def terms_document(reviewer: Reviewer) -> Document:
    """What a person tells of themselves."""
    return {
        "affiliations": list(reviewer.affiliations),
        "sectors": list(reviewer.sectors),
        "themes": list(reviewer.themes),
        "languages": list(reviewer.languages),
        "load_cap": reviewer.load_cap,
        "paused_until": reviewer.paused_until,
        "version": reviewer.version,
    }


def step_document(step: Step) -> Document:
    return {
        "_id": f"{step.case_id}:{step.number:06d}",
        "case_id": step.case_id,
        "number": step.number,
        "at": step.at,
        "act": step.act,
        "actor": step.actor,
        "facts": dict(step.facts),
        "previous": step.previous,
        "seal": step.seal,
    }


def step_of(document: Mapping[str, Any]) -> Step:
    return Step(**{name: value for name, value in document.items() if name != "_id"})
