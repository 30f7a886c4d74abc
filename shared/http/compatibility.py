"""What may change in a service's HTTP contract, checked on two OpenAPI 3.1 documents.

A client that was written for the old document must get on with the new service: every operation is still there for
whoever could call it, what it sends is still accepted, what it reads is still sent. New operations, new optional
fields and parameters, new fields in answers and new refusals are no break. Nor are new values of a list of codes in
an answer: clients have to bear codes they do not know.
"""

from collections.abc import Iterator
from typing import Any

from shared.http.schema_compatibility import Comparison, Direction

Document = dict[str, Any]
Operation = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def breaking_changes(old: Document, new: Document) -> list[str]:
    """List what breaks, each as ``<METHOD> <path>: <what>``; empty when the change is compatible."""
    requests = Comparison(old, new, Direction.REQUEST)
    responses = Comparison(old, new, Direction.RESPONSE)
    return [
        f"{method.upper()} {path}: {change}"
        for path, operations in old["paths"].items()
        for method, before in operations.items()
        if method in METHODS
        for change in _operation(before, new["paths"].get(path, {}).get(method), requests, responses)
    ]


def _operation(
    before: Operation, after: Operation | None, requests: Comparison, responses: Comparison
) -> Iterator[str]:
    if after is None:
        yield "was removed"
        return
    yield from _access(before.get("x-roles", "public"), after.get("x-roles", "public"))
    yield from _parameters(before, after, requests)
    yield from _body(before.get("requestBody"), after.get("requestBody"), requests)
    yield from _responses(before["responses"], after["responses"], responses)


def _access(before: list[str] | str, after: list[str] | str) -> Iterator[str]:
    if after == "public":
        return
    if before == "public":
        yield "is no longer public"
        return
    for role in before:
        if role not in after:
            yield f"role {role} may no longer call it"


def _parameters(before: Operation, after: Operation, comparison: Comparison) -> Iterator[str]:
    known = {_name(one): one for one in before.get("parameters", ())}
    now = {_name(one): one for one in after.get("parameters", ())}
    for name, parameter in known.items():
        if name not in now:
            yield f"{name}: was removed"
            continue
        yield from comparison.changes(parameter.get("schema", {}), now[name].get("schema", {}), name)
    for name, parameter in now.items():
        if parameter.get("required") and not known.get(name, {}).get("required"):
            yield f"{name}: is required now"


def _name(parameter: dict[str, Any]) -> str:
    return f"{parameter['in']}.{parameter['name']}"


def _body(before: dict[str, Any] | None, after: dict[str, Any] | None, comparison: Comparison) -> Iterator[str]:
    if after is None:
        if before is not None:
            yield "body: is no longer taken"
        return
    if after.get("required") and not (before or {}).get("required"):
        yield "body: is required now"
    if before is not None:
        yield from _content(before["content"], after["content"], "body", comparison)


def _responses(before: dict[str, Any], after: dict[str, Any], comparison: Comparison) -> Iterator[str]:
    """Only what a client may count on: refusals come and go with the rules, and all have one form."""
    for status, response in before.items():
        if not status.startswith(("2", "3")):
            continue
        if status not in after:
            yield f"{status}: is no longer an answer"
            continue
        yield from _content(response.get("content", {}), after[status].get("content", {}), status, comparison)


def _content(before: dict[str, Any], after: dict[str, Any], place: str, comparison: Comparison) -> Iterator[str]:
    for media_type, one in before.items():
        if media_type not in after:
            yield f"{place}: {media_type} was removed"
            continue
        yield from comparison.changes(one.get("schema", {}), after[media_type].get("schema", {}), place)
