"""The event catalogue for people and programs, generated from the registry: JSON Schemas and one page."""

import json
from pathlib import Path
from typing import Any

from shared.bus.topology import DURABLES
from shared.events.base import EventData
from shared.events.compatibility import breaking_changes
from shared.events.envelope import SCHEMA_BASE, Envelope, schema_address
from shared.events.registry import EVENTS, is_public

SAMPLES = Path(__file__).parent / "samples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SAID_BY = {"submissions": "submissions", "reviews": "review", "practices": "submissions"}


def data_schema(event: type[EventData]) -> dict[str, Any]:
    """Return the JSON Schema of an event's data as it is sent."""
    schema = event.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": schema_address(event), **schema}


def envelope_schema() -> dict[str, Any]:
    """Return the JSON Schema of the envelope."""
    schema = Envelope.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": f"{SCHEMA_BASE}envelope.json", **schema}


def sample(event: type[EventData]) -> dict[str, Any]:
    """Return the golden sample of an event: a whole envelope that must be understood for as long as its version is."""
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{event.type}.json").read_text("utf-8"))
    return loaded


def generated() -> dict[str, str]:
    """Return every generated file by its path below ``docs/events``."""
    files = {f"schemas/{event.type}.json": _json(data_schema(event)) for event in EVENTS}
    files["schemas/envelope.json"] = _json(envelope_schema())
    files["README.md"] = _page()
    return files


def broken_by_now(folder: Path) -> list[str]:
    """Compare the schemas in ``folder``, as last generated, with the code: what would break whom."""
    found: list[str] = []
    known = {f"{event.type}.json": data_schema(event) for event in EVENTS} | {"envelope.json": envelope_schema()}
    for path in sorted((folder / "schemas").glob("*.json")):
        if path.name not in known:
            found.append(f"{path.stem}: was removed; an event that was published is kept until nobody hears it")
            continue
        changes = breaking_changes(json.loads(path.read_text("utf-8")), known[path.name])
        found += [f"{path.stem} {change}" for change in changes]
    return found


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def _hearers(event: type[EventData]) -> str:
    names = [f"`{durable.name}`" for durable in DURABLES if durable.family == event.family()]
    if is_public(event):
        names += ["search (catalogue stream)", "subscribers outside"]
    return ", ".join(names)


def _page() -> str:
    lines = [
        "# Events",
        "",
        "Generated from `shared/events/` by `make docs`; do not edit.",
        "",
        "Every event is a [CloudEvents 1.0](https://github.com/cloudevents/spec) envelope in structured JSON",
        "(`application/cloudevents+json`), the same bytes on NATS, in webhooks and in the archive. The envelope's",
        "schema is [`schemas/envelope.json`](schemas/envelope.json). Extension attributes: `partitionkey` names the",
        "aggregate, `aggregateversion` counts its events from 1 without a gap, `correlationid` and `causationid`",
        "tell the chain, `traceparent` the trace.",
        "",
        "Within a version (`.v1`) fields may be added with a default; nothing is removed, retyped or newly required.",
        "The check of this page fails on such a change: make a `.v2` beside the old one.",
        "",
        "| event | subject | public | said by | heard by |",
        "|---|---|---|---|---|",
    ]
    for event in EVENTS:
        public = "yes" if is_public(event) else "no"
        lines.append(
            f"| [{event.__name__}](#{event.__name__.lower()}) | `{event.subject}` | {public} |"
            f" {_SAID_BY[event.family()]} | {_hearers(event)} |"
        )
    for event in EVENTS:
        lines += ["", f"## {event.__name__}", "", " ".join((event.__doc__ or "").split()), ""]
        lines += [f"Type `{event.type}`, [schema](schemas/{event.type}.json),"]
        lines += [f"[sample](../../shared/events/samples/{event.type}.json).", ""]
        lines += ["| field | type | required |", "|---|---|---|"]
        schema = data_schema(event)
        required = set(schema.get("required", ()))
        for name, field in schema.get("properties", {}).items():
            lines.append(f"| `{name}` | {_type(field)} | {'yes' if name in required else 'no'} |")
    return "\n".join(lines) + "\n"


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "anyOf" in field:
        return " or ".join(_type(choice) for choice in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    if field.get("type") == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map to {_type(field['additionalProperties'])}"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    return str(field.get("format") or field.get("type") or "anything")
