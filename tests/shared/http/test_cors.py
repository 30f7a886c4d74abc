"""What is public may be read by pages of any origin, and nothing else."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shared.http.cors import OpenToEveryOrigin


async def _answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("here")


@pytest.mark.parametrize(
    ("path", "is_open"),
    [("/open", True), ("/open/below", False), ("/under/one", True), ("/under", False), ("/closed", False)],
)
async def test_only_the_addresses_named_are_open(path: str, is_open: bool) -> None:
    app = Starlette(
        routes=[Route("/{rest:path}", _answer)],
        middleware=[Middleware(OpenToEveryOrigin, paths=("/open", "/under/"))],
    )
    origin = {"Origin": "https://elsewhere.example", "Cookie": "a=b"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as client:
        answer = await client.get(path, headers=origin)
        assert answer.headers.get("access-control-allow-origin") == ("*" if is_open else None)
        assert "access-control-allow-credentials" not in answer.headers
        asked = origin | {"Access-Control-Request-Method": "POST"}
        assert (await client.options(path, headers=asked)).status_code == (400 if is_open else 405)
