import httpx
import pytest
from fastapi import APIRouter

from shared.http.access import Role, access_of
from tests.shared.http.apps import app_of, things
from tests.tokens import Issuer


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def client(issuer: Issuer) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app_of(issuer, things()))
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


async def test_a_wrong_method_is_told_every_method_that_works(client: httpx.AsyncClient) -> None:
    answer = await client.put("/things/7")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, PATCH"


async def test_what_is_not_there_is_told_alike_by_routing_and_by_a_route(client: httpx.AsyncClient) -> None:
    unrouted, missing = (await client.get("/nothing")).json(), (await client.get("/things/1")).json()
    assert (unrouted["type"], unrouted["title"]) == (missing["type"], missing["title"])
    assert unrouted["detail"] == "There is nothing here"


async def test_a_route_that_states_no_access_keeps_the_service_from_starting(issuer: Issuer) -> None:
    router = APIRouter()
    router.add_api_route("/open", lambda: None)
    with pytest.raises(ValueError, match="GET /open"):
        app_of(issuer, router)


async def test_access_can_be_read(issuer: Issuer) -> None:
    told = {f"{one.method} {one.path}": one.roles for one in access_of(app_of(issuer, things()))}
    assert told["POST /things"] == frozenset({Role.MEMBER})
    assert told["PATCH /things/{thing_id}"] == frozenset({Role.MEMBER, Role.REVIEWER})
    assert told["GET /things/{thing_id}"] is None
    assert told["GET /health/live"] is None


async def test_head_is_answered_wherever_get_is_without_content(client: httpx.AsyncClient) -> None:
    head, get = await client.head("/health/live"), await client.get("/health/live")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert (await client.head("/nothing")).status_code == 404
