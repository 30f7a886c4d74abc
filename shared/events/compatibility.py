"""What may change within a version of an event, checked on JSON Schemas (2020-12).

A consumer that was written for the old schema must understand every event of the new one, and the new code must
understand every event of the old one that still lies in a stream. So within a version no field is removed or
retyped, and no field becomes required.
"""

from typing import Any

Schema = dict[str, Any]

_KEYWORDS = ("type", "format", "enum", "const", "items", "additionalProperties", "prefixItems")


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """List what breaks, each as ``<pointer>: <what>``; empty when the change is compatible."""
    return list(_compare(old, new, old, new, ""))


def _compare(old: Schema, new: Schema, old_root: Schema, new_root: Schema, place: str) -> list[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    found: list[str] = []
    if ("anyOf" in old) or ("anyOf" in new):
        return _compare_choices(old, new, old_root, new_root, place)
    for keyword in _KEYWORDS:
        before, after = old.get(keyword), new.get(keyword)
        if isinstance(before, dict) and isinstance(after, dict):
            found += _compare(before, after, old_root, new_root, f"{place}/{keyword}")
        elif keyword == "enum" and before and after:
            found += [f"{place}: value {value!r} is no longer allowed" for value in before if value not in after]
        elif before != after and not (keyword == "enum" and after is None):
            found.append(f"{place or '/'}: {keyword} was {before!r} and is {after!r}")
    return found + _compare_fields(old, new, old_root, new_root, place)


def _compare_fields(old: Schema, new: Schema, old_root: Schema, new_root: Schema, place: str) -> list[str]:
    found: list[str] = []
    before, after = old.get("properties", {}), new.get("properties", {})
    for name, field in before.items():
        if name not in after:
            found.append(f"{place}/{name}: was removed")
        else:
            found += _compare(field, after[name], old_root, new_root, f"{place}/{name}")
    newly_required = set(new.get("required", ())) - set(old.get("required", ()))
    found += [f"{place}/{name}: is required now" for name in sorted(newly_required)]
    no_longer_sent = (set(old.get("required", ())) - set(new.get("required", ()))) & set(after)
    found += [f"{place}/{name}: may be missing now" for name in sorted(no_longer_sent)]
    return found


def _compare_choices(old: Schema, new: Schema, old_root: Schema, new_root: Schema, place: str) -> list[str]:
    before = [_resolved(choice, old_root) for choice in old.get("anyOf", [old])]
    after = [_resolved(choice, new_root) for choice in new.get("anyOf", [new])]
    if len(before) != len(after):
        return [f"{place}: had {len(before)} alternatives and has {len(after)}"]
    found: list[str] = []
    for one, other in zip(before, after, strict=True):
        found += _compare(one, other, old_root, new_root, place)
    return found


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    definition: Schema = root["$defs"][name]
    return definition
