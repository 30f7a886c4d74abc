"""The page that a partner's developer reads: how to hear the public events, and what each one tells."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.events.base import TYPE_PREFIX, EventData
from shared.events.channels import CHANNELS, SERVERS, Channel
from shared.events.registry import SENT_OUT
from shared.events.schemas import data_schema, envelope_schema, sample
from shared.events.snippets import PROGRAMS
from shared.events.tables import meaning_rows

_INTRODUCTION: Final = """# Public events

<!-- Generated from `shared/events/` by `make docs`; do not edit. -->

What becomes public here, another system can hear of: practices, lessons learned and proposals for joint actions that
were published, revised, confirmed, gone stale, agreed or taken down. This page is for who writes that system;
[asyncapi.json](asyncapi.json) says the same to programs (AsyncAPI 3.0), [versioning.md](versioning.md) what may change.

Every event is a [CloudEvents 1.0](https://github.com/cloudevents/spec) envelope in structured JSON
(`application/cloudevents+json`), the same bytes on every channel. Four rules make a reader that lasts:

1. **Know events by `id`.** The same event may come twice; do what it asks once.
2. **Ignore what you do not know**: fields, codes, and whole types of events.
3. **Go by `aggregateversion`** where order matters: of two events with the same `partitionkey` the higher one is newer.
4. **Take the practice as it stands in the event.** Each one carries all of it, so that nothing has to be asked, and a
   later one replaces all of an earlier one.

`dataschema` is the name of a schema and stays the same everywhere; where this page links to schemas, they are served.

The files of a practice are in `attachments`; each is at the practice's `address` with `/files/` and its `id`.

Nothing in them tells of a person what the public page of the practice does not show: the names its authors gave, and a
contact only where they made it public.
"""

_WAYS: Final = """| you want | take |
|---|---|
| a call when something happens | [webhooks](#your-own-server) |
| to follow from a program or a web page, without a server of your own | [the stream](#the-stream-events) |
| a copy of everything that is kept up to date | [the catalogue](#the-stream-events), then the stream |
| a queue that is yours, with acknowledgements | [a place in the public stream](#nats-for-partners) |
| to try events on the bus itself | [NATS](#nats) |
| a feed, records for a library, a file | [feeds and exports](../../services/syndication/docs/harvesting.md) |

Programs that are longer than those below, and survive restarts, are in
[examples](../../services/syndication/docs/examples.md). What begins with `make` or `.venv/bin/python` is for the folder
of the source in which the demo runs.
"""


def page(hosts: Mapping[str, str] | None = None) -> str:
    """Return the page; ``hosts`` are host and port of servers by name, where they are known.

    Without them it is the same on every machine.
    """
    parts = _parts()
    linked = frozenset(parts)
    lines = [_INTRODUCTION, "## How to subscribe", ""]
    lines += [_WAYS]
    for server in SERVERS:
        host = (hosts or {}).get(server.name)
        lines += [f"## {server.title}", "", f"At `{host or server.host}`: {server.description}", ""]
        if host is None:
            lines += [f"- `{{{name}}}`: {words} (`{default}`)." for name, (default, words) in server.variables.items()]
        lines += ["", server.try_it]
        lines += [line for channel in CHANNELS if channel.server is server for line in _channel(channel)]
    lines += ["## The envelope", "", "`data` is told below, for each event.", ""]
    lines += [*meaning_rows(envelope_schema()), "", "## The events", ""]
    lines += ["| type | when |", "|---|---|"]
    lines += [f"| [`{event.type}`](#{event.__name__.lower()}) | {_when(event)} |" for event in SENT_OUT]
    for event in SENT_OUT:
        lines += ["", *_event(event, linked)]
    lines += [
        "",
        "## The parts",
        "",
        "What the fields above are made of. Codes are those of [the record](../record.md#code-lists).",
    ]
    for name, schema in parts.items():
        lines += ["", f"### {name}", "", *([schema["description"], ""] if "description" in schema else [])]
        lines += meaning_rows(schema, linked)
    return "\n".join(lines) + "\n"


def _channel(channel: Channel) -> Iterator[str]:
    yield from (f"### {channel.title}" + (f": `{channel.address}`" if channel.address else ""), "")
    yield from (channel.summary, "", channel.description, "")
    for name, parameter in channel.parameters.items():
        values = f": {', '.join(f'`{value}`' for value in parameter.values)}" if parameter.values else ""
        yield f"- `{{{name}}}`: {parameter.description}{values}."
    if channel.headers:
        yield "- Headers: " + "; ".join(f"`{name}`: {words}" for name, words in channel.headers.items()) + "."
    yield ""
    if channel.query:
        yield from ("| parameter | means | several times |", "|---|---|---|")
        yield from (
            f"| `{name}` | {words} | {'yes' if many else ''} |" for name, (words, many) in channel.query.items()
        )
        yield ""
    for language, program in PROGRAMS[channel.name].items():
        yield from (f"```{language}", program.rstrip("\n"), "```", "")


def _event(event: type[EventData], linked: frozenset[str]) -> Iterator[str]:
    yield from (f"### {event.__name__}", "", _when(event), "")
    yield f"Type `{event.type}`; `data` by its [JSON Schema](schemas/{event.type}.json):"
    yield from ("", *meaning_rows(data_schema(event), linked), "")
    yield from ("<details><summary>A sample</summary>", "", "```json")
    yield from (json.dumps(sample(event), indent=2, ensure_ascii=False), "```", "", "</details>")


def _when(event: type[EventData]) -> str:
    return " ".join((event.__doc__ or event.type.removeprefix(TYPE_PREFIX)).split())


def _parts() -> dict[str, dict[str, Any]]:
    """Return what events are made of, the practice first, then its content, then the rest by name."""
    found: dict[str, dict[str, Any]] = {}
    for event in SENT_OUT:
        found |= data_schema(event).get("$defs", {})
    first = ["PublicPractice", "PublicContent"]
    return {name: found[name] for name in (*first, *sorted(found.keys() - set(first)))}
