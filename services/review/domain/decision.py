"""A coordinator's decision on one sitting of a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from types import MappingProxyType

from shared.errors import FieldError, Invalid

from .case import Case, CaseState, Verdict
from .errors import AlreadyDecided, AnotherSitting, ConflictOfInterest, NotFresh, QuorumMissing
from .policy import Policy
from .review import Comment, Outcome, Review, Severity
from .seating import require_open

MAX_TEXT_BYTES = 500_000  # what an event can carry, with room for its escapes and the rest of it

# Codes of the vocabulary ``decision-reasons``, by what they can be a reason for.
REASON_CODES: Mapping[Outcome, tuple[str, ...]] = MappingProxyType(
    {
        Outcome.APPROVE: (
            "strong-evidence",
            "transferable",
            "innovative",
            "fills-gap",
            "policy-relevant",
            "honest-lesson",
        ),
        Outcome.REQUEST_CHANGES: (
            "incomplete",
            "unclear",
            "weak-evidence",
            "not-transferable",
            "ethical-concern",
            "consent-missing",
            "rights-unclear",
            "promotional",
            "factual-error",
        ),
        Outcome.REJECT: (
            "incomplete",
            "weak-evidence",
            "not-transferable",
            "out-of-scope",
            "duplicate",
            "ethical-concern",
            "consent-missing",
            "rights-unclear",
            "promotional",
            "factual-error",
        ),
    }
)

_STATE = MappingProxyType(
    {
        Outcome.APPROVE: CaseState.APPROVED,
        Outcome.REQUEST_CHANGES: CaseState.CHANGES_REQUESTED,
        Outcome.REJECT: CaseState.REJECTED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the coordinator wants to decide, of ``sitting`` where they say which one they looked at. ``based_on`` are
    review ids; none means all completed ones.

    ``override`` is the reason for deciding below quorum. ``dissent`` is kept with the decision, not sent.
    """

    outcome: Outcome
    reason_codes: tuple[str, ...] = ()
    text: str = ""
    based_on: tuple[str, ...] = ()
    dissent: str | None = None
    override: str | None = None
    publish_at: datetime | None = None
    sitting: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision made. ``comments`` and ``remarks`` are what reaches the authors, in no order that tells whose
    they are; ``below_quorum`` is the reason for an override, if there was one.
    """

    case_id: str
    sitting: int
    round: int
    outcome: Outcome
    reason_codes: tuple[str, ...]
    text: str
    based_on: tuple[str, ...]
    dissent: str | None
    below_quorum: str | None
    publish_at: datetime | None
    comments: tuple[Comment, ...]
    remarks: tuple[str, ...]
    decided_by: str
    decided_at: datetime
    appeal_until: datetime | None


def decided(
    case: Case, reviews: Sequence[Review], proposal: Proposal, *, by: str, policy: Policy, now: datetime
) -> tuple[Case, Decision]:
    """Decide the present sitting. Whether ``by`` is free of conflict is checked elsewhere.

    ``reviews`` are those of the sitting. Raises AlreadyDecided, AnotherSitting, CaseNotOpen, QuorumMissing, NotFresh,
    ConflictOfInterest, or Invalid with every field that needs another value.
    """
    _require_decidable(case, by, proposal.sitting)
    counted = [review for review in reviews if review.counts]
    short = len(counted) < case.quorum
    if short and not proposal.override:
        raise QuorumMissing(
            "Wait for the reviews, or override with a reason.",
            extra={"completed": len(counted), "required": case.quorum},
        )
    wrong = (
        _basis_errors(counted, proposal),
        _proposal_errors(proposal, policy, now),
        _dissent_errors(counted, proposal),
    )
    if errors := tuple(chain(*wrong)):
        raise Invalid(errors=errors)
    basis = _basis(counted, proposal)
    verdict = Verdict(
        outcome=proposal.outcome,
        decided_by=by,
        decided_at=now,
        appeal_until=now + policy.appeal if _may_be_appealed(case, proposal) else None,
    )
    decision = _decision(case, basis, proposal, verdict, short=short)
    ended = replace(
        case,
        state=_STATE[proposal.outcome],
        seats=tuple(seat for seat in case.seats if seat.completed),
        verdict=verdict,
    )
    return ended, decision


def _require_decidable(case: Case, by: str, sitting: int | None) -> None:
    if case.verdict is not None:
        raise AlreadyDecided(extra={"state": case.state.value, "decided_at": case.verdict.decided_at})
    require_open(case)
    if sitting not in (None, case.sitting):
        raise AnotherSitting(
            "What you looked at was decided, and the authors answered. Look at it anew.",
            extra={"sitting": case.sitting},
        )
    if by in case.barred:
        raise NotFresh("A second coordinator decides on an appeal.")
    if case.seat_of(by):
        raise ConflictOfInterest("You review this case; somebody else decides on it.")


def _basis_errors(counted: Sequence[Review], proposal: Proposal) -> tuple[FieldError, ...]:
    known = {review.review_id for review in counted}
    return tuple(
        FieldError(
            pointer=f"/based_on/{index}",
            code="unknown-review",
            message="A decision rests on completed reviews of this round.",
            allowed=tuple(review.review_id for review in counted),
        )
        for index, review_id in enumerate(proposal.based_on)
        if review_id not in known
    )


def _basis(counted: Sequence[Review], proposal: Proposal) -> list[Review]:
    if not proposal.based_on:
        return list(counted)
    known = {review.review_id: review for review in counted}
    return [known[review_id] for review_id in dict.fromkeys(proposal.based_on)]


def _proposal_errors(proposal: Proposal, policy: Policy, now: datetime) -> tuple[FieldError, ...]:
    errors = []
    known = REASON_CODES[proposal.outcome]
    for index, code in enumerate(proposal.reason_codes):
        if code not in known:
            message = f"This is no reason to {proposal.outcome.replace('_', ' ')}."
            errors.append(_error(f"/reason_codes/{index}", "unknown-code", message, known))
    if proposal.outcome is not Outcome.APPROVE:
        if not proposal.reason_codes:
            errors.append(_error("/reason_codes", "missing", "Give at least one reason.", known))
        if not proposal.text:
            errors.append(_error("/text", "missing", "Tell the authors why."))
        if proposal.publish_at is not None:
            errors.append(_error("/publish_at", "not-approved", "Only what is approved can be published."))
    elif proposal.publish_at is not None and not now < proposal.publish_at <= now + policy.publish_within:
        days = policy.publish_within.days
        errors.append(_error("/publish_at", "out-of-range", f"Choose a moment within the next {days} days."))
    return tuple(errors)


def _dissent_errors(counted: Sequence[Review], proposal: Proposal) -> tuple[FieldError, ...]:
    """A decision that no review recommends has to say why."""
    if not counted or proposal.dissent or any(r.recommendation is proposal.outcome for r in counted):
        return ()
    return (_error("/dissent", "missing", "No review recommends this; say why it is decided all the same."),)


def _may_be_appealed(case: Case, proposal: Proposal) -> bool:
    return proposal.outcome is Outcome.REJECT and not case.appealed


def _decision(case: Case, basis: Sequence[Review], proposal: Proposal, verdict: Verdict, *, short: bool) -> Decision:
    comments = _for_authors(basis, proposal.outcome)
    # Sorted by their own words: any order taken from the reviews would tell who came first.
    remarks = tuple(sorted(review.text_to_author for review in basis if review.text_to_author))
    if sum(len(text.encode()) for text in (*(c.text for c in comments), *remarks)) > MAX_TEXT_BYTES:
        message = "These reviews hold more text than can be sent; rest the decision on fewer of them."
        raise Invalid(errors=(_error("/based_on", "too-long", message),))
    return Decision(
        case_id=case.case_id,
        sitting=case.sitting,
        round=case.round,
        outcome=proposal.outcome,
        reason_codes=proposal.reason_codes,
        text=proposal.text,
        based_on=tuple(review.review_id for review in basis),
        dissent=proposal.dissent,
        below_quorum=proposal.override if short else None,
        publish_at=proposal.publish_at,
        comments=comments,
        remarks=remarks,
        decided_by=verdict.decided_by,
        decided_at=verdict.decided_at,
        appeal_until=verdict.appeal_until,
    )


def _for_authors(basis: Sequence[Review], outcome: Outcome) -> tuple[Comment, ...]:
    """What reviewers wrote about fields, by field; what must change is left out of an approval."""
    comments = [
        comment
        for review in basis
        for comment in review.comments
        if outcome is not Outcome.APPROVE or comment.severity is not Severity.MUST
    ]
    return tuple(sorted(comments, key=lambda comment: (comment.pointer, comment.id)))


def _error(pointer: str, code: str, message: str, allowed: tuple[str, ...] = ()) -> FieldError:
    return FieldError(pointer=pointer, code=code, message=message, allowed=allowed)
