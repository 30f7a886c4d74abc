"""The page of twenty queries says what search answers, and each query shows what it is there to show."""

from __future__ import annotations

from tests.bench.search.examples import PAGE, QUERIES, page


def test_the_page_is_what_search_answers() -> None:
    written = page()
    assert PAGE.read_text("utf-8") == written, "python -m tests.bench.search.examples write"
    assert "Found: 0" not in written


def test_there_are_twenty() -> None:
    assert len(QUERIES) == 20
