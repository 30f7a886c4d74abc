import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Invalid, Malformed
from shared.http.access import PUBLIC
from shared.http.limits import DEEPEST, MOST_VALUES, check_json
from shared.http.reply import JsonResponse
from tests.access_table import client_of
from tests.shared.http.apps import app_of
from tests.tokens import Issuer

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.just("a") | st.just("\\u0000"), inner),
    max_leaves=20,
)


@given(plain, st.booleans())
def test_ordinary_json_passes(document: Any, ascii_only: bool) -> None:
    check_json(json.dumps(document, ensure_ascii=ascii_only).encode())


@given(st.binary())
def test_any_bytes_pass_or_are_refused(body: bytes) -> None:
    with contextlib.suppress(Malformed, Invalid):
        check_json(body)
        assert not body.strip() or json.loads(body) is not ...


@pytest.mark.parametrize(
    "body",
    [
        b"{broken",
        b'{"a": 1}{}',
        b"\xff\xfe",
        '{"a": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a": 1}',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b'"\\ud800\\ud800"',
        b'"\x00"',
        b"NaN",
        b"-Infinity",
        b"[" + b"9" * 5000 + b"]",
    ],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        check_json(body)


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b'{"a": ["x", "y\\u0000"]}', "nul", "/a/1"),
        (b'{"a/b": {"c\\u0000": 1}}', "nul", "/a~1b"),
        (b'{"a": [1, 9007199254740992]}', "integer-too-large", "/a/1"),
        (b'{"a": -9007199254740992}', "integer-too-large", "/a"),
        (b"18446744073709551616", "integer-too-large", ""),
        (b'[{"b": 1e999}]', "number-too-large", "/0/b"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "too-deep", "/0" * DEEPEST),
        (b"[" * 100_000, "too-deep", ""),
        (b"[" + b"0," * MOST_VALUES + b"0]", "too-many-values", ""),
    ],
)
def test_what_may_not_stand_in_json_is_named(body: bytes, code: str, place: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_json(body)
    assert [(error.code, error.pointer) for error in caught.value.errors] == [(code, place)]


def test_the_deepest_allowed_passes() -> None:
    check_json(b"[" * DEEPEST + b"]" * DEEPEST)


def echo() -> APIRouter:
    router = APIRouter(dependencies=[PUBLIC])

    @router.post("/json")
    async def read_json(body: dict[str, Any]) -> Response:
        return JsonResponse(body)

    @router.post("/bytes")
    async def read_bytes(request: Request) -> Response:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
        return JsonResponse({"size": size})

    return router


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app_of(Issuer(), echo(), json_bytes=1000, body_bytes=2000)) as client:
        yield client


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 100):
        yield b'"' + b"x" * 98 + b'"'


@pytest.mark.parametrize(
    ("path", "media_type", "size", "status"),
    [
        ("/json", "application/json", 1100, 413),
        ("/bytes", "image/png", 2000, 200),
        ("/bytes", "image/png", 2100, 413),
    ],
)
@pytest.mark.parametrize("told_beforehand", [True, False])
async def test_a_body_that_is_too_large_is_413_whether_its_size_is_told_or_not(
    client: httpx.AsyncClient, path: str, media_type: str, size: int, status: int, told_beforehand: bool
) -> None:
    headers = {"Content-Type": media_type}
    content = b"x" * size if told_beforehand else chunks(size)
    answer = await client.post(path, content=content, headers=headers)
    assert answer.status_code == status
    if status == 413:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["limit"] in (1000, 2000)


@pytest.mark.parametrize(
    "media_types",
    [
        ["application/json"],
        ["Application/JSON; charset=utf-8"],
        ["application/merge-patch+json"],
        ["application/foo bar+json"],
        ["application/json", "text/plain"],
        ["application/json ;", "application/json"],
    ],
)
async def test_no_content_type_slips_past_the_check(client: httpx.AsyncClient, media_types: list[str]) -> None:
    headers = [("Content-Type", media_type) for media_type in media_types]
    answer = await client.post("/json", content=b'{"a": "\\u0000"}', headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "nul"


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "multipart/x"}])
async def test_a_body_that_does_not_say_json_is_415(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/json", content=b'{"a": 1}', headers=headers)
    assert answer.status_code == 415
    assert answer.headers["accept"] == "application/json"


async def test_a_missing_body_is_told_as_missing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/json", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "", "code": "required", "message": "Fill this in"}]
