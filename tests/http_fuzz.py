"""An HTTP API under strange input: never a 5xx, never an answer that its OpenAPI document does not tell of.

    await assert_api_holds(app, headers=issuer.headers(roles=["member"]), values={"contribution_id": some_id})

Two parts: schemathesis makes requests from the document, fitting it and not; and every operation is shown a fixed list
of nasty bodies and values. The application runs on the caller's event loop, so it may hold real connections.
"""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import Receive, Scope, Send

from shared.http.problem import MEDIA_TYPE
from tests.access_table import NOBODYS, client_of
from tests.thoroughness import examples_of

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_TEN_MEGABYTES = 10 * 1024 * 1024

NASTY_TEXTS = (
    "a\x00b",
    "\u202eabc\u202c",  # reads in the other direction
    "\u2066abc",
    "\ufeff\ufffe\uffff",
    "'; DROP TABLE practices; --",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}%s%n",
    "../../../etc/passwd",
    "$where",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 50,
    "Z\u0351\u036b\u0343\u036a\u0302" * 200,
    "x" * 50_000,
    "",
    " ",
)


async def assert_api_holds(
    app: FastAPI,
    *,
    headers: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    examples: int = 15,
) -> int:
    """Try every operation of the application's OpenAPI document; return the number of requests.

    ``headers`` go with every request; ``values`` fill path parameters of records that exist, in about half of the
    requests. ``examples`` is how many of each kind a run with all examples makes (tests/thoroughness.py). The seed is
    printed; ``FUZZ_SEED`` repeats a run.
    """
    number = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FUZZ_SEED={number}")  # noqa: T201
    bridge = _Bridge(app)
    await asyncio.to_thread(_generated, bridge, dict(headers or {}), dict(values or {}), examples, number)
    return bridge.requests + await _nasty(app, dict(headers or {}), dict(values or {}))


