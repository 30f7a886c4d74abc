"""What the board is made of, without a site: what needs the coordinator most, and a decision before it is sent."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.board.listing import cases_at_hand
from services.web.board.need import AT_HAND, by_need, is_in, marks, together
from services.web.board.proposal import Proposal, basis, lacks, stands_alone, told_comments, told_remarks
from services.web.calls.vocabularies import Term

TODAY = date(2026, 11, 23)
REASONS = {
    "incomplete": Term(code="incomplete", label="Incomplete", meaning="", used_with=("request_changes", "reject")),
    "innovative": Term(code="innovative", label="New", meaning="", used_with=("approve",)),
}


def case(case_id: str = "a-1", **changes: Any) -> dict[str, Any]:
    plain = {"state": "open", "ready": False, "overdue": False, "appeal": False, "stuck": [], "due_at": "2026-12-01"}
    return {"case_id": case_id, **plain, **changes}


def review(review_id: str, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "reviewer_id": f"by-{review_id}",
        "sitting": 1,
        "void": False,
        "recommendation": "approve",
        "text_to_author": f"Words of {review_id}",
        "comments": [],
    }
    return {"review_id": review_id, **plain, **changes}


def test_what_needs_the_coordinator_most_comes_first() -> None:
    cases = [
        case("plain-soon-1", due_at="2026-11-24"),
        case("silent-1", state="changes_requested", stuck=["author-silent"]),
        case("lease-1", stuck=["lease-ending"]),
        case("appeal-1", appeal=True),
        case("nobody-1", stuck=["no-reviewer"]),
        case("late-1", overdue=True, stuck=["overdue"]),
        case("ready-1", ready=True),
        case("waiting-1", ready=True, stuck=["ready-undecided"]),
        case("late-decision-1", ready=True, overdue=True, stuck=["overdue", "ready-undecided"]),
    ]
    assert [one["case_id"].removesuffix("-1") for one in by_need(cases)] == [
        "late-decision", "waiting", "ready", "late", "nobody", "appeal", "lease", "silent", "plain-soon",
    ]  # fmt: skip


CASES = st.builds(
    case,
    case_id=st.integers(0, 50).map(lambda number: f"c{number}-1"),
    state=st.sampled_from(["open", "changes_requested"]),
    ready=st.booleans(),
    overdue=st.booleans(),
    appeal=st.booleans(),
    stuck=st.lists(st.sampled_from(["overdue", "no-reviewer", "lease-ending", "author-silent"]), unique=True),
    due_at=st.dates().map(date.isoformat),
)


@given(st.lists(CASES, max_size=20))
def test_no_case_is_lost_or_told_twice_and_the_order_does_not_depend_on_where_one_begins(
    cases: list[dict[str, Any]],
) -> None:
    once = together(cases, cases)
    ordered = by_need(once)
    assert sorted(one["case_id"] for one in ordered) == sorted({one["case_id"] for one in cases})
    assert by_need(reversed(ordered)) == ordered
    for one in ordered:
        shown = {show for show in AT_HAND if is_in(one, show)}
        assert ("stuck" in shown) == bool(one["stuck"])
        assert ("open" in shown) == (one["state"] == "open") == (len({"ready", "reviewing"} & shown) == 1)
        assert marks(one) >= set(one["stuck"])


class Crowd:
    """A review service with more open cases than it gives at once; keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    async def get(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        assert (path, query["limit"], query["theme"]) == ("/cases", 100, "digital")
        self.asked.append((query["scope"], query.get("state")))
        lists = {
            ("all", "open"): [case(f"old-{number}") for number in range(100)],
            ("all", "changes_requested"): [case("silent-1", state="changes_requested", stuck=["author-silent"])],
            ("overdue", None): [case("old-3"), case("late-1", overdue=True, stuck=["overdue"])],
            ("ready", None): [case("ready-1", ready=True)],
        }
        found = lists[self.asked[-1]]
        counts = {"open": 250, "overdue": 2} if query.get("counts") else None
        return {"items": found, "next": "more" if len(found) == 100 else None, "counts": counts}


async def test_beyond_what_comes_at_once_the_late_and_the_ready_are_weighed_too() -> None:
    crowd = Crowd()
    visit: Any = SimpleNamespace(services=SimpleNamespace(review=crowd))
    found = await cases_at_hand(visit, {"theme": "digital"})
    assert crowd.asked == [("all", "open"), ("all", "changes_requested"), ("overdue", None), ("ready", None)]
    assert len(found.cases) == 103
    assert not found.whole
    assert [one["case_id"] for one in by_need(found.cases)][:2] == ["ready-1", "late-1"]
    assert (found.count("open"), found.count("overdue"), found.count("stuck")) == (250, 2, 2)


def test_a_decision_rests_on_the_last_finished_review_of_everybody_who_holds_a_place() -> None:
    seats = [
        {"reviewer_id": "ana", "completed_at": "2026-11-01T00:00:00Z"},
        {"reviewer_id": "bo", "completed_at": None},
        {"reviewer_id": "cy", "completed_at": "2026-11-01T00:00:00Z"},
    ]
    reviews = [
        review("old", reviewer_id="ana", sitting=1),
        review("new", reviewer_id="ana", sitting=2),
        review("unfinished", reviewer_id="bo", sitting=1),
        review("void", reviewer_id="cy", void=True),
        review("gone", reviewer_id="di"),
    ]
    assert [one["review_id"] for one in basis({"seats": seats}, reviews)] == ["new"]


@pytest.mark.parametrize(
    ("proposal", "short", "wrong"),
    [
        (Proposal(outcome="approve", based_on=("r",)), False, set()),
        (Proposal(outcome="approve", based_on=()), False, {"based_on"}),
        (Proposal(outcome="approve", based_on=("r",)), True, {"override"}),
        (Proposal(outcome="approve", based_on=("r",), publish_on="2026-11-23"), False, {"publish_on"}),
        (Proposal(outcome="approve", based_on=("r",), publish_on="2026-11-24"), False, set()),
        (Proposal(outcome="approve", based_on=("r",), publish_on="tomorrow"), False, {"publish_on"}),
        (Proposal(outcome="approve", based_on=("r",), publish_on="2029-01-01"), False, {"publish_on"}),
        (Proposal(outcome="reject", based_on=("r",)), False, {"reasons", "text", "dissent"}),
        (
            Proposal(outcome="reject", based_on=("r",), reasons=("innovative",), text="x", dissent="y"),
            False,
            {"reasons"},
        ),
        (Proposal(outcome="reject", based_on=("r",), reasons=("incomplete",), text="x", dissent="y"), False, set()),
        (Proposal(outcome="approve", based_on=("r",), text="x" * 5001), False, {"text"}),
    ],
)
def test_what_a_decision_lacks_is_said_field_by_field(proposal: Proposal, *, short: bool, wrong: set[str]) -> None:
    assert set(lacks(proposal, REASONS, [review("r")], short=short, today=TODAY)) == wrong


def test_the_body_holds_only_what_applies() -> None:
    proposal = Proposal(
        outcome="approve",
        reasons=("innovative", "incomplete", "unknown"),
        text="Good.",
        based_on=("r",),
        dissent="Not needed.",
        override="Not needed.",
        publish_on="2026-12-24",
    )
    assert proposal.publish_at == datetime(2026, 12, 24, tzinfo=UTC)
    assert proposal.body(REASONS, short=False, alone=False) == {
        "outcome": "approve",
        "reason_codes": ["innovative"],
        "text": "Good.",
        "based_on": ["r"],
        "publish_at": "2026-12-24T00:00:00+00:00",
    }
    turned = proposal.turned_to("reject").body(REASONS, short=True, alone=True)
    assert turned == {
        "outcome": "reject",
        "reason_codes": ["incomplete"],
        "text": "Good.",
        "based_on": ["r"],
        "dissent": "Not needed.",
        "override": {"reason": "Not needed."},
    }


def test_authors_get_the_chosen_reviews_alone_and_no_must_with_an_approval() -> None:
    must = {"id": "2", "pointer": "/title", "severity": "must", "text": "m"}
    praise = {"id": "1", "pointer": "/title", "severity": "praise", "text": "p"}
    reviews = [review("b", comments=[must, praise]), review("a"), review("left-out", comments=[must])]
    proposal = Proposal(outcome="approve", based_on=("a", "b"))
    assert told_comments(proposal, reviews) == [praise]
    assert told_comments(proposal.turned_to("reject"), reviews) == [praise, must]
    assert told_remarks(proposal, reviews) == ["Words of a", "Words of b"]
    assert stands_alone("reject", reviews)
    assert not stands_alone("approve", reviews)
    assert not stands_alone("approve", [])
