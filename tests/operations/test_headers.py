"""Security headers on every answer of every service: found, refused, not there, failed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from local.addresses import SERVICES
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

OF_APIS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
}
OF_PAGES = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
TOLD_NOWHERE = ("server", "x-powered-by")


def requests(service: str) -> Iterator[tuple[int, httpx.Request]]:
    """Yield requests with the status they are answered by."""
    yield 200, httpx.Request("GET", "/health/live")
    yield 200, httpx.Request("HEAD", "/health/ready")
    yield 200, httpx.Request("GET", "/metrics")
    yield 404, httpx.Request("GET", "/no/such/place")
    yield 405, httpx.Request("DELETE", "/health/live")
    if service == "web":
        yield 200, httpx.Request("GET", "/")
        yield 303, httpx.Request("GET", "/sign-in")
        yield 303, httpx.Request("GET", "/mine")
        yield 400, httpx.Request("GET", "/signed-in?state=forged")
        return
    yield 200, httpx.Request("GET", "/openapi.json")
    private = {"search": "/saved-searches", "notifications": "/inbox", "syndication": "/webhooks", "review": "/cases"}
    yield 401, httpx.Request("GET", private.get(service, "/contributions"))
    yield 422 if service == "search" else 404, httpx.Request("GET", "/search?no-such-filter=1")


@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_carries_them(site: Site, service: str) -> None:
    wanted = OF_PAGES if service == "web" else OF_APIS
    async with httpx.AsyncClient(base_url=site.ports.url(service), timeout=30, trust_env=False, verify=False) as http:
        for status, request in requests(service):
            answer = await http.request(request.method, str(request.url))
            told = f"{request.method} {request.url}"
            assert answer.status_code == status, told
            assert {name: answer.headers.get(name) for name in wanted} == wanted, told
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy, told
            assert "frame-ancestors 'none'" in policy, told
            assert "unsafe" not in policy, told
            assert answer.headers["cache-control"] == "no-store", told
            assert not [name for name in TOLD_NOWHERE if name in answer.headers], told


@pytest.mark.parametrize("service", SERVICES)
async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(site: Site, service: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.ports.of(service))
    head = b"POST /no/such/place HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    writer.write(head % 10**9)
    async with asyncio.timeout(20):
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    writer.close()
    assert answer.startswith("http/1.1 413")
    assert "x-content-type-options: nosniff" in answer