class _Bridge:
    """An ASGI application for schemathesis' own event loop that hands each request to ours and back."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.requests = 0
        self._loop = asyncio.get_running_loop()
        self._client = client_of(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._ask(scope, body), self._loop))
        # The client has taken gzip off already.
        kept = [one for one in answer.headers.raw if one[0].lower() not in {b"content-encoding", b"content-length"}]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": answer.content})

    async def _ask(self, scope: Scope, body: bytes) -> httpx.Response:
        self.requests += 1
        address = httpx.URL(scheme="http", host="service.test", raw_path=_target(scope))
        return await self._client.request(scope["method"], address, headers=scope["headers"], content=body)


def _target(scope: Scope) -> bytes:
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return bytes(scope["raw_path"]) + query


def _generated(bridge: _Bridge, headers: dict[str, str], values: dict[str, str], examples: int, number: int) -> None:
    for result in schemathesis.openapi.from_dict(bridge.app.openapi()).get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # our own document is in order
        path = {name: values.get(name, NOBODYS) for name in _names_in(operation.path)}
        kinds = [operation.as_strategy(GenerationMode.POSITIVE)]
        if path:
            kinds.append(operation.as_strategy(GenerationMode.POSITIVE, path_parameters=path))
        if operation.body or operation.query:
            kinds.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=path or None))

        @seed(number)
        @settings(
            max_examples=examples_of(examples) * len(kinds),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of(kinds))
        def holds(case: Case[Any]) -> None:
            answer = case.call(app=bridge, headers=headers)
            try:
                case.validate_response(answer, checks=_CHECKS, headers=headers)
            except FailureGroup as failures:
                raise AssertionError(str(failures)) from None
            assert answer.status_code < 400 or answer.headers["content-type"] == [MEDIA_TYPE], answer.content

        holds()


async def _nasty(app: FastAPI, headers: dict[str, str], values: dict[str, str]) -> int:
    requests = 0
    async with client_of(app) as client:
        for path, operations in app.openapi()["paths"].items():
            for method, operation in operations.items():
                target = path.format_map({name: values.get(name, NOBODYS) for name in _names_in(path)})
                async for told, answer in _tried(client, method, path, target, operation, headers):
                    requests += 1
                    _check(f"{method.upper()} {path} {told}", answer, operation)
    return requests


async def _tried(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    target: str,
    operation: Mapping[str, Any],
    headers: dict[str, str],
) -> AsyncIterator[tuple[str, httpx.Response]]:
    for text in NASTY_TEXTS:
        if "{" in path:
            nasty = path.format_map(dict.fromkeys(_names_in(path), _quoted(text[:2000]) or "%20"))
            yield f"path {text[:20]!r}", await client.request(method, nasty, headers=headers)
        names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        if names:
            # Together they are no longer than a client sends.
            query = dict.fromkeys(names, text[: min(2000, 4000 // len(names))])
            yield f"query {text[:20]!r}", await client.request(method, target, params=query, headers=headers)
    if "requestBody" in operation:
        for told, body in nasty_bodies(_property_names(client, operation)):
            sent = headers | {"Content-Type": "application/json", "If-Match": '"1"'}
            yield told, await client.request(method, target, headers=sent, content=body)


def nasty_bodies(names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield bodies that break careless readers, with what is nasty about each; ``names`` are properties to fill."""
    yield "no JSON", b"{broken"
    yield "nothing", b""
    yield "not UTF-8", b'{"title": "\xff\xfe"}'
    yield "a raw NUL", b'{"title": "\x00"}'
    yield "a lone surrogate", b'{"title": "\\ud800"}'
    yield "a surrogate in a name", b'{"\\udfff": 1}'
    yield "NUL in a name", b'{"a\\u0000b": 1}'
    yield "deep arrays", b"[" * 100_000
    yield "deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    yield "just too deep", b'{"a":' * 40 + b"1" + b"}" * 40
    yield "a huge integer", b'{"a": ' + b"9" * 100_000 + b"}"
    yield "beyond 64 bits", b'{"a": 18446744073709551616}'
    yield "infinite", b'{"a": 1e999}'
    yield "not a number", b'{"a": NaN}'
    yield "10 MB of text", b'{"a": "' + b"x" * _TEN_MEGABYTES + b'"}'
    yield "very many keys", b"{" + b",".join(b'"%d":0' % n for n in range(100_000)) + b"}"
    yield "operators", b'{"$set": {"state": "published"}, "a.b": 1, "": 1, "__proto__": {}}'
    documents: tuple[Any, ...] = (None, True, 0, -1, 1.5, "text", [], [[]], [{}])
    for document in documents:
        yield f"the document {document!r}", json.dumps(document).encode()
    values: tuple[Any, ...] = (None, True, 2**53 - 1, -(2**53) + 1, 1e308, [], [None], {}, {"a": {}}, [[]])
    for value in (*NASTY_TEXTS, *values):
        yield f"every field {str(value)[:20]!r}", json.dumps(dict.fromkeys(names, value)).encode()


def _check(told: str, answer: httpx.Response, operation: Mapping[str, Any]) -> None:
    told = f"{told}: {answer.status_code} {answer.text[:500]}"
    assert answer.status_code < 500, told
    # A path that holds a nasty slash leads elsewhere, where there is nothing.
    assert str(answer.status_code) in {*operation["responses"], "404", "405"}, f"undocumented: {told}"
    assert answer.status_code < 400 or answer.headers["content-type"] == MEDIA_TYPE, told


def _property_names(client: httpx.AsyncClient, operation: Mapping[str, Any]) -> list[str]:
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    assert isinstance(transport.app, FastAPI)
    schemas = transport.app.openapi()["components"]["schemas"]
    names: list[str] = []
    for content in operation["requestBody"]["content"].values():
        schema = content.get("schema", {})
        for one in (schema, *schema.get("anyOf", ())):
            known = schemas.get(one.get("$ref", "").rpartition("/")[2], one)
            names += known.get("properties", {})
    return names or ["a"]


def _names_in(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())
