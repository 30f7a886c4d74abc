"""The form knows the whole record, and a page that is only looked at and sent back changes nothing."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from services.web.page.forms import Posted
from services.web.share.fields import Field, Reading, digest, field_id, value_at, value_from, value_of
from services.web.share.problems import Problem
from services.web.share.seen import Seen
from services.web.share.sheet import Sheet
from services.web.share.standing import languages_of, standings
from services.web.share.steps import STEPS, Place, place_of, steps_of
from shared.contribution.completeness import completeness
from shared.contribution.content import Content
from shared.contribution.merge import merge, parse
from shared.errors import Invalid
from tests.contents import KINDS, broken, complete_content, drafts

FIELDS = [(step, field) for step in STEPS for field in step.fields]


def found(pointer: str) -> Place:
    place = place_of(pointer)
    assert place, pointer
    return place


def test_every_field_of_the_record_is_asked_somewhere() -> None:
    asked = {field.name for _, field in FIELDS}
    for name in Content.model_fields:
        assert name in asked or any(one.startswith(f"{name}.") for one in asked), name


def test_names_and_ids_are_unique() -> None:
    names = [field.name for _, field in FIELDS]
    assert len(names) == len(set(names)) == len({field_id(name) for name in names})
    assert len({step.name for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_can_be_missing_leads_to_a_step_that_is_there(kind: Any) -> None:
    content = {"kind": kind, "themes": ["learner-mobility"], "authors": [{}], "links": [{}], "indicators": [{}]}
    there = {step.name for step in steps_of(content)}
    for finding in completeness(parse(content)):
        place = found(finding.pointer)
        assert place.step.name in there, finding
        assert place.field.asked(content), finding


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_marked_as_needed_is_what_is_missing(kind: Any) -> None:
    content: dict[str, Any] = {"kind": kind, "themes": ["learner-mobility"]}
    missing = {found(one.pointer).field.name for one in completeness(parse(content | {"licence": None}))}
    needed = {
        field.name
        for step in steps_of(content)
        for field in step.fields
        if field.asked(content) and not field.is_optional(kind)
    }
    assert needed - {"kind", "themes"} == missing - {"kind", "themes"}


@given(broken())
def test_what_is_refused_is_shown_at_a_field(fault: tuple[dict[str, Any], str, str]) -> None:
    document, _, _ = fault
    with pytest.raises(Invalid) as refused:
        parse(document, prefix="/content")
    for error in refused.value.errors:
        if error.code != "unknown-field":
            assert place_of(error.pointer), error


@pytest.mark.parametrize(
    ("pointer", "step", "control", "language"),
    [
        ("/title/fr/text", "title", "title", "fr"),
        ("/content/indicators/2/name/en/text", "evidence", "indicators-2-name", "en"),
        ("/links/0/url", "background", "links-0-url", None),
        ("/authors", "who", "authors", None),
        ("/period", "background", "period-end", None),
        ("/mobility/recognition_instruments/0", "mobility", "mobility-recognition_instruments", None),
        ("/joint_action/ask", "proposal", "joint_action-ask", None),
    ],
)
def test_pointers_lead_to_controls(pointer: str, step: str, control: str, language: str | None) -> None:
    place = found(pointer)
    assert (place.step.name, place.control, place.language) == (step, control, language)


@pytest.mark.parametrize("pointer", ["", "/", "/nothing", "/0", "title", "/content"])
def test_other_pointers_lead_nowhere(pointer: str) -> None:
    assert place_of(pointer) is None


def as_form(field: Field, content: Any, language: str) -> list[tuple[str, str]]:
    """What a browser sends for a field that shows this content and was not touched."""
    value = value_of(field, content, language)
    if field.shape == "rows":
        pairs = []
        for number, row in enumerate(value or []):
            pairs.append((f"{field.name}.{number}.rest", _json(row)))
            for part in field.parts:
                shown = value_of(part, row, language)
                pairs.append((f"{field.name}.{number}.{part.name}", "" if shown is None else str(shown)))
        return pairs
    if isinstance(value, list):
        return [(field.name, code) for code in value]
    if field.shape == "tick":
        return [(field.name, "yes")] if value else []
    return [(field.name, "" if value is None else str(value).replace("\n", "\r\n"))]


def _json(value: Any) -> str:
    import json  # noqa: PLC0415

    return json.dumps(value, ensure_ascii=False)


def sheet_of(content: dict[str, Any], step: Any, language: str, **typed: str) -> Sheet:
    fields = step.asked(content)
    seen = Seen.of(7, {field.name: value_of(field, content, language) for field in fields})
    pairs: list[tuple[str, Any]] = [("seen", str(seen)), ("language", language)]
    for field in fields:
        pairs += [pair for pair in as_form(field, content, language) if pair[0] not in typed]
    return Sheet.sent(step, Posted(data=FormData([*pairs, *typed.items()])), {})


@given(drafts(), st.sampled_from(STEPS))
def test_a_page_sent_back_untouched_changes_nothing(document: dict[str, Any], step: Any) -> None:
    content = parse(document).as_json()
    # A figure such as 1e-7 is written as a figure with six places at most; rows that say nothing are not kept.
    content.pop("indicators", None)
    for name in ("partner_organisations", "lead_organisation"):
        content.pop(name, None)
    if block := content.get("joint_action"):
        block.pop("supporting_organisations", None)
    language = content.get("source_language") or "en"
    assert sheet_of(content, step, language).changes == {}


@given(st.sampled_from(KINDS), st.text(max_size=40))
def test_a_change_is_one_patch_of_what_was_changed(kind: Any, text: str) -> None:
    content = parse(complete_content(kind)).as_json()
    step = next(one for one in STEPS if one.name == "title")
    sheet = sheet_of(content, step, "en", title=text)
    body = sheet.body(sheet.changes, None)
    assert set(body["content"]) <= {"title"}
    wanted = text.replace("\r\n", "\n").strip()
    if wanted and re.fullmatch(r"[ -~]+", wanted):
        assert merge(parse(content), body["content"]).title["en"].text == wanted


def test_what_a_row_holds_beside_what_is_shown_is_kept() -> None:
    row = {"name": "Aoife", "person_id": "p-1", "organisation": "Corrib"}
    field = next(field for _, field in FIELDS if field.name == "authors")
    pairs: list[tuple[str, Any]] = [
        ("authors.3.rest", _json(row)),
        ("authors.3.name", "Aoife T."),
        ("authors.3.organisation", ""),
    ]
    reading = Reading(posted=Posted(data=FormData(pairs)), language="en", translating=False, countries={})
    assert value_from(field, reading) == [{"name": "Aoife T.", "person_id": "p-1"}]


@given(st.dictionaries(st.sampled_from([field.name for _, field in FIELDS]), st.text() | st.integers() | st.none()))
def test_what_was_seen_is_carried_along(values: dict[str, Any]) -> None:
    seen = Seen.of(12, values)
    assert Seen.read(str(seen)) == seen
    assert seen.changed(values) == {}


@given(st.text(max_size=200))
def test_a_spoilt_mark_is_as_if_nothing_had_been_seen(text: str) -> None:
    assert Seen.read(text).revision >= 0


EMPTY: tuple[Any, ...] = (None, "", [], {}, False)


def test_empty_values_are_alike() -> None:
    assert len({digest(value) for value in EMPTY}) == 1


def test_a_step_is_done_open_or_free() -> None:
    content = complete_content(title=None)
    findings = [{"pointer": one.pointer} for one in completeness(parse(content))]
    view = {"content": content, "attachments": [{"media_type": "image/png", "alt_text": None, "name": "x.png"}]}
    states = {one.step.name: (one.state, one.missing) for one in standings(view, findings)}
    assert states["title"] == ("open", 1)
    assert states["files"] == ("open", 1)
    assert states["context"] == ("done", 0)
    assert standings({**view, "attachments": []}, findings)[-2].state == "empty"
    assert value_at(content, ("nothing", "there")) is None


@pytest.mark.parametrize(("about", "told"), [("Title", "Title: Fill this in."), ("Why?", "Why? Fill this in.")])
def test_a_question_keeps_its_one_mark_in_the_summary_of_errors(about: str, told: str) -> None:
    assert Problem(place=None, about=about, text="Fill this in.").for_summary["text"] == told


@pytest.mark.parametrize(
    "content",
    [
        {"resources": {"fr": {"text": "Deux personnes"}}},
        {"joint_action": {"ask": {"fr": {"text": "Reconnaître"}}}},
        {"indicators": [{"value": 3}, {"name": {"fr": {"text": "Participants"}}}]},
    ],
)
def test_a_language_is_there_wherever_a_text_is_in_it(content: dict[str, Any]) -> None:
    title = {"en": {"text": "Shadow weeks"}}
    assert languages_of({"source_language": "en", "title": title, **content}) == ["en", "fr"]
