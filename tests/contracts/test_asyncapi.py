"""The AsyncAPI document: what AsyncAPI's own parser and its JSON Schema say of it, and that it tells no untruth.

The parser is an npm package. Where node, npm or a registry cannot be had, those tests are skipped and say so.
"""

import copy
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.bus.topology import CATALOGUE, FAMILIES, streams
from shared.events.asyncapi import document
from shared.events.channels import CHANNELS, PRACTICES
from shared.events.registry import PUBLIC, SENT_OUT
from shared.events.schemas import sample
from tests.npm import installed

Json = dict[str, Any]

DOCS = Path(__file__).parents[2] / "docs" / "events"
KIT = Path(__file__).parent / "asyncapi"
ERROR_OR_WARNING = (0, 1)


@pytest.fixture(scope="module")
def tools(request: pytest.FixtureRequest) -> Path:
    """A folder with the parser installed as the lock has it; made once and kept with pytest's cache."""
    return installed(request, KIT, for_="AsyncAPI's parser was not asked")


def _asked(tools: Path, value: Json) -> Json:
    """Return what the parser says of a document, with errors and warnings only."""
    done = subprocess.run(
        ["node", "validate.mjs"], cwd=tools, input=json.dumps(value), capture_output=True, text=True, check=True
    )
    said: Json = json.loads(done.stdout)
    return said | {"diagnostics": [one for one in said["diagnostics"] if one["severity"] in ERROR_OR_WARNING]}


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_the_parser_of_asyncapi_finds_no_fault(tools: Path) -> None:
    said = _asked(tools, json.loads((DOCS / "asyncapi.json").read_text("utf-8")))
    assert said["diagnostics"] == []
    assert said["understood"]
    assert said["channels"] == [channel.address for channel in CHANNELS]
    assert set(said["messages"]) == {event.type for event in SENT_OUT}


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_the_parser_would_find_one(tools: Path) -> None:
    """A type that is none, deep in a schema, and a reference that leads nowhere."""
    wrong = copy.deepcopy(document())
    wrong["components"]["schemas"]["PublicPractice"]["properties"]["version"]["type"] = "whole number"
    said = _asked(tools, wrong)
    assert not said["understood"]
    assert any(one["path"].endswith("properties/version/type") for one in said["diagnostics"])
    lost = copy.deepcopy(document())
    lost["channels"]["practices"]["messages"]["PracticeStale"]["$ref"] = "#/components/messages/Nobody"
    assert "invalid-ref" in {one["code"] for one in _asked(tools, lost)["diagnostics"]}


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_it_fits_the_json_schema_of_asyncapi(tools: Path) -> None:
    path = tools / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"
    validator = jsonschema.Draft7Validator(json.loads(path.read_text("utf-8")))
    assert [error.message for error in validator.iter_errors(document())] == []
    assert not validator.is_valid({word: value for word, value in document().items() if word != "info"})


def test_the_lock_names_no_registry_and_has_every_package_by_its_hash() -> None:
    packages = json.loads((KIT / "package-lock.json").read_text("utf-8"))["packages"]
    own = packages.pop("")
    assert own["dependencies"] == json.loads((KIT / "package.json").read_text("utf-8"))["dependencies"]
    assert "http" not in (KIT / "package-lock.json").read_text("utf-8").replace("http-", "")
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())


@cache
def _schema_of(name: str) -> Any:
    """Return a validator of a message's payload, by the schemas of the document itself."""
    whole = document()
    return jsonschema.Draft7Validator({**whole["components"]["messages"][name]["payload"], **whole})


def test_each_message_fits_its_own_sample_and_no_other() -> None:
    """The parser does not hold examples against their schemas, so this does."""
    for event in SENT_OUT:
        for other in SENT_OUT:
            assert _schema_of(event.__name__).is_valid(sample(other)) == (event is other)


def test_every_reference_leads_somewhere_and_stands_alone() -> None:
    whole = document()

    def visit(value: Any) -> int:
        if isinstance(value, list):
            return sum(map(visit, value))
        if not isinstance(value, dict):
            return 0
        if "$ref" not in value:
            return sum(map(visit, value.values()))
        assert set(value) == {"$ref"}
        found: Any = whole
        for word in value["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        return 1

    assert visit({word: value for word, value in whole.items() if word != "examples"}) > 50


def test_the_channels_are_those_that_events_go_to() -> None:
    parameter = PRACTICES.parameters["happened"]
    assert {(PRACTICES.address or "").format(happened=value) for value in parameter.values} == {
        one.subject for one in PUBLIC
    }
    assert (PRACTICES.address or "").partition(".")[0] in FAMILIES
    (kept,) = (stream for stream in streams() if stream.name == CATALOGUE)
    told = document()["channels"]["catalogue"]
    assert [told["address"].format(practice_id="*")] == kept.subjects
    assert told["x-nats-stream"] == {"name": kept.name, "messages-per-subject": kept.max_msgs_per_subject}
