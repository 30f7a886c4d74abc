from itertools import pairwise
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contribution import parse
from shared.contribution.diff import Change, diff
from shared.contribution.words import word_changes
from tests.contents import Document, complete_content, drafts, said


def changes(before: Document, after: Document, language: str = "en") -> dict[str, Change]:
    return {change.pointer: change for change in diff(parse(before), parse(after), language)}


def bare(document: Any) -> Any:
    """The document without whatever is empty, numbers as a reader sees them."""
    if isinstance(document, dict):
        return {name: kept for name, value in document.items() if (kept := bare(value)) not in ({}, [])}
    if isinstance(document, list):
        return [kept for value in document if (kept := bare(value)) not in ({}, [])]
    return document if isinstance(document, bool) else str(document)


def pieces() -> st.SearchStrategy[str]:
    return st.text(st.sampled_from("ab .\n你ü"), max_size=40)


@given(pieces(), pieces())
def test_the_steps_lead_from_one_text_to_the_other(before: str, after: str) -> None:
    steps = word_changes(before, after)
    assert "".join(text for op, text in steps if op != "insert") == before
    assert "".join(text for op, text in steps if op != "delete") == after
    assert all(text for _, text in steps)
    assert all(one[0] != next_[0] for one, next_ in pairwise(steps))


def test_words_that_stayed_are_equal() -> None:
    assert word_changes("A good practice of mobility.", "A better practice of staff mobility.") == (
        ("equal", "A "),
        ("delete", "good "),
        ("insert", "better "),
        ("equal", "practice of "),
        ("insert", "staff "),
        ("equal", "mobility."),
    )


@pytest.mark.parametrize("piece", ["a ", "a. ", "a.b ", "\n", "你", "word", " "])
def test_long_repetitive_texts_do_not_take_long(piece: str) -> None:
    before, after = piece * (20_000 // len(piece)), ("b" + piece) * (20_000 // (len(piece) + 1))
    started = process_time()
    word_changes(before, after)
    assert process_time() - started < 1


@given(drafts())
def test_nothing_changed_is_no_change(document: Document) -> None:
    assert diff(parse(document), parse(document)) == []


@given(drafts(), drafts())
def test_there_is_a_change_exactly_where_contents_differ(before: Document, after: Document) -> None:
    one, other = parse(before), parse(after)
    ways = diff(one, other)
    assert bool(ways) == (bare(one.as_json()) != bare(other.as_json()))
    for change in ways:
        assert change.label
        assert change.before != change.after


def test_a_text_is_told_by_language_and_word() -> None:
    change = changes({"title": said("One word", "fr")}, {"title": said("Two word", "fr")})["/title/fr/text"]
    assert change.label == "Title (French)"
    assert (change.before, change.after) == ("One word", "Two word")
    assert change.words == (("delete", "One "), ("insert", "Two "), ("equal", "word"))
    assert change.as_json()["words"][0] == ["delete", "One "]


def test_codes_are_told_by_their_labels_in_the_readers_language() -> None:
    change = changes({"themes": ["digital"]}, {"themes": ["digital", "inclusion"]}, "de")["/themes"]
    assert change.label == "Themen"
    assert change.after == "Digitales und innovatives Lehren, Inklusion in der Mobilität"


def test_only_the_provenance_may_change() -> None:
    before, after = {"title": said("x", "fr", "machine")}, {"title": said("x", "fr", "reviewed")}
    (change,) = changes(before, after).values()
    assert change.pointer == "/title/fr/provenance"
    assert (change.before, change.after) == ("Machine translation", "Machine translation, checked by a person")


def test_a_new_item_in_front_is_one_change() -> None:
    authors = [{"name": "B"}, {"name": "C"}]
    found = changes({"authors": authors}, {"authors": [{"name": "A"}, *authors]})
    assert {pointer: (c.before, c.after) for pointer, c in found.items()} == {"/authors/0": (None, "A")}
    gone = changes({"authors": [{"name": "A"}, *authors]}, {"authors": authors})
    assert {pointer: (c.before, c.after) for pointer, c in gone.items()} == {"/authors/0": ("A", None)}


def test_a_changed_item_tells_its_field() -> None:
    found = changes({"links": [{"url": "https://a.example"}]}, {"links": [{"url": "https://b.example"}]})
    assert found["/links/0/url"].label == "Link: address"


def test_a_part_taken_out_tells_its_fields() -> None:
    found = changes({"mobility": {"duration_days": 3}}, {"mobility": {}})
    assert {pointer: (c.before, c.after) for pointer, c in found.items()} == {"/mobility/duration_days": ("3", None)}


def test_a_declaration_is_told_in_words() -> None:
    found = changes(complete_content(), complete_content(declarations={"rights": False, "consent": True}))
    assert (found["/declarations/rights"].before, found["/declarations/rights"].after) == ("yes", "no")
