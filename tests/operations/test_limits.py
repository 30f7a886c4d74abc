"""Limits in a running installation, behind a proxy that names whom it speaks for."""

from __future__ import annotations

import httpx
import pytest

from tests.operations.conftest import FEW
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

TOO_MANY = 429


def behind_a_proxy(site: Site, service: str, address: str) -> httpx.AsyncClient:
    headers = {"x-forwarded-for": address, "accept-language": "de"}
    return httpx.AsyncClient(
        base_url=site.ports.url(service), headers=headers, timeout=30, trust_env=False, verify=False
    )


async def statuses(client: httpx.AsyncClient, path: str, count: int) -> list[int]:
    return [(await client.get(path)).status_code for _ in range(count)]


@pytest.mark.parametrize("path", ["/suggest?q=mob", "/search?q=mobility"])
async def test_a_service_counts_whom_the_proxy_names(site: Site, path: str) -> None:
    async with behind_a_proxy(site, "search", "203.0.113.1") as one:
        assert await statuses(one, path, FEW + 1) == [200] * FEW + [TOO_MANY]
        refused = await one.get(path)
        assert refused.headers["content-type"] == "application/problem+json"
        assert 0 < int(refused.headers["retry-after"]) <= 120
    async with behind_a_proxy(site, "search", "203.0.113.2") as other:
        assert await statuses(other, path, 1) == [200]
    async with httpx.AsyncClient(
        base_url=site.ports.url("search"), timeout=30, trust_env=False, verify=False
    ) as direct:
        assert await statuses(direct, path, FEW + 5) == [200] * (FEW + 5)


async def test_the_front_end_passes_on_whom_it_asks_for(site: Site) -> None:
    async with behind_a_proxy(site, "web", "203.0.113.11") as one:
        found = await statuses(one, "/search?q=mobility", FEW + 1)
        assert found == [200] * FEW + [TOO_MANY]
        page = await one.get("/search?q=mobility")
        assert int(page.headers["retry-after"]) > 0
        assert "Sie fragen sehr oft" in page.text
    async with behind_a_proxy(site, "web", "203.0.113.12") as other:
        assert await statuses(other, "/search?q=mobility", 1) == [200]


async def test_sign_in_is_limited(site: Site) -> None:
    async with behind_a_proxy(site, "web", "203.0.113.21") as one:
        found = await statuses(one, "/sign-in", FEW + 1)
        assert found == [303] * FEW + [TOO_MANY]
        assert await statuses(one, "/signed-in?state=guessed&code=guessed", 1) == [TOO_MANY]
        assert await statuses(one, "/", 1) == [200]
