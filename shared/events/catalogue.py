"""The event catalogue for people and programs, generated from the registry: JSON Schemas, AsyncAPI and pages."""

import json
from pathlib import Path
from typing import Any

from shared.bus.topology import DURABLES
from shared.events import asyncapi, public_page
from shared.events.base import EventData
from shared.events.compatibility import breaking_changes
from shared.events.registry import EVENTS, is_public
from shared.events.schemas import data_schema, envelope_schema
from shared.events.tables import required_rows
from shared.events.webhooks import WebhookPinged

ASYNCAPI_FILE = "asyncapi.json"
_VERSIONING = Path(__file__).with_name("versioning.md")

_SAID_BY = {
    "submissions": "submissions",
    "reviews": "review",
    "practices": "submissions",
    "alerts": "search",
    "webhooks": "syndication",
    "publications.indexed": "search",
    "publications.notified": "notifications",
    "publications.submitted": "submissions",
    "persons": "an administrator",
}


def generated() -> dict[str, str]:
    """Return every generated file by its path below ``docs/events``."""
    files = {f"schemas/{event.type}.json": _json(data_schema(event)) for event in EVENTS}
    files["schemas/envelope.json"] = _json(envelope_schema())
    files[ASYNCAPI_FILE] = _json(asyncapi.document())
    files["public.md"] = public_page.page()
    files["versioning.md"] = versioning_page()
    files["README.md"] = _page()
    return files


def versioning_page() -> str:
    """Return the page on what may change, which is written by hand beside the events."""
    return _VERSIONING.read_text("utf-8")


def broken_by_now(folder: Path) -> list[str]:
    """Compare the schemas and channels in ``folder``, as last generated, with the code: what would break whom."""
    found: list[str] = []
    known = {f"{event.type}.json": data_schema(event) for event in EVENTS} | {"envelope.json": envelope_schema()}
    for path in sorted((folder / "schemas").glob("*.json")):
        if path.name not in known:
            found.append(f"{path.stem}: was removed; an event that was published is kept until nobody hears it")
            continue
        changes = breaking_changes(json.loads(path.read_text("utf-8")), known[path.name])
        found += [f"{path.stem} {change}" for change in changes]
    if (channels := folder / ASYNCAPI_FILE).exists():
        found += asyncapi.broken_channels(json.loads(channels.read_text("utf-8")), asyncapi.document())
    return found


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def _hearers(event: type[EventData]) -> str:
    if event is WebhookPinged:
        return "the one endpoint that it is posted to"
    names = [f"`{durable.name}`" for durable in DURABLES if durable.family == event.family()]
    if is_public(event):
        names += ["search (catalogue stream)", "subscribers outside"]
    return ", ".join(names)


def _subject(event: type[EventData]) -> str:
    return "not on the bus" if event is WebhookPinged else f"`{event.subject}`"


def _page() -> str:
    lines = [
        "# Events",
        "",
        "Generated from `shared/events/` by `make docs`; do not edit.",
        "",
        "This page is for who works on the house: every event, also the internal ones. Whoever subscribes from outside",
        "reads [public.md](public.md) ([asyncapi.json](asyncapi.json) for programs), and",
        "[versioning.md](versioning.md).",
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
            f"| [{event.__name__}](#{event.__name__.lower()}) | {_subject(event)} | {public} |"
            f" {_SAID_BY.get(event.family()) or _SAID_BY[event.subject]} | {_hearers(event)} |"
        )
    for event in EVENTS:
        lines += ["", f"## {event.__name__}", "", " ".join((event.__doc__ or "").split()), ""]
        lines += [f"Type `{event.type}`, [schema](schemas/{event.type}.json),"]
        lines += [f"[sample](../../shared/events/samples/{event.type}.json).", ""]
        lines += required_rows(data_schema(event))
    return "\n".join(lines) + "\n"
