"""The rules behind the author's pages, without a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submissions.domain.state import State
from services.web.mine.answering import by_severity, mark, reconciled
from services.web.mine.history import chosen
from services.web.mine.standing import SHOWS
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


def test_what_must_be_changed_comes_first() -> None:
    given_ = [{"severity": one} for one in ("praise", "should", "must", "odd")]
    assert [one["severity"] for one in by_severity(given_)] == ["must", "should", "praise", "odd"]
