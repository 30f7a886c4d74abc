import json
from copy import deepcopy
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from shared.contribution import Content, parse
from shared.contribution.content import MAX_BYTES
from shared.errors import Invalid
from tests.contents import BROKEN, Document, broken, complete_content, complete_contents, drafts, said

SCHEMA = Draft202012Validator(Content.model_json_schema())


@given(drafts())
def test_what_is_written_is_read_back_equal(document: Document) -> None:
    before = deepcopy(document)
    content = parse(document)
    written = json.loads(json.dumps(content.as_json()))
    assert parse(written) == content
    assert parse(written).as_json() == content.as_json() == json.loads(content.model_dump_json())
    assert document == before


@given(complete_contents())
def test_the_json_schema_accepts_what_the_record_accepts(document: Document) -> None:
    assert list(SCHEMA.iter_errors(document)) == []
    assert list(SCHEMA.iter_errors(parse(document).as_json())) == []


@pytest.mark.parametrize(("document", "pointer", "code"), BROKEN, ids=[f"{b[1]} {b[2]}" for b in BROKEN])
def test_each_fault_is_told_with_its_place_and_code(document: Document, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(document)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]


@given(broken())
def test_a_fault_in_a_complete_document_is_found_too(fault: tuple[Document, str, str]) -> None:
    document, pointer, code = fault
    with pytest.raises(Invalid) as refused:
        parse(document, prefix="/content")
    assert (f"/content{pointer}", code) in {(error.pointer, error.code) for error in refused.value.errors}


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"kind": "story", "themes": ["weather", "digital", "sun"], "contact": {"email": "x"}, "colour": 1})
    assert {error.pointer for error in refused.value.errors} == {
        *("/kind", "/themes/0", "/themes/2", "/contact/email", "/colour")
    }


def test_an_unknown_code_or_field_is_answered_with_those_that_exist() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"reach": "galactic", "mobility": {"mode": "x"}, "authors": [{"age": 1}], "colour": 1})
    allowed = {error.pointer: error.allowed for error in refused.value.errors}
    assert "cross-border" in allowed["/reach"]
    assert "duration_days" in allowed["/mobility/mode"]
    assert allowed["/authors/0/age"] == ("name", "person_id", "organisation")
    assert "source_language" in allowed["/colour"]


@pytest.mark.parametrize("document", [None, [], "text", 1, True])
def test_only_an_object_is_a_content(document: Any) -> None:
    with pytest.raises(Invalid) as refused:
        parse(document)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("", "object")]


@pytest.mark.parametrize("document", [{"a\ud800": 1}, {"title": {"\ud800": {"text": "x"}}}, {"sectors": ["\ud800"]}])
def test_lone_surrogates_are_refused_in_words_that_can_be_sent(document: Document) -> None:
    with pytest.raises(Invalid) as refused:
        parse(document)
    for error in refused.value.errors:
        json.dumps([error.pointer, error.message, *error.allowed], ensure_ascii=False).encode()


def test_thousands_of_faults_get_a_short_answer() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"countries": ["XX"] * 250, **{f"f{n}": n for n in range(5000)}})
    assert len(refused.value.errors) <= 100
    assert sum(len(error.allowed) for error in refused.value.errors) <= 100 * 250


def test_absent_empty_and_null_are_the_same() -> None:
    nothing: Document = {"title": {}, "sectors": [], "reach": None, "themes": None, "summary": None, "links": []}
    assert parse(nothing) == parse({}) == Content()
    assert parse(nothing).as_json() == {"licence": "CC-BY-4.0"}


def test_false_and_zero_are_something() -> None:
    document = {"indicators": [{"value": 0}], "declarations": {"rights": False}, "licence": "CC0-1.0"}
    assert parse(document).as_json() == document


def test_a_language_without_words_is_left_out_and_tags_are_canonical() -> None:
    content = parse({"title": {"EN-gb": {"text": "Hello"}, "fr": {"text": "  "}}})
    assert content.as_json()["title"] == said("Hello", "en-GB")


def test_a_code_given_twice_counts_once() -> None:
    assert parse({"themes": ["digital", "recognition", "digital"]}).themes == ("digital", "recognition")


def test_a_content_cannot_be_changed() -> None:
    content = parse(complete_content())
    with pytest.raises(ValidationError):
        content.kind = "practice"  # type: ignore[misc]


def test_a_rich_contribution_is_checked_in_a_millisecond_and_a_half() -> None:
    names = ("context", "actions", "results", "transferability", "resources", "sustainability", "inclusion", "green")
    passages = {name: said("Ein Satz über die Praxis. " * 60) | said("Une phrase. " * 100, "fr") for name in names}
    document = complete_content() | passages
    document["indicators"] = [{"name": said("Count"), "value": number} for number in range(10)]
    assert min(_seconds(document) for _ in range(30)) < 0.0015


def _seconds(document: Document) -> float:
    started = process_time()
    Content.model_validate(document)
    return process_time() - started


def test_a_content_too_large_for_an_event_is_refused() -> None:
    names = ("context", "actions", "results", "failure", "causes", "change")
    document = {name: {tag: {"text": "ж" * 20_000} for tag in ("bg", "uk", "sr")} for name in names}
    with pytest.raises(Invalid) as refused:
        parse(document)
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("", "content-too-large")
    assert f"{MAX_BYTES}" in error.message
