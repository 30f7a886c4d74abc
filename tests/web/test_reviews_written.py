"""A review as a form: read, saved, compared. And a contribution as it is read."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.bodies import MAX_COMMENTS, CommentBody, ReviewPatch
from services.review.domain.review import Criterion, Gate, Outcome, Severity
from services.web.calls.vocabularies import Term
from services.web.page.formats import Formats
from services.web.reviews.case_page import standing
from services.web.reviews.contribution import Contribution, label_of, read, shown_at
from services.web.reviews.desk import best_first, desk_order, is_late
from services.web.reviews.written import (
    COMMENTS_MOST,
    CRITERIA,
    GATES,
    OUTCOMES,
    SEVERITIES,
    Written,
    field_of,
    without,
)
from shared.vocabulary import vocabulary
from tests.contents import complete_content, complete_contents


class Sent(dict[str, str]):
    """A form as it comes."""

    def text(self, name: str, default: str = "") -> str:
        return self.get(name, default).strip()

    def names(self, prefix: str = "") -> Iterable[str]:
        return [name for name in self if name.startswith(prefix)]


WORDS = st.text("aé <&\n", max_size=8)
LINES = st.text("aé <&", max_size=8)
REMARKS = st.lists(st.tuples(st.sampled_from(["", "/title", "/results/en/text"]), st.sampled_from(SEVERITIES), WORDS))


@st.composite
def forms(draw: st.DrawFn) -> Sent:
    form = Sent({f"gate-{gate}": draw(st.sampled_from(["yes", "no", "", "maybe"])) for gate in GATES})
    for criterion in CRITERIA:
        form[f"score-{criterion}"] = draw(st.sampled_from(["0", "4", "", "5", "-1"]))
        form[f"reason-{criterion}"] = draw(LINES)
    form["recommendation"] = draw(st.sampled_from([*OUTCOMES, "", "publish"]))
    form |= {name: draw(WORDS) for name in ("text_to_author", "confidential")}
    for place, (pointer, severity, text) in enumerate(draw(REMARKS)):
        parts = {"pointer": pointer, "severity": severity, "text": text}
        form |= {f"comment-{place * 3}-{name}": value for name, value in parts.items()}
    return form


@given(forms())
def test_a_form_that_is_saved_comes_back_as_it_was(form: Sent) -> None:
    written = Written.from_form(form)
    kept: dict[str, Any] = written.patch()
    assert Written.from_review(kept).like(written)
    assert ReviewPatch.model_validate(kept)


@given(forms(), forms())
def test_no_word_of_two_windows_is_lost(one: Sent, two: Sent) -> None:
    mine, other = Written.from_form(one), Written.from_form(two)
    both = mine.filled_from(other)
    for name, value in both.values.items():
        assert value == (mine.values[name] or other.values[name])
    for remark in (*mine.remarks, *other.remarks):
        assert remark.said() in [kept.said() for kept in both.remarks]
    assert all(mine.values[name] != other.values[name] for name in mine.differing(other))


def test_the_form_knows_all_that_a_review_has() -> None:
    assert set(GATES) == set(Gate)
    assert set(CRITERIA) == set(Criterion)
    assert set(OUTCOMES) == set(Outcome)
    assert set(SEVERITIES) == set(Severity)
    assert COMMENTS_MOST == MAX_COMMENTS
    assert CommentBody.model_fields.keys() == {"pointer", "severity", "text", "id"}


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/gates/ethical", "gate-ethical"),
        ("/scores/partnership/score", "score-partnership"),
        ("/scores/partnership/reason", "reason-partnership"),
        ("/comments/1/text", "comment-7-text"),
        ("/comments/9/text", ""),
        ("/comments", ""),
        ("/text_to_author", "text_to_author"),
        ("/recommendation", "recommendation"),
        ("", ""),
    ],
)
def test_a_fault_leads_to_its_field(pointer: str, field: str) -> None:
    form = Sent({"comment-2-text": "a", "comment-5-text": " ", "comment-7-text": "b", "comment-x-text": "c"})
    assert field_of(pointer, Written.from_form(form)) == field


def test_what_is_wrong_is_left_alone_and_the_rest_is_saved() -> None:
    form = Sent({"comment-0-text": "a", "comment-1-text": "b", "text_to_author": "c", "gate-ethical": "no"})
    patch = Written.from_form(form).patch()
    kept = without(patch, ["/comments/0/text", "/scores/partnership/reason", "/text_to_author", "/gates/relevant"])
    assert [one["text"] for one in kept["comments"]] == ["b"]
    assert "reason" not in kept["scores"]["partnership"]
    assert "text_to_author" not in kept
    assert kept["gates"] == {"complete": None, "ethical": False, "evidenced": None}
    assert "comments" not in without(patch, ["/comments"])


NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def _mine(days: int, completed: datetime | None = None) -> dict[str, Any]:
    until = (NOW + timedelta(days=days)).isoformat()
    return {"lease_until": until, "completed_at": completed and completed.isoformat()}


@pytest.mark.parametrize(
    ("case", "stands"),
    [
        ({"state": "open", "places_left": 1, "mine": None}, "free"),
        ({"state": "open", "places_left": 0}, "full"),
        ({"state": "open", "places_left": 0, "mine": _mine(1)}, "writing"),
        ({"state": "open", "places_left": 0, "mine": _mine(-1)}, "lapsed"),
        ({"state": "open", "places_left": 0, "mine": _mine(-1, NOW)}, "finished"),
        ({"state": "approved", "places_left": 0, "mine": _mine(1, NOW)}, "finished"),
        ({"state": "withdrawn", "places_left": 0, "mine": _mine(1)}, "closed"),
    ],
)
def test_how_one_stands_to_a_case(case: dict[str, Any], stands: str) -> None:
    assert standing(case, NOW) == stands


def test_the_soonest_due_comes_first_and_what_fits_before_what_does_not() -> None:
    later, sooner = (
        {"case_id": name, "mine": {"due_at": f"2026-11-0{day}T10:00:00Z"}} for name, day in (("a", 9), ("b", 2))
    )
    assert desk_order([later, sooner]) == [sooner, later]
    assert is_late(sooner, NOW)
    assert not is_late(later, NOW)
    cases: list[dict[str, Any]] = [{"case_id": "a", "fit": 0}, {"case_id": "b", "fit": 2}, {"case_id": "c", "fit": 2}]
    assert [case["case_id"] for case in best_first(cases)] == ["b", "c", "a"]


class AnyTerms(dict[str, Mapping[str, Term]]):
    """Every vocabulary, as the pages have it."""

    def __missing__(self, name: str) -> Mapping[str, Term]:
        known = vocabulary(name)
        return {code: Term(code=code, label=known.label(code, "en"), meaning="") for code in known.codes}


def _read(content: dict[str, Any], wanted: str | None = None) -> Contribution:
    return read(content, terms=AnyTerms(), formats=Formats("en"), wanted=wanted)


@given(complete_contents())
def test_every_field_of_a_contribution_is_shown_with_its_label(content: dict[str, Any]) -> None:
    shown = _read(content)
    names = {piece.name.partition(".")[0] for piece in (*shown.texts, *shown.facts)}
    silent = {"title", "kind", "source_language"}  # shown at the head of the page
    assert {name for name, value in content.items() if value not in ({}, [], None)} - silent == names
    assert all(piece.label and piece.label != piece.name for piece in (*shown.texts, *shown.facts))


def test_a_comment_leads_to_what_it_is_about() -> None:
    shown, fields = _read(complete_content()), AnyTerms()["fields"]
    assert shown_at("/summary/en/text", shown) == "f-summary"
    assert shown_at("/mobility/directions/0", shown) == "f-mobility-directions"
    assert shown_at("/title", shown) == "f-title"
    assert shown_at("/nonsense", shown) == "contribution"
    assert label_of("/indicators/0/value", fields) == "Indicator: value"
    assert label_of("/nonsense", fields) == ""
