"""The events' contract: old samples are understood, schemas are what was published, and nothing breaks in a version."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.events.base import EventData
from shared.events.catalogue import broken_by_now, data_schema, envelope_schema, generated, sample
from shared.events.compatibility import breaking_changes
from shared.events.envelope import decode, parse_envelope
from shared.events.registry import EVENTS, is_public
from shared.events.submissions import SubmissionSubmitted

DOCS = Path(__file__).parents[2] / "docs" / "events"

every_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)


@every_event
def test_the_golden_sample_is_understood_and_written_the_same(event: type[EventData]) -> None:
    golden = sample(event)
    received = decode(parse_envelope(json.dumps(golden).encode()))
    assert isinstance(received.data, event)
    assert received.data.model_dump(mode="json") == golden["data"]
    assert json.loads(received.envelope.to_bytes()) == golden


@every_event
def test_the_golden_sample_fits_the_published_schema(event: type[EventData]) -> None:
    published = json.loads((DOCS / "schemas" / f"{event.type}.json").read_text("utf-8"))
    jsonschema.validate(sample(event)["data"], published, cls=jsonschema.Draft202012Validator)
    jsonschema.validate(sample(event), envelope_schema(), cls=jsonschema.Draft202012Validator)


@every_event
def test_its_name_is_past_tense_dotted_and_versioned(event: type[EventData]) -> None:
    prefix, thing, happened, version = event.type.rsplit(".", 3)
    assert prefix == "eu.practice-exchange"
    assert thing in {"submission", "review", "practice"}
    assert version == "v1"
    assert event.subject == f"{thing}s.{happened}"


def test_the_catalogue_is_up_to_date() -> None:
    assert {name: (DOCS / name).read_text("utf-8") for name in generated()} == generated()


def test_nothing_that_was_published_breaks() -> None:
    assert broken_by_now(DOCS) == []


@every_event
def test_a_public_event_has_no_person(event: type[EventData]) -> None:
    if is_public(event):
        text = json.dumps(data_schema(event))
        assert not {"author_ids", "reviewer_id", "submitted_by", "person_id", "email"} & set(text.split('"'))


def _changed(change: str) -> dict[str, Any]:
    schema = copy.deepcopy(data_schema(SubmissionSubmitted))
    match change:
        case "removed":
            del schema["properties"]["kind"]
        case "retyped":
            schema["properties"]["version"]["type"] = "string"
        case "required":
            schema["properties"]["more"] = {"type": "string"}
            schema["required"].append("more")
        case "nested":
            schema["$defs"]["Attachment"]["properties"]["bytes"]["type"] = "string"
        case "optional":
            schema["required"].remove("title")
        case "added":
            schema["properties"]["more"] = {"type": "string", "default": ""}
    return schema


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("removed", "/kind: was removed"),
        ("retyped", "/version: type was 'integer' and is 'string'"),
        ("required", "/more: is required now"),
        ("nested", "/attachments/items/bytes: type was 'integer' and is 'string'"),
        ("optional", "/title: may be missing now"),
    ],
)
def test_the_check_sees_a_breaking_change(change: str, words: str) -> None:
    assert words in breaking_changes(data_schema(SubmissionSubmitted), _changed(change))


def test_the_check_lets_a_field_with_a_default_be_added() -> None:
    assert breaking_changes(data_schema(SubmissionSubmitted), _changed("added")) == []
