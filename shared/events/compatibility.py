"""What may change within a version of an event, checked on JSON Schemas (2020-12).

A consumer that was written for the old schema must understand every event of the new one, and the new code must
understand every event of the old one that still lies in a stream. So within a version no field is removed or
retyped, and no field becomes required; the same holds inside lists, maps and parts, however deep. A new value of an
``enum`` is no break, because consumers have to bear codes they do not know; nor are new bounds (lengths, numbers).
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_VALUES = ("type", "format", "enum", "const")
_PARTS = ("items", "additionalProperties", "propertyNames")
_CHOICES = ("anyOf", "oneOf")


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """List what breaks, each as ``<pointer>: <what>``; empty when the change is compatible."""
    return list(dict.fromkeys(_Comparison(old, new).changes(old, new, "")))


class _Comparison:
    """Compares two schemas, each with its own definitions."""

    def __init__(self, old_root: Schema, new_root: Schema) -> None:
        self._old_root = old_root
        self._new_root = new_root
        self._under_way: set[tuple[str, str]] = set()

    def changes(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if pair in self._under_way:
            return  # a schema within itself is being compared further out
        if all(pair):
            self._under_way.add(pair)
        yield from self._compare(_resolved(old, self._old_root), _resolved(new, self._new_root), place)
        self._under_way.discard(pair)

    def _compare(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if any(word in schema for schema in (old, new) for word in _CHOICES):
            yield from self._choices(_choices(old), _choices(new), place)
            return
        yield from _values(old, new, place)
        for keyword in _PARTS:
            yield from self._part(old.get(keyword, True), new.get(keyword, True), f"{place}/{keyword}")
        yield from self._tuples(old.get("prefixItems", []), new.get("prefixItems", []), place)
        yield from self._fields(old, new, place)

    def _part(self, before: Schema | bool, after: Schema | bool, place: str) -> Iterator[str]:
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self.changes(before, after, place)
        elif before != after:
            yield f"{place}: was {_told(before)} and is {_told(after)}"

    def _tuples(self, before: list[Schema], after: list[Schema], place: str) -> Iterator[str]:
        if len(before) != len(after):
            yield f"{place}: had {len(before)} places and has {len(after)}"
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from self.changes(one, other, f"{place}/{number}")

    def _fields(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        for keyword in ("properties", "patternProperties"):
            before, after = old.get(keyword, {}), new.get(keyword, {})
            for name, field in before.items():
                if name not in after:
                    yield f"{place}/{name}: was removed"
                else:
                    yield from self.changes(field, after[name], f"{place}/{name}")
        was, now = set(old.get("required", ())), set(new.get("required", ()))
        yield from (f"{place}/{name}: is required now" for name in sorted(now - was))
        yield from (
            f"{place}/{name}: may be missing now" for name in sorted((was - now) & set(new.get("properties", {})))
        )

    def _choices(self, before: list[Schema], after: list[Schema], place: str) -> Iterator[str]:
        if len(before) != len(after):
            yield f"{place}: had {len(before)} alternatives and has {len(after)}"
            return
        for one, other in zip(before, after, strict=True):
            yield from self.changes(one, other, place)


def _values(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for keyword in _VALUES:
        before, after = old.get(keyword), new.get(keyword)
        if keyword == "enum" and before is not None:
            yield from (
                f"{place}: value {value!r} is no longer allowed" for value in before if value not in (after or before)
            )
        elif before != after:
            yield f"{place or '/'}: {keyword} was {before!r} and is {after!r}"


def _choices(schema: Schema) -> list[Schema]:
    for word in _CHOICES:
        if word in schema:
            choices: list[Schema] = schema[word]
            return choices
    return [schema]


def _told(part: Schema | bool) -> str:
    return "anything" if part is True else "nothing" if part is False else str(part.get("type", "limited"))


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow references, and take an ``allOf`` of one for what it holds."""
    while "$ref" in schema or len(schema.get("allOf", ())) == 1:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema["allOf"][0]
    return schema
