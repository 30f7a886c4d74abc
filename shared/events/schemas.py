"""The JSON Schemas and golden samples of events and of their envelope."""

import json
from pathlib import Path
from typing import Any, Final

from shared.events.base import EventData
from shared.events.envelope import SCHEMA_BASE, Envelope, schema_address
from shared.events.public_content import with_content
from shared.events.registry import is_public

SAMPLES: Final = Path(__file__).parent / "samples"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def data_schema(event: type[EventData]) -> dict[str, Any]:
    """Return the JSON Schema of an event's data as it is sent; of a public one with its content described."""
    schema = event.model_json_schema(mode="serialization")
    told = with_content(schema) if is_public(event) else schema
    return {"$schema": DIALECT, "$id": schema_address(event), **told}


def envelope_schema() -> dict[str, Any]:
    """Return the JSON Schema of the envelope."""
    schema = Envelope.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": f"{SCHEMA_BASE}envelope.json", **schema}


def sample(event: type[EventData]) -> dict[str, Any]:
    """Return the golden sample of an event: a whole envelope that must be understood for as long as its version is."""
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{event.type}.json").read_text("utf-8"))
    return loaded
