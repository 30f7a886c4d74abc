"""The check that an event does not break whom it reaches: whatever is planted is seen, and nothing else is."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.events import asyncapi, catalogue
from shared.events.base import EventData
from shared.events.catalogue import broken_by_now, generated
from shared.events.compatibility import breaking_changes
from shared.events.registry import EVENTS, PUBLIC
from shared.events.schemas import data_schema

Schema = dict[str, Any]
Change = Callable[[Schema], Any]

every_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)


def _fields(schema: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every field at every depth: the way to the object that has it, and its name."""
    if isinstance(schema, list):
        schema = dict(enumerate(schema))
    if not isinstance(schema, dict):
        return
    for word, inner in schema.items():
        yield from _fields(inner, (*place, word))
        if word == "properties":
            yield from ((place, name) for name in inner)


def _at(schema: Any, place: tuple[Any, ...]) -> Schema:
    for word in place:
        schema = schema[word]
    found: Schema = schema
    return found


@every_event
def test_every_field_at_every_depth_is_missed(event: type[EventData]) -> None:
    before, after = data_schema(event), data_schema(event)
    places = list(_fields(before))
    assert places
    for place, name in places:
        removed = _at(after, place)["properties"].pop(name)
        changes = breaking_changes(before, after)
        assert changes
        assert all(change.endswith(f"/{name}: was removed") for change in changes), (place, name, changes)
        _at(after, place)["properties"][name] = removed


@every_event
def test_every_field_at_every_depth_that_changes_its_type_is_seen(event: type[EventData]) -> None:
    before, after = data_schema(event), data_schema(event)
    for place, name in list(_fields(before)):
        kept = _at(after, place)["properties"][name]
        _at(after, place)["properties"][name] = {"type": "boolean" if kept.get("type") != "boolean" else "integer"}
        assert breaking_changes(before, after), (place, name)
        _at(after, place)["properties"][name] = kept


@every_event
def test_a_newly_required_field_is_seen_in_every_object(event: type[EventData]) -> None:
    before, after = data_schema(event), data_schema(event)
    for place in dict.fromkeys(place for place, _ in _fields(before)):
        part = _at(after, place)
        kept = copy.deepcopy(part)
        part["properties"]["more"] = {"type": "string"}
        part["required"] = [*part.get("required", ()), "more"]
        assert any(change.endswith("/more: is required now") for change in breaking_changes(before, after)), place
        part.clear()
        part.update(kept)


@every_event
def test_nothing_is_seen_where_nothing_changed(event: type[EventData]) -> None:
    assert breaking_changes(data_schema(event), data_schema(event)) == []


def _schema() -> Schema:
    part = {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string"},
            "note": {"type": "string"},
            "at": {"type": "string", "format": "date-time"},
            "state": {"type": "string", "enum": ["live", "stale"]},
            "again": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
        },
    }
    return {
        "$defs": {"Part": part},
        "type": "object",
        "required": ["one"],
        "properties": {
            "one": {"$ref": "#/$defs/Part", "description": "One."},
            "many": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
            "texts": {"type": "object", "patternProperties": {"^[a-z]+$": {"$ref": "#/$defs/Part"}}},
            "titles": {"type": "object", "additionalProperties": {"type": "string"}},
            "open": {"type": "object", "additionalProperties": True},
            "by": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "always": {"const": "1.0", "type": "string"},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
        },
    }


def _part(schema: Schema) -> Schema:
    part: Schema = schema["$defs"]["Part"]
    return part


def _own(schema: Schema, name: str) -> Schema:
    field: Schema = schema["properties"][name]
    return field


