from typing import Annotated, Literal

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from shared.errors import Conflict, NotFound
from shared.http.access import PUBLIC, Principal, Role, access_of, allow
from shared.http.app import create_app
from shared.http.etag import IfMatch, etag
from shared.http.openapi import problems
from shared.http.reply import JsonResponse
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.tokens import Issuer


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["practice", "lesson"]
    counts: list[Annotated[int, Field(ge=0)]] = []


def things() -> APIRouter:
    router = APIRouter()

    @router.post("/things", status_code=201)
    async def make(thing: Thing, principal: Annotated[Principal, allow(Role.MEMBER)]) -> Response:
        return JsonResponse({"by": principal.person_id, "kind": thing.kind}, 201, {"ETag": etag(1)})

    @router.patch("/things/{thing_id}", dependencies=[allow(Role.MEMBER, Role.REVIEWER)])
    async def change(thing_id: str, version: IfMatch) -> Response:
        return JsonResponse({"id": thing_id, "version": version})

    @router.get("/things/{thing_id}", dependencies=[PUBLIC], responses=problems(409))
    async def read(thing_id: str) -> Response:
        if thing_id == "taken":
            raise Conflict("Taken", extra={"until": "2026"})
        if thing_id == "broken":
            raise RuntimeError("ana@example.org did it")
        raise NotFound

    return router


def app_of(issuer: Issuer, *routers: APIRouter) -> FastAPI:
    return create_app(
        service="things",
        version="1",
        routers=routers or [things()],
        verifier=issuer.verifier(),
        checks={},
        metrics=Metrics("things"),
        log=configure("things"),
    )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def client(issuer: Issuer) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app_of(issuer))
    return httpx.AsyncClient(transport=transport, base_url="http://things")


async def test_a_member_makes_a_thing(client: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await client.post("/things", json={"kind": "practice"}, headers=issuer.headers(sub="ana"))
    assert (answer.status_code, answer.json()) == (201, {"by": issuer.person_id("ana"), "kind": "practice"})
    assert answer.headers["etag"] == '"1"'


async def test_wrong_fields_are_named_by_pointer_with_what_is_allowed(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    body = {"kind": "joke", "counts": [1, -1], "more": 1}
    answer = await client.post("/things", json=body, headers=issuer.headers())
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    errors = {error["pointer"]: error for error in answer.json()["errors"]}
    assert set(errors) == {"/kind", "/counts/1", "/more"}
    assert errors["/kind"]["allowed"] == ["practice", "lesson"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("PUT", "/things", 405, "method-not-allowed"),
        ("GET", "/things/taken", 409, "conflict"),
        ("GET", "/things/1", 404, "not-found"),
        ("GET", "/things/broken", 500, "internal"),
        ("POST", "/things", 401, "unauthenticated"),
    ],
)
async def test_every_refusal_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].endswith(f"/problems/{code}")
    assert problem["status"] == status
    assert problem["trace_id"] == answer.headers["x-trace-id"]
    assert "example.org" not in answer.text


async def test_a_route_that_states_no_access_keeps_the_service_from_starting(issuer: Issuer) -> None:
    router = APIRouter()
    router.add_api_route("/open", lambda: None)
    with pytest.raises(ValueError, match="GET /open"):
        app_of(issuer, router)


async def test_access_can_be_read(issuer: Issuer) -> None:
    told = {f"{one.method} {one.path}": one.roles for one in access_of(app_of(issuer))}
    assert told["POST /things"] == frozenset({Role.MEMBER})
    assert told["PATCH /things/{thing_id}"] == frozenset({Role.MEMBER, Role.REVIEWER})
    assert told["GET /things/{thing_id}"] is None
    assert told["GET /health/live"] is None
