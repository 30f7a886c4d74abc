"""Deciding a case: the reviews side by side, the form of the chosen outcome, a look at what will happen, the deed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.board.case import CaseId, kept_out, names_of, reviewers_for
from services.web.board.keeping import not_sent
from services.web.board.proposal import (
    FIELD_OF,
    OUTCOMES,
    OVERRIDE_MOST,
    PUBLISH_WITHIN_DAYS,
    TEXT_MOST,
    Proposal,
    basis,
    lacks,
    stands_alone,
    told_comments,
    told_remarks,
)
from services.web.board.words import CONFLICT, FORBIDDEN, WRONG, state_words, why_not_decided
from services.web.calls.api import Away, Refused
from services.web.calls.vocabularies import Term
from services.web.page.forms import Form
from services.web.page.visit import Coordinator, Visit
from services.web.reviews.contribution import label_of

GATES: Final = ("relevant", "complete", "ethical", "evidenced")
VOCABULARIES: Final = (
    "kinds",
    "fields",
    "review-gates",
    "review-criteria",
    "review-scores",
    "recommendations",
    "comment-severities",
    "decision-reasons",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything a decision is made from."""

    case: dict[str, Any]
    reviews: list[Mapping[str, Any]]
    names: dict[str, str]
    terms: dict[str, dict[str, Term]]

    @property
    def short(self) -> bool:
        """Whether there are fewer reviews than there should be."""
        return len(self.reviews) < int(self.case["required"])

    @property
    def reasons(self) -> dict[str, Term]:
        return self.terms["decision-reasons"]

    def begun(self, outcome: str) -> Proposal:
        """An empty form for an outcome, resting on every review."""
        return Proposal(outcome=outcome, based_on=tuple(review["review_id"] for review in self.reviews))


def decision_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/board/{case_id}/decision")
    async def decision(visit: Coordinator, case_id: CaseId, outcome: str = "") -> Response:
        """The reviews, and the form for the outcome that was chosen."""
        seen = await _sight(visit, case_id)
        if seen is None:
            return await kept_out(visit, await visit.services.review.get(f"/cases/{case_id}"))
        return await _form(visit, seen, seen.begun(outcome if outcome in OUTCOMES else ""))

    @router.post("/board/{case_id}/decision")
    async def decide(visit: Coordinator, form: Form, case_id: CaseId) -> Response:
        """Go on with what the button says: another outcome, a look at what will happen, back to the form, or do it."""
        try:
            return await _go_on(visit, case_id, form)
        except Away:
            return await not_sent(visit, f"/board/{case_id}/decision", form)

    return router


async def _go_on(visit: Visit, case_id: str, form: Form) -> Response:
    seen = await _sight(visit, case_id)
    if seen is None:
        return await kept_out(visit, await visit.services.review.get(f"/cases/{case_id}"))
    proposal, step = Proposal.from_form(form), form.text("do")
    if step in OUTCOMES:
        return await _form(visit, seen, proposal.turned_to(step))
    if not proposal.outcome or step == "change":
        return await _form(visit, seen, proposal)
    if seen.case["state"] != "open" and step != "decide":
        said = visit._("This case is not open for a decision any more. Your decision was not made.")
        return await _form(visit, seen, proposal, status=CONFLICT, said=said)
    if step == "decide":
        return await _decided(visit, seen, proposal, form)
    if wrong := lacks(proposal, seen.reasons, seen.reviews, short=seen.short, today=datetime.now(UTC).date()):
        return await _form(visit, seen, proposal, status=WRONG, wrong=wrong)
    return await _confirm(visit, seen, proposal)


async def _decided(visit: Visit, seen: Sight, proposal: Proposal, form: Form) -> Response:
    """Make the decision; when it is refused, show the form again with everything typed."""
    _ = visit._
    case_id = seen.case["case_id"]
    body = proposal.body(seen.reasons, short=seen.short, alone=stands_alone(proposal.outcome, seen.reviews))
    try:
        await visit.services.review.post(f"/cases/{case_id}/decision", body, once=form.once)
    except Refused as error:
        if error.status == WRONG:
            return await _form(visit, seen, proposal, status=WRONG, wrong=_wrong(error))
        said = why_not_decided(visit, error)
        seen = await _sight(visit, case_id) or seen
        return await _form(visit, seen, proposal, status=error.status, said=said)
    said = {
        "approve": _("Approved. The authors are told."),
        "request_changes": _("Changes are requested. The authors are told, and the case comes back with their answer."),
        "reject": _("Rejected. The authors are told why."),
    }[proposal.outcome]
    return visit.go(f"/board/{case_id}", told=said)


