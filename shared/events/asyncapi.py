"""The public events as an AsyncAPI 3.0 document, made from the registry and the ways out of the house.

It is written from the subscriber's side: ``receive`` is what their program does. Schemas are in the dialect that every
tool for AsyncAPI reads (draft 07): definitions become components, and a reference stands alone.
"""

from collections.abc import Iterator
from typing import Any, Final

from shared.events.base import TYPE_PREFIX, EventData
from shared.events.channels import CHANNELS, SERVERS, Channel, Server
from shared.events.envelope import CONTENT_TYPE, SCHEMA_BASE
from shared.events.registry import SENT_OUT, is_public
from shared.events.schemas import data_schema, envelope_schema, sample

ASYNCAPI: Final = "3.0.0"
# Of the whole contract: the second number grows with what is added, the third with what is said better. A new form of
# an event is no reason for the first: it is a new type beside the old one (docs/events/versioning.md).
VERSION: Final = "1.5.0"
HOME: Final = "https://practice-exchange.eu/"

Document = dict[str, Any]

_DESCRIPTION: Final = f"""What becomes public in Practice Exchange: practices, lessons learned and proposals for joint
actions that were reviewed and published, revised, confirmed, gone stale, agreed or taken down.

Every event is a CloudEvents 1.0 envelope in structured JSON (`{CONTENT_TYPE}`), the same bytes on every channel.
Know events by their `id`, since one may come twice; those of one `partitionkey` come in the order of
`aggregateversion`. Ignore fields and types that you do not know. They hold nothing of a person beyond what the public
page of the practice shows.

The operations are those of your program: it receives."""


def document() -> Document:
    """Return the document; the same on every machine."""
    return {
        "asyncapi": ASYNCAPI,
        "id": f"{HOME}events",
        "info": _info(),
        "defaultContentType": CONTENT_TYPE,
        "servers": {server.name: _server(server) for server in SERVERS},
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {_operation_name(channel): _operation(channel) for channel in CHANNELS},
        "components": {
            "messages": {event.__name__: _message(event) for event in SENT_OUT},
            "schemas": _schemas(),
            "securitySchemes": {
                "userPassword": {"type": "userPassword", "description": "A user of the server and their password."},
                "nkey": {
                    "type": "asymmetricEncryption",
                    "description": "An nkey of NATS (Ed25519): the client signs what the server sends it.",
                },
            },
            "tags": {name: {"name": name, "description": words} for name, words in _TAGS.items()},
        },
    }


def broken_channels(old: Document, new: Document) -> list[str]:
    """List the servers, channels, addresses, messages, parameters and headers that ``old`` has and ``new`` has not."""
    gone_servers = sorted(old["servers"].keys() - new["servers"].keys())
    found = [f"server {name}: was removed" for name in gone_servers]
    for name, operation in old["operations"].items():
        left = _query(new["operations"].get(name, {})).keys()
        found += [f"operation {name}: parameter {one} was removed" for one in _query(operation) if one not in left]
    for name, message in old["components"]["messages"].items():
        now = new["components"]["messages"].get(name, message)
        lost = message["headers"]["properties"].keys() - now["headers"]["properties"].keys()
        found += [f"message {name}: header {one} was removed" for one in sorted(lost)]
    for name, channel in old["channels"].items():
        now = new["channels"].get(name)
        if now is None:
            found.append(f"channel {name}: was removed")
            continue
        if now["address"] != channel["address"]:
            found.append(f"channel {name}: address was {channel['address']} and is {now['address']}")
        gone = (message for message in channel["messages"] if message not in now["messages"])
        found += [f"channel {name}: {message} was removed" for message in gone]
    return found


def _query(operation: Document) -> Document:
    binding = operation.get("bindings", {}).get("http", {})
    return binding.get("query", {}).get("properties", {})  # type: ignore[no-any-return]  # of our own document


_TAGS: Final = {
    "practices": "What becomes of published practices",
    "http": "Read over HTTP",
    "receiver": "Posted to the subscriber",
    "nats": "Heard on NATS",
    "partners": "Heard on NATS by partners",
}


def _info() -> Document:
    return {
        "title": "Practice Exchange: public events",
        "version": VERSION,
        "description": _DESCRIPTION,
        "contact": {"name": "Practice Exchange", "url": HOME},
        "license": {"name": "EUPL-1.2", "url": "https://spdx.org/licenses/EUPL-1.2.html"},
        "tags": [_tag("practices")],
        "externalDocs": {"description": "CloudEvents 1.0", "url": "https://github.com/cloudevents/spec"},
    }