BREAKS: tuple[tuple[str, Change, str], ...] = (
    ("removed", lambda s: s["properties"].pop("many"), "/many: was removed"),
    ("required", lambda s: s["required"].append("many"), "/many: is required now"),
    ("optional", lambda s: s["required"].clear(), "/one: may be missing now"),
    ("retyped", lambda s: _own(s, "titles").update(type="string"), "/titles: type was 'object' and is 'string'"),
    ("nested-removed", lambda s: _part(s)["properties"].pop("note"), "/one/note: was removed"),
    ("in-a-list", lambda s: _part(s)["properties"].pop("note"), "/many/items/note: was removed"),
    ("in-a-map", lambda s: _part(s)["properties"].pop("note"), "/texts/^[a-z]+$/note: was removed"),
    ("nested-required", lambda s: _part(s)["required"].append("note"), "/many/items/note: is required now"),
    ("nested-optional", lambda s: _part(s)["required"].clear(), "/one/id: may be missing now"),
    ("nested-retyped", lambda s: _part(s)["properties"]["id"].update(type="integer"), "/one/id: type was 'string'"),
    ("narrowed", lambda s: _part(s)["properties"]["state"]["enum"].pop(), "/one/state: value 'stale' is no longer"),
    ("closed", lambda s: _part(s)["properties"]["id"].update(enum=["a"]), "/one/id: enum was None and is ['a']"),
    ("format-gone", lambda s: _part(s)["properties"]["at"].pop("format"), "/one/at: format was 'date-time'"),
    ("format-new", lambda s: _part(s)["properties"]["id"].update(format="uuid"), "/one/id: format was None"),
    ("format-other", lambda s: _own(s, "by")["anyOf"][0].update(format="date-time"), "/by: format was 'date'"),
    ("no-null", lambda s: _own(s, "by")["anyOf"].pop(), "/by: had 2 alternatives and has 1"),
    ("null", lambda s: _own(s, "titles").update(anyOf=[{"type": "object"}, {"type": "null"}]), "/titles: had 1"),
    ("constant", lambda s: _own(s, "always").update(const="2.0"), "/always: const was '1.0' and is '2.0'"),
    (
        "map",
        lambda s: _own(s, "titles").update(additionalProperties={"type": "integer"}),
        "/titles/additionalProperties: type was 'string'",
    ),
    (
        "shut",
        lambda s: _own(s, "open").update(additionalProperties=False),
        "/open/additionalProperties: was anything and is nothing",
    ),
    ("map-gone", lambda s: _own(s, "texts").pop("patternProperties"), "/texts/^[a-z]+$: was removed"),
    ("list-of-what", lambda s: _own(s, "many").pop("items"), "/many/items: was limited and is anything"),
    ("place", lambda s: _own(s, "pair")["prefixItems"].pop(), "/pair: had 2 places and has 1"),
    ("in-a-place", lambda s: _own(s, "pair")["prefixItems"][1].update(type="string"), "/pair/1: type was 'integer'"),
)

FINE: tuple[tuple[str, Change], ...] = (
    ("added", lambda s: s["properties"].update(more={"type": "string", "default": ""})),
    ("nested-added", lambda s: _part(s)["properties"].update(more={"type": "string"})),
    ("another-code", lambda s: _part(s)["properties"]["state"]["enum"].append("archived")),
    ("any-code", lambda s: _part(s)["properties"]["state"].pop("enum")),
    ("said-better", lambda s: _own(s, "one").update(description="The one.", title="One")),
    ("longer", lambda s: _part(s)["properties"]["note"].update(maxLength=10)),
    ("said-to-be-open", lambda s: s.update(additionalProperties=True)),
)


@pytest.mark.parametrize(("change", "words"), [case[1:] for case in BREAKS], ids=[case[0] for case in BREAKS])
def test_a_planted_break_is_caught(change: Change, words: str) -> None:
    after = _schema()
    change(after)
    found = breaking_changes(_schema(), after)
    assert any(line.startswith(words) for line in found), found


@pytest.mark.parametrize("change", [change for _, change in FINE], ids=[name for name, _ in FINE])
def test_a_change_that_breaks_nobody_is_let_through(change: Change) -> None:
    after = _schema()
    change(after)
    assert after != _schema()
    assert breaking_changes(_schema(), after) == []


# What is committed is held against the code.


def _written(folder: Path) -> Path:
    for name, text in generated().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_an_event_that_is_gone_is_a_break(tmp_path: Path) -> None:
    written = _written(tmp_path)
    assert broken_by_now(written) == []
    (written / "schemas" / "eu.practice-exchange.practice.lost.v1.json").write_text("{}")
    (broken,) = broken_by_now(written)
    assert broken.startswith("eu.practice-exchange.practice.lost.v1: was removed")


def test_a_field_of_the_record_that_leaves_the_public_content_is_a_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = _written(tmp_path)

    def without_green(event: type[EventData]) -> Schema:
        schema = data_schema(event)
        if "PublicContent" in schema.get("$defs", {}):
            del schema["$defs"]["PublicContent"]["properties"]["green"]
        return schema

    monkeypatch.setattr(catalogue, "data_schema", without_green)
    assert broken_by_now(written) == [
        f"{event.type} /practice/content/green: was removed"
        for event in sorted(PUBLIC, key=lambda event: event.type)
        if "practice" in event.model_fields
    ]


def test_a_channel_that_loses_a_message_moves_or_goes_is_a_break() -> None:
    old, new = asyncapi.document(), json.loads(json.dumps(asyncapi.document()))
    assert asyncapi.broken_channels(old, new) == []
    del new["channels"]["practices"]["messages"]["PracticeStale"]
    new["channels"]["practices"]["address"] = "public.{happened}"
    del new["channels"]["catalogue"]
    del new["servers"]["receiver"]
    del new["operations"]["receiveStream"]["bindings"]["http"]["query"]["properties"]["theme"]
    del new["components"]["messages"]["PracticeStale"]["headers"]["properties"]["webhook-id"]
    assert asyncapi.broken_channels(old, new) == [
        "server receiver: was removed",
        "operation receiveStream: parameter theme was removed",
        "message PracticeStale: header webhook-id was removed",
        "channel practices: address was practices.{happened} and is public.{happened}",
        "channel practices: PracticeStale was removed",
        "channel catalogue: was removed",
    ]
