"""A content whose every field holds something that can be found again: its own place."""

from collections.abc import Iterator
from typing import Any

from shared.contribution import Content

Json = dict[str, Any]


def mark(*place: str) -> str:
    """Return the text that stands for a place; fit for a name, a mail address, a host."""
    return "-".join(("mark", *place, "end")).replace("_", "-").lower()


def marked_content(**changes: Any) -> Json:
    """Return a document with every field of the record filled, as the record's own schema lists them."""
    schema = Content.model_json_schema()
    document: Json = _filled(schema, schema["$defs"], ())
    return document | {"kind": "practice"} | changes


def marks_in(document: Any) -> Iterator[str]:
    """Yield every mark in a document."""
    if isinstance(document, dict | list):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from marks_in(inner)
    elif isinstance(document, str) and "mark-" in document:
        yield document[document.index("mark-") : document.rindex("-end") + len("-end")]


def _filled(schema: Json, parts: Json, place: tuple[str, ...]) -> Any:
    if "$ref" in schema:
        return _filled(parts[schema["$ref"].rpartition("/")[2]], parts, place)
    if "anyOf" in schema:
        choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
        return _filled(next((one for one in choices if one.get("type") == "string"), choices[0]), parts, place)
    match schema.get("type"):
        case "object" if "properties" in schema:
            return {name: _filled(field, parts, (*place, name)) for name, field in schema["properties"].items()}
        case "object":
            (text,) = schema["patternProperties"].values()
            return {"en": _filled(text, parts, place)}
        case "array":
            return [_filled(schema["items"], parts, place)]
        case "boolean":
            return True
        case "integer":
            return schema["minimum"]
        case _:
            return _text(schema, place)


def _text(schema: Json, place: tuple[str, ...]) -> str:
    for given in ("enum", "examples"):
        if given in schema:
            return str(schema[given][0])
    written = {
        "date": "2025-09-01",
        "uri": f"https://{mark(*place)}.example.org/",
        "email": f"{mark(*place)}@example.org",
    }
    return written.get(schema.get("format", ""), mark(*place))
