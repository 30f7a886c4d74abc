"""A run tries a share of the examples, or all when it is told to."""

import pytest
from hypothesis import settings

from tests.thoroughness import TESTS_EXAMPLES, examples_of


def test_a_third_is_tried_unless_all_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TESTS_EXAMPLES, raising=False)
    assert [examples_of(many) for many in (1, 2, 60, 100)] == [1, 1, 20, 34]
    monkeypatch.setenv(TESTS_EXAMPLES, "all")
    assert examples_of(60) == 60


def test_a_wish_that_means_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TESTS_EXAMPLES, "many")
    with pytest.raises(ValueError, match="some or all"):
        examples_of(60)


def test_tests_that_name_no_number_follow_it() -> None:
    assert settings().max_examples == examples_of(100)
