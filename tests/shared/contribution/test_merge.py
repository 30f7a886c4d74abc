import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contribution import Content, merge, parse
from shared.contribution.merge import merged
from shared.errors import Invalid
from tests.contents import Document, complete_content, drafts, said

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_rfc_7396_appendix_a(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


@given(JSON, JSON)
def test_merging_changes_neither_side_and_twice_is_once(target: Any, patch: Any) -> None:
    before = json.dumps([target, patch])
    once = merged(target, patch)
    assert merged(once, patch) == once
    assert json.dumps([target, patch]) == before


@given(drafts(), drafts())
def test_a_draft_is_right_after_every_merge(first: Document, second: Document) -> None:
    content = merge(parse(first), second)
    assert parse(content.as_json()) == content
    for name in ("reach", "kind", "sectors", "countries"):
        if second.get(name):
            assert content.as_json()[name] == parse(second).as_json()[name]


def test_a_translation_is_added_and_taken_out_alone() -> None:
    content = parse({"title": said("Hello")})
    both = merge(content, {"title": said("Bonjour", "fr", "machine")})
    assert set(both.title) == {"en", "fr"}
    assert merge(both, {"title": {"fr": None}}) == content
    checked = merge(both, {"title": {"fr": {"provenance": "reviewed"}}})
    assert (checked.title["fr"].text, checked.title["fr"].provenance) == ("Bonjour", "reviewed")


def test_a_wrong_patch_is_told_and_changes_nothing() -> None:
    content = parse(complete_content())
    before = content.as_json()
    with pytest.raises(Invalid) as refused:
        merge(content, {"themes": ["weather"], "mobility": {"duration_days": 0}}, prefix="/content")
    assert [error.pointer for error in refused.value.errors] == ["/content/themes/0", "/content/mobility/duration_days"]
    assert content.as_json() == before


@pytest.mark.parametrize("patch", [None, [], "x", 3])
def test_a_patch_that_is_no_object_is_refused(patch: Any) -> None:
    with pytest.raises(Invalid):
        merge(Content(), patch)
