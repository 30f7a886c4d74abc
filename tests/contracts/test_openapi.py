"""The HTTP contracts: what is committed is what the code does, and a change that breaks clients is seen."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.openapi.documents import broken_by_now, documents, text_of
from shared.http.compatibility import METHODS, breaking_changes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "openapi"
SERVICES = ("notifications", "review", "search", "submissions", "syndication")

Json = dict[str, Any]


@cache
def _current() -> dict[str, Json]:
    return documents()


@cache
def _published(service: str) -> str:
    return (DOCS / f"{service}.json").read_text("utf-8")


def test_every_service_is_described() -> None:
    assert sorted(path.stem for path in DOCS.glob("*.json")) == sorted(_current()) == sorted(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_up_to_date(service: str) -> None:
    assert text_of(_current()[service]) == _published(service), "make docs"


def test_nothing_that_was_published_breaks() -> None:
    assert broken_by_now(DOCS, _current()) == []


def test_the_command_says_the_same_whatever_the_environment() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "4242", "PUBLIC_URL": "https://elsewhere.example", "FILE_BYTES": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "services.openapi", "check"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_service_that_is_gone_is_a_break(tmp_path: Path) -> None:
    (tmp_path / "fax.json").write_text('{"paths": {}}')
    assert broken_by_now(tmp_path, _current()) == ["fax: the service was removed"]


# Whatever is taken out of the real documents is missed.


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                yield path, method, operation


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_missed_when_it_goes(service: str) -> None:
    before, after = json.loads(_published(service)), json.loads(_published(service))
    for path, method, operation in _operations(before):
        del after["paths"][path][method]
        assert breaking_changes(before, after) == [f"{method.upper()} {path}: was removed"]
        after["paths"][path][method] = operation


@pytest.mark.parametrize("service", SERVICES)
def test_every_field_of_every_answer_is_missed_when_it_goes(service: str) -> None:
    before, after = json.loads(_published(service)), json.loads(_published(service))
    fields = 0
    for name in _answered(before):
        properties = after["components"]["schemas"][name].get("properties", {})
        for field, schema in list(properties.items()):
            del properties[field]
            assert any(change.endswith(f"/{field}: was removed") for change in breaking_changes(before, after))
            properties[field] = schema
            fields += 1
    assert fields > 10


def _answered(document: Json) -> set[str]:
    """Name the schemas that some good answer holds."""
    found: set[str] = set()
    waiting = [
        response
        for _, _, operation in _operations(document)
        for status, response in operation["responses"].items()
        if status.startswith("2")
    ]
    while waiting:
        for name in set(_references(waiting.pop())) - found:
            found.add(name)
            waiting.append(document["components"]["schemas"][name])
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.rpartition("/")[2]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _references(one)


# A small document, and one planted change each.


def _document() -> Json:
    thing = {
        "type": "object",
        "required": ["id", "title"],
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "state": {"enum": ["draft", "live"], "type": "string"},
            "at": {"type": "string", "format": "date-time"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "inside": {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "texts": {"type": "object", "patternProperties": {"^[a-z]{2}$": {"type": "string"}}},
        },
    }
    order = {
        "type": "object",
        "required": ["title"],
        "additionalProperties": False,
        "properties": {
            "title": {"type": "string", "maxLength": 120},
            "kind": {"enum": ["practice", "lesson"], "type": "string"},
            "size": {"anyOf": [{"type": "number"}, {"type": "string"}]},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        },
    }
    post = {
        "x-roles": ["coordinator", "member"],
        "parameters": [{"in": "query", "name": "lang", "required": False, "schema": {"type": "string"}}],
        "requestBody": {
            "required": False,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
        },
        "responses": {
            "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
            "409": {},
        },
    }
    return {"paths": {"/things": {"post": post}}, "components": {"schemas": {"Thing": thing, "Order": order}}}


def _post(document: Json) -> Json:
    post: Json = document["paths"]["/things"]["post"]
    return post


def _schema(document: Json, name: str) -> Json:
    schema: Json = document["components"]["schemas"][name]
    return schema


def _field(document: Json, name: str, field: str) -> Json:
    properties: Json = _schema(document, name)["properties"]
    found: Json = properties.setdefault(field, {})
    return found


Change = Callable[[Json], Any]

BREAKS: tuple[tuple[Change, str], ...] = (
    (lambda d: d["paths"].clear(), "was removed"),
    (lambda d: d["paths"]["/things"].update(get=d["paths"]["/things"].pop("post")), "was removed"),
    (lambda d: _post(d).update({"x-roles": ["coordinator"]}), "role member may no longer call it"),
    (lambda d: _post(d)["parameters"].clear(), "query.lang: was removed"),
    (lambda d: _post(d)["parameters"][0].update(required=True), "query.lang: is required now"),
    (
        lambda d: _post(d)["parameters"].append({"in": "header", "name": "If-Match", "required": True}),
        "header.If-Match: is required now",
    ),
    (
        lambda d: _post(d)["parameters"][0]["schema"].update(enum=["en"]),
        "query.lang: takes only some values now",
    ),
    (lambda d: _post(d).pop("requestBody"), "body: is no longer taken"),
    (lambda d: _post(d)["requestBody"].update(required=True), "body: is required now"),
    (
        lambda d: _post(d)["requestBody"].update(content={"text/csv": {}}),
        "body: application/json was removed",
    ),
    (lambda d: _schema(d, "Order")["required"].append("kind"), "body/kind: is required now"),
    (lambda d: _schema(d, "Order")["properties"].pop("kind"), "body/kind: was removed"),
    (lambda d: _field(d, "Order", "title").update(maxLength=60), "body/title: maxLength was 120 and is 60"),
    (lambda d: _field(d, "Order", "title").update(minLength=1), "body/title: minLength was none and is 1"),
    (lambda d: _field(d, "Order", "title").update(pattern="^[A-Z]"), "body/title: has another pattern now"),
    (lambda d: _field(d, "Order", "title").update(format="uri"), "body/title: format was none and is uri"),
    (lambda d: _field(d, "Order", "kind")["enum"].remove("lesson"), "body/kind: value 'lesson' is no longer allowed"),
    (lambda d: _field(d, "Order", "size")["anyOf"].pop(), "body/size: string is no longer taken"),
    (lambda d: _field(d, "Order", "size")["anyOf"].__setitem__(0, {"type": "integer"}), "body/size: was integer or"),
    (lambda d: _field(d, "Order", "tags")["items"].update(maxLength=9), "body/tags/*: maxLength was none and is 9"),
    (lambda d: _post(d)["responses"].update({"200": _post(d)["responses"].pop("201")}), "201: is no longer an answer"),
    (lambda d: _post(d)["responses"]["201"]["content"].clear(), "201: application/json was removed"),
    (lambda d: _schema(d, "Thing")["properties"].pop("at"), "201/at: was removed"),
    (lambda d: _schema(d, "Thing")["required"].remove("title"), "201/title: may be missing now"),
    (lambda d: _field(d, "Thing", "id").update(type="integer"), "201/id: was string and is integer"),
    (lambda d: _field(d, "Thing", "id").update(type=["string", "null"]), "201/id: was string and is null or string"),
    (lambda d: _field(d, "Thing", "at").pop("format"), "201/at: format was date-time and is none"),
    (lambda d: _field(d, "Thing", "note")["anyOf"].append({"type": "array"}), "201/note: may be array now"),
    (lambda d: _field(d, "Thing", "tags").update(items={}), "201/tags/*: was string and is anything"),
    (
        lambda d: _field(d, "Thing", "texts")["patternProperties"].clear(),
        "201/texts: fields like ^[a-z]{2}$ were removed",
    ),
    (
        lambda d: _field(d, "Thing", "texts")["patternProperties"].update({"^[a-z]{2}$": {"type": "null"}}),
        "201/texts/*: was string and is null",
    ),
)

FINE: tuple[Change, ...] = (
    lambda d: d["paths"].update({"/more": {"get": {"responses": {}}}}),
    lambda d: _post(d).update({"x-roles": ["coordinator", "member", "reviewer"]}),
    lambda d: _post(d).update({"x-roles": "public"}),
    lambda d: _post(d)["parameters"].append({"in": "query", "name": "sort", "schema": {}}),
    lambda d: _post(d)["responses"].update({"410": {}}),
    lambda d: _post(d)["responses"].pop("409"),
    lambda d: _field(d, "Order", "more").update(type="string"),
    lambda d: _field(d, "Order", "title").update(maxLength=500),
    lambda d: _schema(d, "Order")["required"].clear(),
    lambda d: _schema(d, "Order").pop("additionalProperties"),
    lambda d: _field(d, "Order", "kind")["enum"].append("action"),
    lambda d: _field(d, "Order", "size")["anyOf"].append({"type": "null"}),
    lambda d: _field(d, "Order", "title").update(type=["string", "null"]),
    lambda d: _field(d, "Thing", "more").update(type="string"),
    lambda d: _schema(d, "Thing")["required"].append("at"),
    lambda d: _field(d, "Thing", "state")["enum"].append("stale"),
    lambda d: _field(d, "Thing", "note")["anyOf"].pop(),
    lambda d: _field(d, "Thing", "inside")["anyOf"].reverse(),
    lambda d: _schema(d, "Thing").update(description="Said better."),
)


@pytest.mark.parametrize(("change", "words"), BREAKS, ids=[words for _, words in BREAKS])
def test_a_planted_break_is_caught(change: Change, words: str) -> None:
    after = _document()
    change(after)
    found = breaking_changes(_document(), after)
    assert found
    assert all(line.startswith("POST /things: ") for line in found)
    assert any(line.removeprefix("POST /things: ").startswith(words) for line in found), found


@pytest.mark.parametrize("change", FINE)
def test_a_change_that_breaks_nobody_is_let_through(change: Change) -> None:
    after = _document()
    change(after)
    assert after != _document()
    assert breaking_changes(_document(), after) == []


def test_a_public_operation_stays_public() -> None:
    before = _document()
    _post(before)["x-roles"] = "public"
    assert breaking_changes(before, _document()) == ["POST /things: is no longer public"]


def test_a_closed_request_is_a_break_and_a_field_within_itself_is_seen() -> None:
    before = _document()
    del _schema(before, "Order")["additionalProperties"]
    assert breaking_changes(before, _document()) == ["POST /things: body: other fields are refused now"]
    deep = _document()
    deep["components"]["schemas"]["Inner"] = copy.deepcopy(_schema(deep, "Thing"))
    _field(deep, "Thing", "inside")["anyOf"][0] = {"$ref": "#/components/schemas/Inner"}
    broken = copy.deepcopy(deep)
    del _schema(broken, "Inner")["properties"]["at"]
    assert breaking_changes(deep, deep) == []
    assert breaking_changes(deep, broken) == ["POST /things: 201/inside/at: was removed"]
