"""Two versions of one JSON Schema (2020-12) inside OpenAPI documents: what breaks a client, by direction.

What clients send must still be accepted (nothing removed, narrowed or newly required); what they read must still be
sent (nothing removed, retyped or perhaps missing).
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

Schema = dict[str, Any]

# What an upper bound was may only grow in a request, what a lower bound was only shrink.
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


class Direction(Enum):
    """Who sends it: ``REQUEST`` the client, ``RESPONSE`` the service."""

    REQUEST = "request"
    RESPONSE = "response"


class Comparison:
    """Compares schemas of two documents, each with its own components."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any], direction: Direction) -> None:
        self._old = old
        self._new = new
        self._is_request = direction is Direction.REQUEST
        self._under_way: set[tuple[str, str]] = set()
        self._fine: set[tuple[str, str]] = set()

    def changes(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        """Yield what breaks, each as ``<place>/<field>: <what>``."""
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if not all(pair):
            yield from self._compare(_resolved(old, self._old), _resolved(new, self._new), place)
            return
        if pair in self._under_way or pair in self._fine:
            return  # a schema within itself is being compared further out
        self._under_way.add(pair)
        found = list(self._compare(_resolved(old, self._old), _resolved(new, self._new), place))
        self._under_way.discard(pair)
        if not found:
            self._fine.add(pair)
        yield from found

    def _compare(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if _has_choice(old) or _has_choice(new):
            yield from self._choices(_choices(old, self._old), _choices(new, self._new), place)
            return
        if (lost := self._lost_types(old, new)) is not None:
            yield f"{place}: {lost}"
            return
        yield from self._values(old, new, place)
        yield from self._bounds(old, new, place)
        yield from self._fields(old, new, place)
        yield from self._parts(old, new, place)

    def _parts(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        for keyword in ("items", "additionalProperties", "propertyNames"):
            before, after = _opened(old.get(keyword)), _opened(new.get(keyword))
            if (before or after) and before is not None and after is not None:
                yield from self.changes(before, after, f"{place}/*")
        for number, pair in enumerate(zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)):
            yield from self.changes(*pair, f"{place}/{number}")
        for pattern, before in old.get("patternProperties", {}).items():
            after = new.get("patternProperties", {}).get(pattern)
            if after is None:
                yield f"{place}: fields like {pattern} were removed"
            else:
                yield from self.changes(before, after, f"{place}/*")
        closed = new.get("additionalProperties") is False and old.get("additionalProperties") is not False
        if self._is_request and closed:
            yield f"{place}: other fields are refused now"

    def _lost_types(self, old: Schema, new: Schema) -> str | None:
        """Say which type is no longer taken, or may come now; None when the types agree."""
        before, after = _types(old), _types(new)
        lost = before - after if self._is_request else after - before
        if not lost:
            return None
        was = " or ".join(sorted(before)) if before != _TYPES else "anything"
        now = " or ".join(sorted(after)) if after != _TYPES else "anything"
        return f"was {was} and is {now}"

    def _values(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        before, after = _listed(old), _listed(new)
        if self._is_request and after is not None:
            if before is None:
                yield f"{place}: takes only some values now"
            for value in before or ():
                if value not in after:
                    yield f"{place}: value {value!r} is no longer allowed"
        formats = old.get("format"), new.get("format")
        changed = formats[0] != formats[1]
        if changed and (formats[1] if self._is_request else formats[0]):
            yield f"{place}: format was {formats[0] or 'none'} and is {formats[1] or 'none'}"

    def _bounds(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if not self._is_request:
            return
        for keyword in (*_UPPER, *_LOWER):
            before, after = old.get(keyword), new.get(keyword)
            if after is None or before == after:
                continue
            if before is None or (after < before) == (keyword in _UPPER):
                yield f"{place}: {keyword} was {'none' if before is None else before} and is {after}"
        if new.get("pattern") not in (None, old.get("pattern")):
            yield f"{place}: has another pattern now"

    def _fields(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, field in before.items():
            if name not in after:
                yield f"{place}/{name}: was removed"
            else:
                yield from self.changes(field, after[name], f"{place}/{name}")
        was, now = set(old.get("required", ())), set(new.get("required", ()))
        if self._is_request:
            for name in sorted(now - was):
                yield f"{place}/{name}: is required now"
        else:
            for name in sorted((was - now) & set(after)):
                yield f"{place}/{name}: may be missing now"

    def _choices(self, old: list[Schema], new: list[Schema], place: str) -> Iterator[str]:
        """Each choice of who sends must suit one of who reads; where one of that type is there, say what differs."""
        pairs = [(one, new) for one in old] if self._is_request else [(one, old) for one in new]
        for one, others in pairs:
            tried = [list(self._pair(one, other, place)) for other in others]
            if all(tried):
                yield from self._told(one, others, tried, place)

    def _pair(self, sent: Schema, read: Schema, place: str) -> Iterator[str]:
        return self.changes(sent, read, place) if self._is_request else self.changes(read, sent, place)

    def _told(self, one: Schema, others: list[Schema], tried: list[list[str]], place: str) -> Iterator[str]:
        senders, readers = (self._old, self._new) if self._is_request else (self._new, self._old)
        types = _types(_resolved(one, senders))
        alike = [found for other, found in zip(others, tried, strict=True) if _types(_resolved(other, readers)) & types]
        if alike:
            yield from min(alike, key=len)
        elif self._is_request:
            yield f"{place}: {' or '.join(sorted(types))} is no longer taken"
        else:
            yield f"{place}: may be {' or '.join(sorted(types))} now"


def _resolved(schema: Schema, document: dict[str, Any]) -> Schema:
    """Follow a reference, and take an ``allOf`` of one for what it holds."""
    while "$ref" in schema or len(schema.get("allOf", ())) == 1:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = schema["allOf"][0]
    return schema


def _has_choice(schema: Schema) -> bool:
    return "anyOf" in schema or "oneOf" in schema


def _choices(schema: Schema, document: dict[str, Any]) -> list[Schema]:
    """Return the choices, those of choices among them laid open; references to others stay what they are."""
    resolved = _resolved(schema, document)
    if not _has_choice(resolved):
        return [schema]
    return [inner for one in resolved.get("anyOf") or resolved["oneOf"] for inner in _choices(one, document)]


def _opened(value: Any) -> Schema | None:
    """Return the schema of what is not named; None where nothing else may be."""
    if value is False:
        return None
    return value if isinstance(value, dict) else {}


def _types(schema: Schema) -> frozenset[str]:
    """Return the JSON types a schema lets in; a number may be an integer."""
    if "const" in schema or "enum" in schema:
        return frozenset(_type_of(value) for value in _listed(schema) or ())
    named = schema.get("type")
    types = frozenset(_TYPES if named is None else [named] if isinstance(named, str) else named)
    return types | {"integer"} if "number" in types else types


def _type_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _listed(schema: Schema) -> list[Any] | None:
    """Return the only values a schema lets in, or None where it has no list."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")
