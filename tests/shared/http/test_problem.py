from enum import StrEnum
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import APIRouter, Query
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from shared.errors import Conflict, DomainError
from shared.http.access import PUBLIC
from shared.http.problem import from_domain
from shared.http.problem_types import problem_types
from shared.http.reply import JsonResponse, json_bytes
from shared.vocabulary.vocabulary import UnknownCode
from shared.wording import pointer
from tests.access_table import client_of
from tests.shared.http.apps import app_of
from tests.tokens import Issuer


class Colour(StrEnum):
    RED = "red"
    GREEN = "it's green"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str] = Field(max_length=2)


class Form(BaseModel):
    colour: Colour
    size: Literal[1, 2, 3] = 1
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    theme: str = "inclusion"
    sector: str = "vet"
    names: dict[str, int] = {}

    @field_validator("theme")
    @classmethod
    def known(cls, theme: str) -> str:
        if theme != "inclusion":
            raise UnknownCode("themes", theme, ("inclusion", "digital"))
        return theme

    @field_validator("sector")
    @classmethod
    def known_sector(cls, sector: str) -> str:
        if sector != "vet":
            raise PydanticCustomError("unknown_code", "Not a sector", {"allowed": ["vet", "school"]})
        return sector


Sizes = Annotated[tuple[int, ...], Query()]


def routes() -> APIRouter:
    router = APIRouter(dependencies=[PUBLIC])

    @router.post("/forms/{number}")
    async def form(number: int, form: Form, page: Annotated[int, Query(ge=1)] = 1, size: Sizes = ()) -> Response:
        return JsonResponse({"number": number, "page": page, "size": size, "colour": form.colour})

    return router


async def post(body: Any, path: str = "/forms/1") -> httpx.Response:
    async with client_of(app_of(Issuer(), routes())) as client:
        return await client.post(path, json=body)


GOOD = {"colour": "red", "pet": {"kind": "cat", "lives": 9}}


@pytest.mark.parametrize(
    ("change", "place", "code", "allowed"),
    [
        ({"colour": "blue"}, "/colour", "enum", ["red", "it's green"]),
        ({"size": 4}, "/size", "literal-error", ["1", "2", "3"]),
        ({"pet": {"kind": "fish"}}, "/pet", "union-tag-invalid", ["cat", "dog"]),
        ({"pet": {"kind": "cat", "lives": "x"}}, "/pet/lives", "int-parsing", None),
        ({"pet": {"kind": "dog", "tricks": ["a", 1]}}, "/pet/tricks/1", "text", None),
        ({"theme": "fun"}, "/theme", "value-error", ["inclusion", "digital"]),
        ({"sector": "fun"}, "/sector", "unknown-code", ["vet", "school"]),
        ({"names": {"a/b~c": "x"}}, "/names/a~1b~0c", "int-parsing", None),
        ({"pet": None}, "/pet", "object", None),
        ({"pet": {"kind": "dog"}}, "/pet/tricks", "required", None),
    ],
)
async def test_a_wrong_field_is_named_with_what_would_do(
    change: dict[str, Any], place: str, code: str, allowed: list[str] | None
) -> None:
    answer = await post({**GOOD, **change})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"], error.get("allowed")) == (place, code, allowed)
    assert error["message"]


async def test_every_wrong_thing_is_named_at_once_inside_and_outside_the_body() -> None:
    answer = await post({"colour": "blue"}, "/forms/x?page=0")
    places = {error.get("pointer", error.get("parameter")) for error in answer.json()["errors"]}
    assert places == {"/colour", "/pet", "path.number", "query.page"}


async def test_a_parameter_given_several_times_goes_by_its_name() -> None:
    (error,) = (await post(GOOD, "/forms/1?size=1&size=x")).json()["errors"]
    assert error["parameter"] == "query.size"


async def test_a_problem_does_not_repeat_what_was_sent() -> None:
    answer = await post({**GOOD, "colour": "my secret", "theme": "another secret"})
    assert answer.status_code == 422
    assert "input" not in answer.text


@given(st.lists(st.text() | st.integers(0)))
def test_pointers_can_be_read_back(steps: list[str | int]) -> None:
    text = pointer(*steps)
    read = [step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:]]
    assert read == [str(step).encode("utf-8", "replace").decode() for step in steps]


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_a_problem_can_always_be_told(detail: str, extra: dict[str, str]) -> None:
    response = from_domain(Conflict(detail + "\ud800", extra={**extra, "type": "no", "status": 1}))
    assert b"/problems/conflict" in response.body
    assert response.status_code == 409


@given(st.recursive(st.text(st.characters()) | st.floats() | st.none(), st.lists))
def test_any_text_can_be_answered(content: Any) -> None:
    assert json_bytes(content).decode()


def test_every_problem_type_has_one_code_title_and_meaning() -> None:
    known = problem_types()
    codes = [one.code for one in known]
    assert codes == sorted(set(codes))
    assert {"conflict", "stale", "invalid", "unauthenticated", "method-not-allowed", "internal"} <= set(codes)
    assert all(one.title and one.meaning and 400 <= one.status < 600 for one in known)


async def test_problem_types_are_explained_to_people_and_programs() -> None:
    async with client_of(app_of(Issuer(), routes())) as client:
        told = (await client.get("/problems")).json()["items"]
        page = await client.get("/problems/stale", headers={"Accept": "text/html,*/*"})
        one = (await client.get("/problems/stale")).json()
        nothing = await client.get("/problems/nothing")
    assert one in told
    assert page.headers["content-type"].startswith("text/html")
    assert "412" in page.text
    assert nothing.status_code == 404


def test_every_error_of_the_domain_has_a_code_of_its_own() -> None:
    def kinds(error: type[DomainError]) -> list[type[DomainError]]:
        return [kind for direct in error.__subclasses__() for kind in (direct, *kinds(direct))]

    ours = [kind for kind in kinds(DomainError) if kind.__module__.startswith("shared.")]
    assert len({kind.code for kind in ours}) == len(ours)