def _server(server: Server) -> Document:
    return {
        "host": server.host,
        "protocol": server.protocol,
        "title": server.title,
        "description": server.description,
        "variables": {
            name: {"default": default, "description": words} for name, (default, words) in server.variables.items()
        },
        **({"security": [{"$ref": f"#/components/securitySchemes/{server.security}"}]} if server.security else {}),
        "tags": [_tag(server.name)],
    }


def _channel(channel: Channel) -> Document:
    return {
        "address": channel.address,
        "title": channel.title,
        "summary": channel.summary,
        "description": channel.description,
        "servers": [{"$ref": f"#/servers/{channel.server.name}"}],
        "parameters": {
            name: {"description": parameter.description} | ({"enum": [*parameter.values]} if parameter.values else {})
            for name, parameter in channel.parameters.items()
        },
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in channel.events},
        "tags": [_tag(channel.server.name)],
        **channel.extensions,
    }


def _operation_name(channel: Channel) -> str:
    return f"receive{channel.name.capitalize()}"


def _operation(channel: Channel) -> Document:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "title": channel.title,
        "summary": channel.summary,
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{event.__name__}"} for event in channel.events],
        "tags": [_tag("practices"), _tag(channel.server.name)],
        **({"bindings": {"http": _http_binding(channel)}} if channel.method else {}),
    }


def _http_binding(channel: Channel) -> Document:
    one: Document = {"type": "string"}
    query = {
        name: {"description": words, **({"type": "array", "items": one} if several else one)}
        for name, (words, several) in channel.query.items()
    }
    told = {"query": {"type": "object", "properties": query}} if query else {}
    return {"method": channel.method, **told, "bindingVersion": "0.3.0"}


def _message(event: type[EventData]) -> Document:
    address = f"{SCHEMA_BASE}{event.type}.json"
    told = {
        "type": "object",
        "properties": {
            "type": {"const": event.type},
            "dataschema": {"const": address},
            "data": {"$ref": f"#/components/schemas/{event.__name__}"},
        },
        "required": ["specversion", "type", "datacontenttype", "dataschema", "data"],
    }
    return {
        "name": event.type,
        "title": event.type.removeprefix(TYPE_PREFIX),
        "summary": " ".join((event.__doc__ or "").split()),
        "contentType": CONTENT_TYPE,
        "correlationId": {
            "description": "The id of the first event of the chain",
            "location": "$message.payload#/correlationid",
        },
        "headers": _headers(),
        "payload": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, told]},
        "tags": [_tag("practices" if is_public(event) else "receiver")],
        "externalDocs": {"description": "JSON Schema (2020-12) of its data", "url": address},
        "examples": [{"name": "sample", "summary": "The golden sample of this version", "payload": sample(event)}],
    }


def _headers() -> Document:
    """Describe the headers that a message has on any way; none of them is needed to understand it."""
    names = {name: words for channel in CHANNELS for name, words in channel.headers.items()}
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": words} for name, words in names.items()},
    }


def _schemas() -> dict[str, Document]:
    """Return every schema by name: the envelope, the data of each event, and the parts that they share."""
    found: dict[str, Document] = {}
    for name, schema in _named():
        part = _draft07(schema)
        if found.setdefault(name, part) != part:
            raise ValueError(f"two different schemas are named {name}")
    return found


def _named() -> Iterator[tuple[str, Document]]:
    for name, schema in (
        ("Envelope", envelope_schema()),
        *((event.__name__, data_schema(event)) for event in SENT_OUT),
    ):
        yield name, {word: value for word, value in schema.items() if word not in {"$schema", "$id", "$defs"}}
        yield from schema.get("$defs", {}).items()


def _draft07(value: Any) -> Any:
    """Rewrite references into components; words beside one (ignored in draft 07) go around it."""
    if isinstance(value, list):
        return [_draft07(one) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(reference := value.get("$ref"), str):
        here = {"$ref": reference.replace("#/$defs/", "#/components/schemas/")}
        beside = {word: inner for word, inner in value.items() if word != "$ref"}
        return {"allOf": [here], **beside} if beside else here
    return {word: _draft07(inner) for word, inner in value.items()}


def _tag(name: str) -> Document:
    return {"$ref": f"#/components/tags/{name}"}