def _wrong(error: Refused) -> dict[str, str]:
    """The fields that the service refused, with its codes; what belongs to none stands at the text."""

    def field(pointer: str) -> str:
        return FIELD_OF.get(pointer.strip("/").partition("/")[0], "text")

    return {field(one["pointer"]): one["code"] for one in error.errors}


async def _sight(visit: Visit, case_id: str) -> Sight | None:
    """Fetch the case, its reviews and who wrote them, at once; None for a coordinator with a conflict of interest."""
    case, reviews, reviewers, terms = await asyncio.gather(
        visit.services.review.get(f"/cases/{case_id}"),
        _reviews(visit, case_id),
        reviewers_for(visit, case_id),
        visit.terms(*VOCABULARIES),
    )
    if "content" not in case:
        return None
    return Sight(case=case, reviews=basis(case, reviews), names=names_of(reviewers["items"]), terms=terms)


async def _reviews(visit: Visit, case_id: str) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = (await visit.services.review.get(f"/cases/{case_id}/reviews"))["items"]
    except Refused as error:
        if error.status != FORBIDDEN:
            raise
        return []
    return found


async def _form(
    visit: Visit,
    seen: Sight,
    proposal: Proposal,
    *,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    said: str = "",
) -> Response:
    words = {name: _error_words(visit, name, code) for name, code in (wrong or {}).items()}
    errors = ([{"field": "", "text": said}] if said else []) + [
        {"field": name, "text": text} for name, text in words.items()
    ]
    return await visit.page(
        "board/decision.html",
        status=status,
        seen=seen,
        proposal=proposal,
        errors=errors,
        wrong=words,
        alone=stands_alone(proposal.outcome, seen.reviews),
        options=[(term.code, term.label) for term in seen.reasons.values() if proposal.outcome in term.used_with],
        tomorrow=(datetime.now(UTC).date() + timedelta(days=1)).isoformat(),
        recommending={
            outcome: sum(1 for review in seen.reviews if review["recommendation"] == outcome) for outcome in OUTCOMES
        },
        TEXT_MOST=TEXT_MOST,
        OVERRIDE_MOST=OVERRIDE_MOST,
        **_shared(visit, seen),
    )


async def _confirm(visit: Visit, seen: Sight, proposal: Proposal) -> Response:
    return await visit.page(
        "board/confirm.html",
        seen=seen,
        proposal=proposal,
        reasons=[seen.reasons[code].label for code in proposal.known_reasons(seen.reasons)],
        comments=told_comments(proposal, seen.reviews),
        remarks=told_remarks(proposal, seen.reviews),
        alone=stands_alone(proposal.outcome, seen.reviews),
        **_shared(visit, seen),
    )


def _shared(visit: Visit, seen: Sight) -> dict[str, Any]:
    fields = seen.terms["fields"]
    return {
        "case": seen.case,
        "terms": seen.terms,
        "GATES": GATES,
        "OUTCOMES": OUTCOMES,
        "field_label": lambda pointer: label_of(pointer, fields) or visit._("The whole contribution"),
        "state_of": lambda case: state_words(visit, case),
    }


def _error_words(visit: Visit, name: str, code: str) -> str:
    """Say what is missing or wrong in a field."""
    _ = visit._
    if code == "too-long":
        return _("This is too long. Shorten it, or rest the decision on fewer reviews.")
    if code not in ("missing", "out-of-range"):
        return _("This cannot be sent as it is. Choose again, or type the text again by hand.")
    said = {
        "reasons": _("Choose at least one reason."),
        "text": _("Tell the authors why."),
        "based_on": _("Choose at least one review."),
        "dissent": _("No review recommends this. Say why you decide so all the same."),
        "override": _("There are too few reviews. Say why you decide without waiting for the others."),
        "publish_on": _("Choose a day from tomorrow on, within {n} days.").format(n=PUBLISH_WITHIN_DAYS),
    }
    return said[name]
