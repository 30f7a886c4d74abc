"""The life of a contribution under any order of steps, against a model small enough to be read at one glance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.submissions.documents import contribution_document, contribution_from
from services.submissions.domain.actions import Action, actions
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.feedback import Comment, Feedback, Outcome
from services.submissions.domain.publication import Tombstone, review_by
from services.submissions.domain.state import DECIDABLE, State, WrongState
from services.submissions.domain.timeline import LANGUAGES, timeline
from shared.contribution.fingerprint import fingerprint_text
from shared.errors import Conflict, FieldError, Invalid
from tests.thoroughness import examples_of

START = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
MISSING = FieldError(pointer="/themes", code="required", message="Choose at least one")

# What an author may do in each state, whatever came before (an appeal and a restoration have conditions of their own).
ALWAYS: dict[State, set[Action]] = {
    State.DRAFT: {Action.EDIT, Action.SUBMIT, Action.DISCARD},
    State.SUBMITTED: {Action.WITHDRAW},
    State.IN_REVIEW: {Action.WITHDRAW},
    State.CHANGES_REQUESTED: {Action.EDIT, Action.RESUBMIT, Action.WITHDRAW},
    State.APPROVED: set(),
    State.PUBLISHED: {Action.REVISE, Action.CONFIRM},
    State.REJECTED: set(),
    State.APPEALED: {Action.WITHDRAW},
    State.WITHDRAWN: {Action.REVISE},
    State.TOMBSTONED: set(),
    State.DISCARDED: {Action.RESTORE},
}


def new() -> Contribution:
    return Contribution(
        id="c", owner_id="ana", author_ids=("ana",), content={"kind": "practice"}, created_at=START, updated_at=START
    )


def feedback(contribution: Contribution, outcome: Outcome, **changes: Any) -> Feedback:
    comments = (Comment(id="m", pointer="/title", severity="must", text="Shorten it."),)
    return Feedback(
        **{
            "outcome": outcome, "version": contribution.version, "round": contribution.round, "text": "Thank you.",
            "comments": comments, "decided_at": START, **changes,
        }
    )  # fmt: skip


class Life(RuleBasedStateMachine):
    """Every step is tried at every moment; what is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.it = new()
        self.submitted: set[tuple[int, int]] = set()
        self.published: list[int] = []

    def take(self, action: Action, step: Callable[[], Contribution]) -> None:
        """Take an author's step; it has to succeed exactly when ``actions`` says so."""
        allowed = action in actions(self.it, self.now)
        try:
            after = step()
        except Conflict:
            assert not allowed, f"{action} is promised in {self.it.state} and refused"
            return
        assert allowed, f"{action} is not promised in {self.it.state} and was taken"
        assert after.revision == self.it.revision + 1
        self.it = after

    def learn(self, after: Contribution | None) -> None:
        if after is not None:
            assert after.revision > self.it.revision
            self.it = after

    @rule(days=st.sampled_from([0, 1, 29, 31, 800]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, seconds=1)

    @rule()
    def edit(self) -> None:
        content = {"kind": "practice", "revision": self.it.revision, "authors": [{"person_id": "ben"}]}
        self.take(Action.EDIT, lambda: self.it.edit(self.now, content=content))

    @rule()
    def submit(self) -> None:
        self.take(Action.SUBMIT, lambda: self.it.submit(self.now, by="ana", wrong=()))
        if self.it.state is State.SUBMITTED and self.it.round == 1:
            self.submitted.add((self.it.version, 1))

    @rule()
    def submit_incomplete(self) -> None:
        with pytest.raises((Invalid, WrongState)):
            self.it.submit(self.now, by="ana", wrong=(MISSING,))

    @rule()
    def discard(self) -> None:
        self.take(Action.DISCARD, lambda: self.it.discard(self.now, by="ana", published=self.it.working))

    @rule()
    def restore(self) -> None:
        self.take(Action.RESTORE, lambda: self.it.restore(self.now, by="ana"))

    @rule()
    def withdraw(self) -> None:
        self.take(Action.WITHDRAW, lambda: self.it.withdraw(self.now, by="ana"))

    @rule()
    def resubmit(self) -> None:
        before = self.it.round
        self.take(
            Action.RESUBMIT, lambda: self.it.resubmit(self.now, by="ana", answers={"m": "Shorter now."}, wrong=())
        )
        if self.it.state is State.SUBMITTED and self.it.round == before + 1:
            self.submitted.add((self.it.version, self.it.round))

    @precondition(lambda self: self.it.state is State.CHANGES_REQUESTED)
    @rule()
    def resubmit_unanswered(self) -> None:
        with pytest.raises(Invalid):
            self.it.resubmit(self.now, by="ana", answers={}, wrong=())

    @rule()
    def revise(self) -> None:
        self.take(Action.REVISE, lambda: self.it.revise(self.now, by="ana"))

    @rule()
    def confirm(self) -> None:
        until = review_by(self.now.date())
        self.take(Action.CONFIRM, lambda: self.it.confirm(self.now, by="ana", review_by=until))

    @rule()
    def appeal(self) -> None:
        self.take(Action.APPEAL, lambda: self.it.appeal(self.now, by="ana", text="Please look again."))

    @rule(version=st.integers(-1, 1), round_=st.integers(-1, 2))
    def review_opens(self, version: int, round_: int) -> None:
        self.learn(self.it.opened(self.now, version=self.it.version + version, round_=self.it.round + round_))

    @rule(
        outcome=st.sampled_from([Outcome.CHANGES_REQUESTED, Outcome.REJECTED]),
        version=st.sampled_from([0, 0, 0, -1, 1]),
        round_=st.sampled_from([0, 0, 0, -1, 1]),
    )
    def decision(self, outcome: Outcome, version: int, round_: int) -> None:
        given = feedback(self.it, outcome, version=self.it.version + version, round=self.it.round + round_)
        after = self.it.decided(self.now, given, appeal_until=self.now + timedelta(days=30))
        assert (after is not None) == (self.it.state in DECIDABLE and (version, round_) == (0, 0))
        self.learn(after)

    @rule(wait=st.sampled_from([0, 5]))
    def approval(self, wait: int) -> None:
        publish_at = self.now + timedelta(days=wait)
        self.learn(self.it.approved(self.now, feedback(self.it, Outcome.APPROVED), publish_at=publish_at))

    @rule()
    def publication(self) -> None:
        after = self.it.publish(self.now, review_by=review_by(self.now.date()))
        if after is not None:
            assert (self.it.version, self.it.round) is not None
            self.published.append(after.version)
        self.learn(after)

    @rule()
    def expiry(self) -> None:
        self.learn(self.it.expire(self.now))

    @rule()
    def tombstone(self) -> None:
        tomb = Tombstone(reason_code="rights", reason="Not theirs.", at=self.now)
        try:
            self.it = self.it.entomb(self.now, tomb)
        except WrongState:
            assert self.it.publication is None or self.it.state is State.TOMBSTONED

    @invariant()
    def only_what_was_submitted_is_published_and_versions_grow(self) -> None:
        assert self.published == sorted(set(self.published))
        assert {version for version, _ in self.submitted} >= set(self.published)
        if self.published:
            assert self.it.publication is not None
            assert self.it.publication.version == self.published[-1]

    @invariant()
    def a_tombstone_is_final(self) -> None:
        assert (self.it.tombstone is not None) == (self.it.state is State.TOMBSTONED)

    @invariant()
    def the_owner_stays_an_author(self) -> None:
        assert self.it.is_author("ana")

    @invariant()
    def a_version_under_review_is_never_editable(self) -> None:
        assert self.it.is_editable == (self.it.state in (State.DRAFT, State.CHANGES_REQUESTED))

    @invariant()
    def authors_can_do_what_their_state_allows(self) -> None:
        can = set(actions(self.it, self.now))
        conditional = {Action.APPEAL, Action.RESTORE, Action.CONFIRM, Action.REVISE}
        assert can - conditional == ALWAYS[self.it.state] - conditional

    @invariant()
    def it_survives_the_database(self) -> None:
        assert contribution_from(contribution_document(self.it)) == self.it

    @invariant()
    def its_timeline_can_be_told(self) -> None:
        for language in (*LANGUAGES, "sv"):
            lines = timeline(self.it.created_at, self.it.owner_id, self.it.history, language)
            assert all(line.text and "{" not in line.text for line in lines)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=examples_of(60), stateful_step_count=40, deadline=None)


