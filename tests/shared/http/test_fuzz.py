import pytest
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.http.access import PUBLIC
from shared.http.reply import JsonResponse
from tests.http_fuzz import assert_api_holds
from tests.shared.http.apps import app_of, things
from tests.tokens import Issuer


async def test_the_kit_itself_holds_under_strange_input() -> None:
    issuer = Issuer()
    assert await assert_api_holds(app_of(issuer, things()), headers=issuer.headers(), values={"thing_id": "1"}) > 100


async def test_an_undocumented_answer_is_found() -> None:
    router = APIRouter(dependencies=[PUBLIC])

    @router.get("/teapot")
    async def teapot() -> Response:
        return JsonResponse({}, 418)

    with pytest.raises(AssertionError, match="418"):
        await assert_api_holds(app_of(Issuer(), router))


async def test_a_failure_on_one_nasty_body_is_found() -> None:
    router = APIRouter(dependencies=[PUBLIC])

    @router.post("/notes")
    async def note(body: dict[str, object], _request: Request) -> Response:
        if "$set" in body:
            raise RuntimeError
        return JsonResponse({}, 200)

    with pytest.raises(AssertionError, match="operators: 500"):
        await assert_api_holds(app_of(Issuer(), router))
