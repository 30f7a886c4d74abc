from typing import Any

import pytest

from tests.access_table import client_of
from tests.shared.http.apps import app_of, things
from tests.tokens import Issuer


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return app_of(Issuer(), things()).openapi()


@pytest.mark.parametrize(
    ("method", "path", "roles", "statuses"),
    [
        ("post", "/things", ["member"], {400, 401, 403, 409, 413, 415, 422, 503}),
        ("patch", "/things/{thing_id}", ["member", "reviewer"], {400, 401, 403, 404, 412, 422, 428, 503}),
        ("get", "/things/{thing_id}", "public", {404, 409, 422, 503}),
        ("get", "/health/ready", "public", {503}),
    ],
)
def test_who_may_call_and_every_refusal_is_documented(
    document: dict[str, Any], method: str, path: str, roles: Any, statuses: set[int]
) -> None:
    operation = document["paths"][path][method]
    assert operation["x-roles"] == roles
    assert ("security" in operation) == (roles != "public")
    refusals = {int(status) for status in operation["responses"] if status >= "4"}
    assert refusals == statuses
    for status in statuses:
        assert list(operation["responses"][str(status)]["content"]) == ["application/problem+json"]


def test_the_headers_that_make_changes_safe_are_documented(document: dict[str, Any]) -> None:
    def names(operation: dict[str, Any]) -> set[str]:
        return {one["name"] for one in operation["parameters"]}

    assert names(document["paths"]["/things"]["post"]) == {"Idempotency-Key"}
    assert "If-Match" in names(document["paths"]["/things/{thing_id}"]["patch"])


def test_the_document_refers_to_nothing_that_is_not_there(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in str(document)
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(_references, part.values()))
    return set().union(*map(_references, part)) if isinstance(part, list) else set()


async def test_the_document_is_served_and_answers_are_closed_to_browsers() -> None:
    async with client_of(app_of(Issuer(), things())) as client:
        answer = await client.get("/openapi.json")
    assert answer.json()["info"]["title"] == "Practice Exchange: things"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
