"""Filters typed among the words of a query."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.find import Search
from services.search.prefixes import typed, with_filters
from shared.errors import Invalid
from tests.services.search.making import LABELS


@pytest.mark.parametrize(
    ("text", "words", "filters"),
    [
        ("teachers country:pt", "teachers", {"country": ("PT",)}),
        ("country:Portugal Country:FI teachers", "teachers", {"country": ("PT", "FI")}),
        ('sector:"higher education" exchange', "exchange", {"sector": ("higher-education",)}),
        ("thème year:2024", "thème", {"year": ("2024",)}),
        ("lang:DE Praktikum", "Praktikum", {"language": ("de",)}),
        ("country:Griechenland", "", {"country": ("GR",)}),
        ('org:"Escola do Mar" x', "x", {"organisation": ("Escola do Mar",)}),
        ("note: a country with pt", "note: a country with pt", {}),
        ("https://country:pt", "https://country:pt", {}),
        ("country: pt", "country: pt", {}),
    ],
)
def test_filters_are_taken_out_of_the_words(text: str, words: str, filters: dict[str, tuple[str, ...]]) -> None:
    taken = typed(text, LABELS)
    assert (" ".join(taken.words.split()), taken.filters) == (words, filters)


@pytest.mark.parametrize("text", ["country:xx", "theme:nonsense", "year:12", "year:99999999999999999999", "kind:*"])
def test_an_unknown_value_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        typed(text, LABELS)
    error = refused.value.errors[0]
    assert (error.parameter, error.code) == ("query.q", "unknown-code")
    assert error.allowed or "from 1900 to 2200" in error.message


def test_typed_filters_stand_beside_chosen_ones() -> None:
    search = with_filters(Search(text="a country:pt", filters={"country": ("FI",), "theme": ("digital",)}), LABELS)
    assert search.text == "a"
    assert search.filters == {"country": ("FI", "PT"), "theme": ("digital",)}


@given(st.text() | st.text(alphabet='country:"pt \n'))
def test_any_text_is_taken_apart_or_refused(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert len(typed(text, LABELS).words) <= len(text)
