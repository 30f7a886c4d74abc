"""The rules behind the author's pages, without a site."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submissions.domain.state import State
from services.web.mine.answering import by_severity, mark, reconciled
from services.web.mine.history import chosen
from services.web.mine.parts import whole
from services.web.mine.standing import SHOWS, next_of, outlook
from services.web.page.formats import Formats
from shared.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

IDS = st.sampled_from(["c1", "c2", "c3"])
TEXTS = st.dictionaries(IDS, st.sampled_from(["", "one", "two", "three"]))


@given(typed=TEXTS, seen=TEXTS, kept=TEXTS)
def test_no_answer_overwrites_another_that_its_page_had_not_shown(
    typed: Mapping[str, str], seen: Mapping[str, str], kept: Mapping[str, str]
) -> None:
    marks = {one: mark(seen.get(one, "")) for one in typed}
    changes, theirs = reconciled(typed, marks, kept)
    assert not changes.keys() & theirs.keys()
    for one, text in typed.items():
        here, there = seen.get(one, ""), kept.get(one, "")
        saved = changes.get(one, there)
        if text != here and there == here:
            assert saved == text  # what was typed is saved
        if there != here:
            assert saved == there  # what came from elsewhere stays
            assert (one in theirs) == (text not in (here, there))  # and is told, where something else was typed


def test_every_state_is_found_under_one_choice() -> None:
    named = [state for states in SHOWS.values() for state in states]
    assert sorted(named) == sorted(State)


@pytest.mark.parametrize(
    ("names", "earlier", "later", "pair"),
    [
        ([], None, None, None),
        (["1.1"], None, None, None),
        (["1.1", "1.2", "2.1"], None, None, ("1.2", "2.1")),
        (["1.1", "1.2", "2.1"], "1.1", None, ("1.1", "2.1")),
        (["1.1", "1.2", "2.1"], None, "1.2", ("1.1", "1.2")),
        (["1.1", "1.2", "2.1"], "2.1", "1.1", ("1.1", "2.1")),
        (["1.1", "1.2", "2.1"], "2.1", None, ("1.2", "2.1")),
        (["1.1", "1.2"], None, "1.1", ("1.1", "1.1")),
        (["1.9", "1.10"], None, None, ("1.9", "1.10")),
    ],
)
def test_two_versions_are_compared_the_earlier_first(
    names: list[str], earlier: str | None, later: str | None, pair: Any
) -> None:
    assert chosen(names, earlier, later) == pair


def test_a_version_that_there_is_not_is_not_found() -> None:
    with pytest.raises(NotFound):
        chosen(["1.1", "1.2"], "3.1", None)


ROUND = {"version": 1, "round": 1, "published_at": "2026-03-01T12:00:00Z", "review_by": "2028-03-01", "stale": False}


def reading() -> Any:
    """A visit of somebody who reads English."""
    return SimpleNamespace(_=str, formats=Formats("en"))


def contribution(state: str, *can: str, **more: Any) -> dict[str, Any]:
    return whole({"id": "0199", "state": state, "can": can, **more})


@pytest.mark.parametrize(
    ("one", "label", "to"),
    [
        (contribution("draft", "edit"), "Go on writing", "/share/0199"),
        (contribution("changes_requested", unanswered=2), "Answer the comments", "/mine/0199/answers"),
        (contribution("changes_requested", unanswered=0), "Hand it in again", "/mine/0199/answers"),
        (contribution("submitted"), "See where it stands", "/mine/0199"),
        (contribution("published", "confirm", publication=ROUND), "Look at what is published", "/practices/0199"),
        (
            contribution("published", "confirm", publication=ROUND | {"stale": True}),
            "Confirm that it still holds",
            "/mine/0199/confirm",
        ),
        (contribution("rejected"), "Read the decision", "/mine/0199#decision"),
        (contribution("withdrawn", "revise"), "Take it up again", "/mine/0199/revise"),
        (contribution("discarded", "restore"), "Restore", "/mine/0199/restore"),
        (contribution("tombstoned"), "See where it stands", "/mine/0199"),
    ],
)
def test_the_main_thing_to_do_follows_from_where_it_stands(one: dict[str, Any], label: str, to: str) -> None:
    found = next_of(reading(), one)
    assert (found.label, found.to, found.posts) == (label, to, one["state"] == "discarded")


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (contribution("draft"), "When it is complete, submit it"),
        (contribution("submitted"), "The review begins by itself"),
        (contribution("in_review", decision_due="2999-01-31T12:00:00Z"), "Expect a decision by 31 January 2999."),
        (contribution("in_review", decision_due="2020-01-31T12:00:00Z"), "longer than planned: 31 January 2020"),
        (contribution("appealed"), "reviewers who have not seen it before"),
        (contribution("approved", publish_at="2999-01-31T12:00:00Z"), "published on 31 January 2999"),
        (contribution("approved"), "published in a moment"),
        (contribution("published", publication=ROUND), "By 1 March 2028 we ask you"),
        (contribution("published", publication=ROUND | {"stale": True}), "may be out of date"),
        (contribution("rejected", "appeal", appeal_until="2026-12-23T12:00:00Z"), "once, until 23 December 2026"),
        (contribution("rejected"), "This is final"),
        (contribution("withdrawn", publication=ROUND), "What is published stays public meanwhile"),
        (contribution("tombstoned", publication=ROUND), "no longer public"),
    ],
)
def test_what_happens_next_is_told_with_its_day(view: dict[str, Any], told: str) -> None:
    sentences = outlook(reading(), view)
    assert told in " ".join(sentences)
    assert ("stays public" in " ".join(sentences)) == (view["state"] == "withdrawn")


def test_what_must_be_changed_comes_first() -> None:
    given_ = [{"severity": one} for one in ("praise", "should", "must", "odd")]
    assert [one["severity"] for one in by_severity(given_)] == ["must", "should", "praise", "odd"]
