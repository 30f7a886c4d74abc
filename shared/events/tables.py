"""The fields of a JSON Schema, told as Markdown tables."""

from typing import Any

Schema = dict[str, Any]


def type_of(field: Schema) -> str:
    """Tell in words what a field is."""
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "anyOf" in field:
        return " or ".join(type_of(choice) for choice in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {type_of(field.get('items', {}))}"
    if field.get("type") == "object" and (inner := _inner(field)):
        return f"map to {type_of(inner)}"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "x-vocabulary" in field:
        return f"code of `{field['x-vocabulary']}`"
    return str(field.get("format") or field.get("type") or "anything")


def required_rows(schema: Schema) -> list[str]:
    """One row for each field: its name, its type, whether it is required."""
    required = set(schema.get("required", ()))
    return ["| field | type | required |", "|---|---|---|"] + [
        f"| `{name}` | {type_of(field)} | {'yes' if name in required else 'no'} |"
        for name, field in schema.get("properties", {}).items()
    ]


def meaning_rows(schema: Schema, linked: frozenset[str] = frozenset()) -> list[str]:
    """One row for each field: its name, its type, whether it is always there, what it means.

    A field with a default other than null is always sent. Types named in ``linked`` lead to the heading
    of that name on the same page.
    """
    required = set(schema.get("required", ()))
    return ["| field | type | always | meaning |", "|---|---|---|---|"] + [
        f"| `{name}` | {_linked(type_of(field), linked)} |"
        f" {'yes' if name in required or field.get('default') is not None else ''} |"
        f" {field.get('description', '')} |"
        for name, field in schema.get("properties", {}).items()
    ]


def _inner(field: Schema) -> Schema | None:
    """Return what a map holds, where it says so."""
    more = field.get("additionalProperties")
    if isinstance(more, dict):
        return more
    return next(iter(field.get("patternProperties", {}).values()), None)


def _linked(words: str, linked: frozenset[str]) -> str:
    return " ".join(f"[{word}](#{word.lower()})" if word in linked else word for word in words.split(" "))
