"""What ``content`` holds in a public event: the record's own schema, without what never leaves the house.

It is the form of what ``shared.contribution.public_content`` returns, as who reads it needs it: absent fields are left
out, so none is ever null; codes are named by their vocabulary and not listed, because a vocabulary grows without a new
version of the events; every object may have fields that are not named here.
"""

from typing import Any, Final

from shared.contribution import Content

Schema = dict[str, Any]

NAME: Final = "PublicContent"

_MAPS: Final = ("properties", "patternProperties", "$defs")
_DESCRIPTIONS: Final = {
    "Author": "A person who wrote it.",
    "Contact": "Whom to ask; there only where its visibility is `public`.",
    "Declarations": "Who paid for it.",
}


def with_content(schema: Schema) -> Schema:
    """Return the schema of an event's data with the content of its ``PublicPractice`` described, where it has one."""
    definitions = schema.get("$defs", {})
    if "PublicPractice" not in definitions:
        return schema
    practice = definitions["PublicPractice"]
    content = {"$ref": f"#/$defs/{NAME}", "description": practice["properties"]["content"]["description"]}
    described = practice | {"properties": practice["properties"] | {"content": content}}
    more, own = _public_parts()
    return schema | {"$defs": definitions | {"PublicPractice": described, NAME: own} | more}


def _public_parts() -> tuple[dict[str, Schema], Schema]:
    """Return the parts of a content by name, and the content itself."""
    own = _plain(Content.model_json_schema(mode="serialization"))
    parts: dict[str, Schema] = own.pop("$defs")
    del parts["Author"]["properties"]["person_id"]
    parts["Declarations"]["properties"] = {"funding": parts["Declarations"]["properties"]["funding"]}
    parts["Contact"]["properties"]["visibility"] |= {"const": "public"}
    for name, words in _DESCRIPTIONS.items():
        parts[name]["description"] = words
    return parts, own | {
        "title": NAME,
        "description": "What a published contribution says.",
        "additionalProperties": True,
    }


def _plain(schema: Schema) -> Schema:
    """Return a schema as readers need it: no null where absent fields are left out, no patterns, no lists of codes."""
    if "anyOf" in schema:
        choices = [_plain(choice) for choice in schema["anyOf"] if choice.get("type") != "null"]
        told = {word: schema[word] for word in ("description",) if word in schema}
        return {**(choices[0] if len(choices) == 1 else {"anyOf": choices}), **told}
    kept: Schema = {}
    for word, value in schema.items():
        if word in _MAPS:
            kept[word] = {name: _plain(inner) for name, inner in value.items()}
        elif word in ("items", "propertyNames"):
            kept[word] = _plain(value)
        elif _is_told(word, schema):
            kept[word] = value
    return kept


def _is_told(word: str, schema: Schema) -> bool:
    if word == "title":
        return "properties" in schema
    if word == "enum":
        return "x-vocabulary" not in schema
    return word not in {"default", "pattern", "additionalProperties"}
