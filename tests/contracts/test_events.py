"""The events' contract: old samples are understood, schemas are what was published, and nothing breaks in a version."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.events.base import EventData
from shared.events.catalogue import broken_by_now, generated
from shared.events.envelope import decode, parse_envelope
from shared.events.registry import EVENTS, PUBLIC, is_public
from shared.events.schemas import data_schema, envelope_schema, sample

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "events"

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
    assert thing in {"submission", "review", "practice", "joint_action", "alert", "webhook", "publication", "person"}
    assert version == "v1"
    # What becomes of a joint action is heard with the practices: who may hear them is let in by that family.
    family = "practices" if thing == "joint_action" else f"{thing}s"
    assert event.subject == f"{family}.{happened}"


def test_the_catalogue_is_up_to_date() -> None:
    assert {name: (DOCS / name).read_text("utf-8") for name in generated()} == generated()


def test_the_command_says_the_same_whatever_the_environment() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "4242", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-m", "shared.events", "check"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        text = page.read_text("utf-8")
        titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        # As GitHub makes them: without the signs, spaces as dashes.
        headings = {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}
        for link in re.findall(r"\]\(([^)]+)\)", text):
            path, _, anchor = link.partition("#")
            if not path:
                assert anchor in headings, f"{page.name}: {link}"
            elif not path.startswith("https://"):
                assert (DOCS / path).exists(), f"{page.name}: {link}"


def test_nothing_that_was_published_breaks() -> None:
    assert broken_by_now(DOCS) == []


def test_what_is_public_is_one_family_and_all_of_it() -> None:
    families = {event.family() for event in PUBLIC}
    assert len(families) == 1
    assert tuple(event for event in EVENTS if event.family() in families) == PUBLIC
    assert all(is_public(event) == (event in PUBLIC) for event in EVENTS)


MAILS = {f"mails_{state}" for state in ("waiting", "sent", "failed", "uncertain")}


def test_what_is_said_for_receipts_has_no_field_for_a_person() -> None:
    events = [event for event in EVENTS if event.family() == "publications"]
    assert events
    for event in events:
        fields = {name for part in _objects(data_schema(event)) for name in part["properties"]}
        assert (
            fields
            <= {"publications", "practice_id", "version", "indexed_at", "as_of", "inbox_entries", "organisations"}
            | MAILS
        )


def _objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in (schema, *schema.get("$defs", {}).values()) if "properties" in part]


@pytest.mark.parametrize("event", PUBLIC, ids=lambda event: event.__name__)
def test_a_public_event_has_no_field_for_a_person_who_is_not_named_on_the_page(event: type[EventData]) -> None:
    schema = data_schema(event)
    words = set(json.dumps(schema).split('"'))
    assert not {"author_ids", "reviewer_id", "submitted_by", "person_id", "interests", "consent"} & words
    with_address = [name for name, part in schema.get("$defs", {}).items() if "email" in part.get("properties", {})]
    assert with_address in ([], ["Contact"])
    assert "email" not in schema["properties"]