def test_fingerprints_survive_the_database() -> None:
    signed = new().submit(START, by="ana", wrong=(), fingerprint=fingerprint_text("three words here and more"))
    assert contribution_from(contribution_document(signed)) == signed


def test_answers_are_checked_one_by_one() -> None:
    given = feedback(
        new(),
        Outcome.CHANGES_REQUESTED,
        comments=tuple(
            Comment(id=severity, pointer="/title", severity=severity, text="See.")
            for severity in ("must", "should", "praise")
        ),
    )
    given.check_answers({"must": "Yes.", "should": "Yes."})
    with pytest.raises(Invalid) as refused:
        given.check_answers({"must": " ", "elsewhere": "?"})
    assert [error.code for error in refused.value.errors] == ["unanswered", "unanswered", "unknown_comment"]
    assert refused.value.errors[-1].allowed == ("must", "praise", "should")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [((2026, 1, 31), 1, (2026, 2, 28)), ((2024, 2, 29), 24, (2026, 2, 28)), ((2025, 12, 1), 24, (2027, 12, 1))],
)
def test_review_by_is_a_day_that_exists(day: tuple[int, int, int], months: int, expected: tuple[int, int, int]) -> None:
    assert review_by(datetime(*day, tzinfo=UTC).date(), months) == datetime(*expected, tzinfo=UTC).date()
