from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.query import Asked, understand
from tests.services.search.making import ANALYSIS


def asked(text: str) -> Asked:
    return understand(text, ANALYSIS)


def test_words_phrases_and_what_to_leave_out() -> None:
    found = asked('staff "two weeks" -germany -"group tour" co-operation')
    assert [word.text for word in found.words] == ["staff", "two", "weeks", "co", "operation"]
    assert found.phrases == ("two weeks",)
    assert found.excluded == ("germany",)
    assert found.excluded_phrases == ("group tour",)


def test_a_word_typed_twice_counts_twice() -> None:
    assert {word.text: word.times for word in asked("Play play fair").words} == {"play": 2, "fair": 1}


def test_a_quote_without_a_second_one_is_a_separator() -> None:
    assert [word.text for word in asked('teach"ers "abroad').words] == ["teach", "ers", "abroad"]


@pytest.mark.parametrize("text", ['-- +++ ()[]{}*?~^:\\ \x00 ""', "*", "🚂", "\u202e", '"', "-", "é" * 100])
def test_signs_alone_are_no_word(text: str) -> None:
    assert asked(text).wordless


@pytest.mark.parametrize("text", ["", "  ", "train", "* train", "-train", '-"a train"', "* -train"])
def test_nothing_typed_and_words_among_signs_are_not_wordless(text: str) -> None:
    assert not asked(text).wordless


@given(st.text(max_size=300))
def test_nothing_typed_is_an_error(text: str) -> None:
    found = asked(text)
    assert len({word.text for word in found.words}) == len(found.words)


@given(st.lists(st.sampled_from(['"', "-", " ", "a", "ß", "学", "\u0301", "\x00", "*"]), max_size=200))
def test_no_mixture_of_signs_is_an_error(signs: list[str]) -> None:
    asked("".join(signs))


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Who pays?", True),
        ("谁付钱？ ", True),
        ("من يدفع؟", True),
        ("Ποιος πληρώνει τους εκπαιδευτικούς;", True),
        ("school; teachers;", False),
        ("? who pays", False),
    ],
)
def test_a_question_mark_makes_a_question(text: str, question: bool) -> None:
    assert understand(text, ANALYSIS).question is question
