"""A mistyped filter is told, not ignored."""

import httpx
import pytest
from fastapi import APIRouter
from starlette.responses import Response

from shared.http.access import PUBLIC, Role, allow
from shared.http.paging import CursorParameter, LimitParameter
from shared.http.reply import JsonResponse
from tests.shared.http.apps import app_of
from tests.tokens import Issuer


def listing() -> APIRouter:
    router = APIRouter()

    @router.get("/public", dependencies=[PUBLIC])
    async def public(cursor: CursorParameter = None, limit: LimitParameter = 20) -> Response:
        return JsonResponse([cursor, limit])

    @router.get("/own", dependencies=[allow(Role.MEMBER)])
    async def own(limit: LimitParameter = 20) -> Response:
        return JsonResponse([limit])

    @router.get("/one/{name}", dependencies=[PUBLIC])
    async def one(name: str) -> Response:
        return JsonResponse(name)

    @router.get("/page", dependencies=[PUBLIC], include_in_schema=False)
    async def page(limit: LimitParameter = 20) -> Response:
        return JsonResponse([limit])

    return router


@pytest.fixture
def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app_of(Issuer(), listing())), base_url="http://things")


async def test_every_unknown_parameter_is_named_with_those_there_are(client: httpx.AsyncClient) -> None:
    answer = await client.get("/public?limit=3&cursr=x&Limit=2&cursr=y&%00a=")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    errors = answer.json()["errors"]
    assert [one["parameter"] for one in errors] == ["query.cursr", "query.Limit", "query.a"]
    assert all((one["code"], one["allowed"]) == ("unknown", ["cursor", "limit"]) for one in errors)
    head = await client.head("/public?cursr=x")
    assert head.status_code == 422


@pytest.mark.parametrize("path", ["/public", "/public?limit=3", "/one/a?utm_source=mail", "/page?more=1", "/public?"])
async def test_known_ones_pages_and_routes_without_any_are_left_alone(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_who_may_not_call_learns_nothing_of_parameters(client: httpx.AsyncClient) -> None:
    assert (await client.get("/own?nonsense=1")).status_code == 401
