"""A coordinator decides a case; the authors are told by the event, which names nobody."""

from __future__ import annotations

from typing import Any

from services.review.case_file import CaseFile
from services.review.documents import comment_document, decision_document
from services.review.domain.decision import Decision, Proposal, decided
from services.review.domain.policy import Policy
from services.review.domain.review import Outcome
from services.review.domain.sight import no_such_case, require_impartial
from services.review.measures import Measures
from services.review.people import as_known
from services.review.shapes import DecisionView
from services.review.store import Records
from shared.events.reviews import (
    Comment,
    Decided,
    ReviewApproved,
    ReviewChangesRequested,
    ReviewRejected,
)
from shared.http.access import Principal
from shared.store.outbox import Transaction

_EVENTS: dict[Outcome, type[Decided]] = {
    Outcome.APPROVE: ReviewApproved,
    Outcome.REQUEST_CHANGES: ReviewChangesRequested,
    Outcome.REJECT: ReviewRejected,
}


async def decide(
    tx: Transaction, case_id: str, who: Principal, proposal: Proposal, *, policy: Policy, measures: Measures
) -> DecisionView:
    """Decide the present round. Unfinished reviews end with it and their reviewers are told.

    ConflictOfInterest when the coordinator has one; AlreadyDecided, QuorumMissing, NotFresh or Invalid as the rules
    of decisions say.
    """
    found = await Records.of(tx).filed_for_decision(case_id, who.person_id)
    if found is None:
        raise no_such_case()
    filed, reviews, before = found
    file = CaseFile(tx, filed)
    require_impartial(file.case, as_known(before, who, policy=policy, now=tx.now)[1])
    unfinished = [seat.reviewer_id for seat in file.case.running]
    file.case, decision = decided(file.case, reviews, proposal, by=who.person_id, policy=policy, now=tx.now)
    if unfinished:
        await file.vacate(unfinished, reason="case_closed", actor=who.person_id)
    file.say(_EVENTS[decision.outcome], **_told(decision, file.case.author_ids))
    file.note(
        "decided",
        who.person_id,
        outcome=decision.outcome.value,
        reason_codes=list(decision.reason_codes),
        based_on=list(decision.based_on),
        dissent=decision.dissent,
        override=decision.below_quorum,
    )
    await file.put_back(decision)
    took = tx.now - file.case.opened_at
    tx.once_committed(lambda: measures.decided(decision.outcome, took))
    return view(decision)


def view(decision: Decision) -> DecisionView:
    document: Any = decision_document(decision)
    del document["sitting"]
    return document  # type: ignore[no-any-return]


def _told(decision: Decision, author_ids: tuple[str, ...]) -> dict[str, Any]:
    """What the authors hear: neither who decided nor who reviewed, nor which words are whose."""
    told: dict[str, Any] = {
        "author_ids": author_ids,
        "text": decision.text,
        "reason_codes": decision.reason_codes,
        "comments": tuple(Comment(**comment_document(comment)) for comment in decision.comments),
        "remarks": decision.remarks,
        "decided_at": decision.decided_at,
    }
    if decision.outcome is Outcome.APPROVE:
        told["publish_at"] = decision.publish_at
    if decision.outcome is Outcome.REJECT:
        told["appeal_until"] = decision.appeal_until
    return told
