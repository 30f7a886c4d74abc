"""The life of a case under any order of doings, against the transitions that the product allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.review.domain.case import Case, CaseState, Entry, Facets, appealed, opened, reopened, withdrawn
from services.review.domain.conflict import Parties, Person, conflicts
from services.review.domain.decision import REASON_CODES, Proposal, decided
from services.review.domain.policy import Policy
from services.review.domain.review import Outcome, Review
from services.review.domain.reviewer import Reviewer
from services.review.domain.seating import (
    conflict_declared,
    extended,
    finished,
    released,
    seated,
    swept,
)
from shared.errors import DomainError
from tests.thoroughness import examples_of

POLICY = Policy(lease=timedelta(hours=10), renewals_max=2, load_cap=2, seats_max=4)
PEOPLE = ("anna", "boris", "chloe", "dario", "elif", "farid")
COORDINATORS = ("zoe", "yusuf")
CASES = ("a-1", "b-1", "c-1")
START = datetime(2026, 1, 1, tzinfo=UTC)

ALLOWED = {
    (CaseState.OPEN, CaseState.APPROVED),
    (CaseState.OPEN, CaseState.CHANGES_REQUESTED),
    (CaseState.OPEN, CaseState.REJECTED),
    (CaseState.CHANGES_REQUESTED, CaseState.OPEN),
    (CaseState.REJECTED, CaseState.OPEN),  # by appeal alone
    *((state, CaseState.WITHDRAWN) for state in CaseState),
}


def entry(round_: int, kind: str = "practice") -> Entry:
    parties = Parties(authors=frozenset({"author"}), lead=frozenset({"org-of-author"}))
    return Entry(
        round=round_, kind=kind, title={"en": "A practice"}, author_ids=("author",), parties=parties, facets=Facets()
    )


class Life(RuleBasedStateMachine):
    """Several cases and reviewers; every rule tries something that may or may not be allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.cases: dict[str, Case] = {}
        self.reviewers = {name: Reviewer(person_id=name) for name in PEOPLE}
        self.said: dict[str, int] = {}
        self.appeals: dict[str, int] = dict.fromkeys(CASES, 0)

    @initialize(kinds=st.tuples(*[st.sampled_from(["practice", "lesson_learned", "joint_action"])] * 3))
    def open_all(self, kinds: tuple[str, str, str]) -> None:
        for name, kind in zip(CASES, kinds, strict=True):
            case = opened(name.removesuffix("-1"), 1, entry(1, kind), policy=POLICY, now=self.now)
            assert case.case_id == name
            self.cases[name] = case

    def become(self, case: Case) -> None:
        """What the use cases do: keep the case and the load of the reviewers in step."""
        before = self.cases[case.case_id]
        if before.state is not case.state:
            assert (before.state, case.state) in ALLOWED
        self.cases[case.case_id] = case
        holding = {seat.reviewer_id for seat in case.seats if not seat.completed}
        for name, reviewer in self.reviewers.items():
            kept = set(reviewer.holding) - {case.case_id} | ({case.case_id} if name in holding else set())
            self.reviewers[name] = replace(reviewer, holding=tuple(sorted(kept)))

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(name=st.sampled_from(CASES))
    def sweep(self, name: str) -> None:
        case, lapsed = swept(self.cases[name], now=self.now)
        assert all(not seat.held(self.now) for seat in lapsed)
        self.become(case)
        assert swept(case, now=self.now) == (case, ())

    @rule(name=st.sampled_from(CASES), who=st.sampled_from(PEOPLE), by=st.sampled_from([None, "zoe"]))
    def claim(self, name: str, who: str, by: str | None) -> None:
        case, _ = swept(self.cases[name], now=self.now)
        if conflicts(Person(person_id=who, organisations=frozenset({"org"})), case.parties, case.declared):
            return
        try:
            self.reviewers[who].require_room(name, default_cap=POLICY.load_cap, now=self.now)
            case = seated(case, who, policy=POLICY, now=self.now, assigned_by=by)
        except DomainError as error:
            assert error.status == 409  # noqa: PT017
            return
        self.become(case)

    @rule(
        name=st.sampled_from(CASES),
        who=st.sampled_from(PEOPLE),
        what=st.sampled_from(["renew", "release", "finish"]),
    )
    def sit(self, name: str, who: str, what: str) -> None:
        case = self.cases[name]
        held = (seat := case.seat_of(who)) is not None and seat.held(self.now)
        try:
            if what == "renew":
                case = extended(case, who, policy=POLICY, now=self.now)
            else:
                case = (released if what == "release" else finished)(case, who, now=self.now)
        except DomainError as error:
            assert error.status == 409  # noqa: PT017
            return
        assert held
        self.become(case)

    @rule(name=st.sampled_from(CASES), who=st.sampled_from(PEOPLE))
    def declare(self, name: str, who: str) -> None:
        self.become(conflict_declared(self.cases[name], who))

    @rule(
        name=st.sampled_from(CASES),
        by=st.sampled_from(COORDINATORS),
        outcome=st.sampled_from(list(Outcome)),
        override=st.sampled_from([None, "The deadline of the call"]),
    )
    def decide(self, name: str, by: str, outcome: Outcome, override: str | None) -> None:
        case = self.cases[name]
        reviews = [
            Review(
                review_id=seat.reviewer_id,
                case_id=name,
                sitting=case.sitting,
                reviewer_id=seat.reviewer_id,
                version=1,
                completed_at=seat.completed_at,
                recommendation=outcome,
            )
            for seat in case.seats
        ]
        proposal = Proposal(outcome=outcome, reason_codes=REASON_CODES[outcome][:1], text="Because.", override=override)
        try:
            after, decision = decided(case, reviews, proposal, by=by, policy=POLICY, now=self.now)
        except DomainError:
            return
        assert case.state is CaseState.OPEN
        assert case.verdict is None
        assert case.ready or decision.below_quorum
        assert by not in case.barred
        self.become(after)

    @rule(name=st.sampled_from(CASES))
    def withdraw(self, name: str) -> None:
        case = self.cases[name]
        if after := withdrawn(case, round_=case.round, now=self.now):
            self.become(after)

    @rule(name=st.sampled_from(CASES), step=st.integers(-1, 1))
    def submit_again(self, name: str, step: int) -> None:
        case = self.cases[name]
        try:
            after = reopened(case, entry(case.round + step, case.kind), policy=POLICY, now=self.now)
        except DomainError:
            assert case.state is not CaseState.CHANGES_REQUESTED
            return
        if after is None:
            assert step < 1
            return
        self.become(after)

    @precondition(lambda self: any(case.state is CaseState.REJECTED for case in self.cases.values()))
    @rule(name=st.sampled_from(CASES))
    def appeal(self, name: str) -> None:
        case = self.cases[name]
        after = appealed(case, round_=case.round, policy=POLICY, now=self.now)
        if after is None:
            return
        assert case.verdict is not None
        assert case.verdict.decided_by in after.barred
        assert {seat.reviewer_id for seat in case.seats} <= after.barred
        self.appeals[name] += 1
        self.become(after)

    @invariant()
    def a_seat_is_one_persons(self) -> None:
        for case in self.cases.values():
            people = [seat.reviewer_id for seat in case.seats]
            assert len(set(people)) == len(people)
            assert not set(people) & (case.barred if case.state is CaseState.OPEN else set())
            assert not set(people) & case.declared or case.state is not CaseState.OPEN

    @invariant()
    def never_more_leases_than_places(self) -> None:
        for case in self.cases.values():
            claimed = [seat for seat in case.seats if seat.assigned_by is None]
            assert len(claimed) <= case.quorum
            assert len(case.seats) <= POLICY.seats_max
            assert case.state is CaseState.OPEN or all(seat.completed for seat in case.seats)

    @invariant()
    def nobody_holds_more_than_agreed(self) -> None:
        for name in PEOPLE:
            held = sum(
                seat.held(self.now)
                for case in self.cases.values()
                if case.state is CaseState.OPEN and (seat := case.seat_of(name))
            )
            assert held <= POLICY.load_cap

    @invariant()
    def a_verdict_goes_with_its_state(self) -> None:
        for case in self.cases.values():
            if case.state is CaseState.OPEN:
                assert case.verdict is None
            elif case.state is not CaseState.WITHDRAWN:
                assert case.verdict is not None
            assert self.appeals[case.case_id] <= 1


Life.TestCase.settings = settings(max_examples=examples_of(60), stateful_step_count=40, deadline=None)
TestLife = Life.TestCase
