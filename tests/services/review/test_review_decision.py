"""What a decision needs, and what of the reviews it hands to the authors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.review.domain.case import Case, CaseState, Entry, Facets, appealed, opened
from services.review.domain.conflict import Parties
from services.review.domain.decision import REASON_CODES, Proposal, decided
from services.review.domain.errors import AlreadyDecided, ConflictOfInterest, NotFresh, QuorumMissing
from services.review.domain.policy import Policy
from services.review.domain.review import (
    Comment,
    Criterion,
    Gate,
    Outcome,
    Review,
    Score,
    Severity,
    missing,
)
from services.review.domain.seating import finished, seated
from shared.errors import Invalid
from shared.vocabulary import vocabulary

POLICY = Policy()
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def review(reviewer: str, recommendation: Outcome = Outcome.APPROVE, *comments: Comment) -> Review:
    return Review(
        review_id=f"review-of-{reviewer}",
        case_id="c-1",
        sitting=1,
        reviewer_id=reviewer,
        version=3,
        gates=dict.fromkeys(Gate, True),
        scores={criterion: Score(score=3, reason="It shows.") for criterion in Criterion},
        comments=tuple(replace(comment, id=f"{reviewer[0]}{number}") for number, comment in enumerate(comments)),
        text_to_author=f"Words of a reviewer {len(reviewer)}",
        confidential="Between us.",
        recommendation=recommendation,
        completed_at=NOW,
    )


def reviewed(*reviewers: str) -> Case:
    entry = Entry(
        round=1,
        kind="practice",
        title={"en": "A"},
        author_ids=("author",),
        parties=Parties(authors=frozenset({"author"}), lead=frozenset({"org"})),
        facets=Facets(),
    )
    case = opened("c", 1, entry, policy=POLICY, now=NOW)
    for reviewer in reviewers:
        case = finished(seated(case, reviewer, policy=POLICY, now=NOW), reviewer, now=NOW)
    return case


APPROVAL = Proposal(outcome=Outcome.APPROVE, text="Thank you.")


def test_below_quorum_it_takes_an_override_and_its_reason_is_kept() -> None:
    case, reviews = reviewed("anna"), [review("anna")]
    with pytest.raises(QuorumMissing) as refused:
        decided(case, reviews, APPROVAL, by="zoe", policy=POLICY, now=NOW)
    assert refused.value.extra == {"completed": 1, "required": 2}
    _, decision = decided(case, reviews, replace(APPROVAL, override="Deadline"), by="zoe", policy=POLICY, now=NOW)
    assert decision.below_quorum == "Deadline"


def test_the_second_decision_is_refused() -> None:
    case, reviews = reviewed("anna", "bo"), [review("anna"), review("bo")]
    after, _ = decided(case, reviews, APPROVAL, by="zoe", policy=POLICY, now=NOW)
    assert after.state is CaseState.APPROVED
    with pytest.raises(AlreadyDecided) as refused:
        decided(after, reviews, APPROVAL, by="yusuf", policy=POLICY, now=NOW)
    assert refused.value.extra["decided_at"] == NOW


def test_who_reviews_a_case_does_not_decide_it() -> None:
    case = reviewed("anna", "bo")
    with pytest.raises(ConflictOfInterest):
        decided(case, [review("anna"), review("bo")], APPROVAL, by="anna", policy=POLICY, now=NOW)


@pytest.mark.parametrize(
    ("proposal", "pointers"),
    [
        (Proposal(outcome=Outcome.REJECT), {"/reason_codes", "/text", "/dissent"}),
        (replace(APPROVAL, reason_codes=("nonsense",)), {"/reason_codes/0"}),
        (replace(APPROVAL, publish_at=NOW), {"/publish_at"}),
        (replace(APPROVAL, publish_at=NOW + timedelta(days=4000)), {"/publish_at"}),
        (replace(APPROVAL, based_on=("review-of-anna", "nobody")), {"/based_on/1"}),
        (
            replace(APPROVAL, reason_codes=("nonsense",), based_on=("nobody",), publish_at=NOW),
            {"/reason_codes/0", "/based_on/0", "/publish_at"},
        ),
        (
            Proposal(
                outcome=Outcome.REQUEST_CHANGES,
                reason_codes=("unclear",),
                text="See below.",
                dissent="The second reader is right.",
                publish_at=NOW + timedelta(days=1),
            ),
            {"/publish_at"},
        ),
    ],
)
def test_every_wrong_field_of_a_decision_is_named(proposal: Proposal, pointers: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        decided(
            reviewed("anna", "bo"),
            [review("anna"), review("bo")],
            proposal,
            by="zoe",
            policy=POLICY,
            now=NOW,
        )
    assert {error.pointer for error in refused.value.errors} == pointers


def test_authors_get_the_comments_by_field_and_not_by_reviewer() -> None:
    must = Comment(id="", pointer="/results", severity=Severity.MUST, text="Numbers, please.")
    praise = Comment(id="", pointer="/actions", severity=Severity.PRAISE, text="Well told.")
    should = Comment(id="", pointer="/results", severity=Severity.SHOULD, text="Shorter.")
    reviews = [
        review("zed", Outcome.REQUEST_CHANGES, must, praise),
        review("ann", Outcome.REQUEST_CHANGES, should),
    ]
    proposal = Proposal(outcome=Outcome.REQUEST_CHANGES, reason_codes=("unclear",), text="See below.")
    results = [
        decided(reviewed("zed", "ann"), order, proposal, by="zoe", policy=POLICY, now=NOW)[1]
        for order in (reviews, reviews[::-1])
    ]
    assert [c.text for c in results[0].comments] == ["Well told.", "Shorter.", "Numbers, please."]
    assert results[0].comments == results[1].comments
    assert results[0].remarks == results[1].remarks


def test_an_approval_carries_no_demand() -> None:
    must = Comment(id="", pointer="/results", severity=Severity.MUST, text="Numbers, please.")
    should = Comment(id="", pointer="/results", severity=Severity.SHOULD, text="Shorter.")
    reviews = [review("ann", Outcome.APPROVE, must, should), review("bo")]
    _, decision = decided(reviewed("ann", "bo"), reviews, APPROVAL, by="zoe", policy=POLICY, now=NOW)
    assert [comment.text for comment in decision.comments] == ["Shorter."]


def test_a_decision_rests_on_the_reviews_it_names() -> None:
    reviews = [review("anna"), review("bo")]
    proposal = replace(APPROVAL, based_on=("review-of-bo",))
    _, decision = decided(reviewed("anna", "bo"), reviews, proposal, by="zoe", policy=POLICY, now=NOW)
    assert decision.remarks == ("Words of a reviewer 2",)


def test_more_text_than_an_event_can_carry_is_refused() -> None:
    long = tuple(Comment(id="", pointer="", severity=Severity.PRAISE, text="é" * 1000) for _ in range(260))
    reviews = [review("anna", Outcome.APPROVE, *long), review("bo")]
    with pytest.raises(Invalid) as refused:
        decided(reviewed("anna", "bo"), reviews, APPROVAL, by="zoe", policy=POLICY, now=NOW)
    assert refused.value.errors[0].pointer == "/based_on"


def test_an_appeal_is_heard_by_others_and_a_second_rejection_is_final() -> None:
    rejection = Proposal(outcome=Outcome.REJECT, reason_codes=("out-of-scope",), text="No.", dissent="Scope is ours.")
    reviews = [review("anna"), review("bo")]
    case, first = decided(reviewed("anna", "bo"), reviews, rejection, by="zoe", policy=POLICY, now=NOW)
    assert first.appeal_until == NOW + timedelta(days=30)
    again = appealed(case, round_=1, policy=POLICY, now=NOW)
    assert again is not None
    with pytest.raises(NotFresh):
        seated(again, "anna", policy=POLICY, now=NOW)
    with pytest.raises(NotFresh):
        decided(again, [], replace(rejection, override="x"), by="zoe", policy=POLICY, now=NOW)
    final, second = decided(again, [], replace(rejection, override="x"), by="yusuf", policy=POLICY, now=NOW)
    assert second.appeal_until is None
    assert appealed(final, round_=1, policy=POLICY, now=NOW) is None


def test_everything_missing_in_a_review_is_listed() -> None:
    empty = Review(review_id="r", case_id="c-1", sitting=1, reviewer_id="a", version=1)
    assert len({error.pointer for error in missing(empty)}) == len(Gate) + 2 * len(Criterion) + 2
    assert missing(review("anna")) == ()


def test_what_fails_a_gate_cannot_be_recommended() -> None:
    failing = replace(review("anna"), gates=dict.fromkeys(Gate, True) | {Gate.ETHICAL: False})
    assert [error.code for error in missing(failing)] == ["gate-closed"]
    assert missing(replace(failing, recommendation=Outcome.REJECT)) == ()


def test_reasons_are_codes_that_have_labels() -> None:
    used = {code for codes in REASON_CODES.values() for code in codes}
    assert used == set(vocabulary("decision-reasons").codes)
