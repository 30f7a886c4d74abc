from typing import Annotated, Any

import pytest
from fastapi import APIRouter
from starlette.responses import Response

from shared.errors import NotFound
from shared.http.access import PUBLIC, Principal, Role, allow
from shared.http.gate import AccessGate
from shared.http.reply import JsonResponse
from tests.access_table import assert_access_holds, assert_hidden_from_strangers
from tests.shared.http.apps import app_of, things
from tests.tokens import Issuer


async def test_what_routes_state_is_enforced_for_every_role_and_bad_token() -> None:
    issuer = Issuer()
    assert await assert_access_holds(app_of(issuer, things()), issuer) > 100


async def test_a_route_enforces_its_access_without_the_gate_too() -> None:
    issuer = Issuer()
    app = app_of(issuer, things())
    gate: Any = AccessGate
    app.user_middleware = [one for one in app.user_middleware if one.cls is not gate]
    with pytest.raises(AssertionError, match="broken"):  # only the body is read before the caller is known
        await assert_access_holds(app, issuer)


async def test_the_table_finds_a_route_that_does_not_enforce_what_it_states() -> None:
    issuer = Issuer()
    app = app_of(issuer, things())

    async def anybody(*_: Any) -> Principal:
        return Principal(person_id="x", name="x", roles=frozenset(Role))

    app.state.verifier.verify = anybody
    with pytest.raises(AssertionError, match="POST /things by a token that is expired"):
        await assert_access_holds(app, issuer)


def notes(*, careless: bool) -> APIRouter:
    """One note, of ana."""
    router = APIRouter()

    @router.get("/notes/{note_id}")
    async def read(note_id: str, principal: Annotated[Principal, allow(Role.MEMBER)]) -> Response:
        if note_id != "1" or principal.person_id != Issuer().person_id("ana"):
            raise NotFound("You may not see this." if careless and note_id == "1" else "")
        return JsonResponse({"text": "hello"})

    return router


async def test_a_foreign_record_must_look_like_none_at_all() -> None:
    issuer = Issuer()
    stranger = {"sub": "eve", "organisation": "org-b"}
    values = {"note_id": "1"}
    calls = await assert_hidden_from_strangers(
        app_of(issuer, notes(careless=False)), issuer, values=values, stranger=stranger
    )
    assert calls == 2
    with pytest.raises(AssertionError, match="unlike"):
        await assert_hidden_from_strangers(
            app_of(issuer, notes(careless=True)), issuer, values=values, stranger=stranger
        )
    with pytest.raises(AssertionError, match="200"):
        await assert_hidden_from_strangers(
            app_of(issuer, notes(careless=False)), issuer, values=values, stranger={"sub": "ana"}
        )


def test_a_route_for_no_role_is_refused() -> None:
    with pytest.raises(ValueError, match="PUBLIC"):
        allow()


def test_a_route_cannot_be_public_and_not() -> None:
    router = APIRouter(dependencies=[PUBLIC])
    router.add_api_route("/both", lambda: None, dependencies=[allow(Role.MEMBER)])
    with pytest.raises(ValueError, match="both public and not"):
        app_of(Issuer(), router)


def test_statements_of_router_and_route_must_all_hold() -> None:
    router = APIRouter(dependencies=[allow(Role.MEMBER)])
    router.add_api_route("/never", lambda: None, dependencies=[allow(Role.REVIEWER)])
    with pytest.raises(ValueError, match="GET /never"):
        app_of(Issuer(), router)
