"""Filters as they are written: in a query or in a body, and what is refused with the codes that would do."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from services.syndication.domain.filters import Filter
from services.syndication.filter_parameters import FilterBody, FilterQuery
from shared.http.access import PUBLIC
from shared.http.app import create_app
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from shared.vocabulary import vocabulary
from tests.access_table import client_of
from tests.tokens import Issuer


def application() -> FastAPI:
    router = APIRouter(dependencies=[PUBLIC])

    @router.get("/wanted")
    async def by_query(wanted: FilterQuery) -> dict[str, list[str]]:
        return dict(wanted.as_json())

    @router.post("/wanted")
    async def by_body(body: FilterBody) -> dict[str, list[str]]:
        return dict(body.to_filter().as_json())

    return create_app(
        service="syndication",
        version="1",
        routers=[router],
        verifier=Issuer().verifier(),
        checks={},
        metrics=Metrics("syndication"),
        log=configure("syndication", level="CRITICAL"),
    )


async def asked(query: str) -> httpx.Response:
    async with client_of(application()) as client:
        return await client.get(f"/wanted?{query}")


async def test_a_query_names_each_several_times() -> None:
    query = (
        "type=practice.published&type=practice.withdrawn&kind=practice&sector=adult&theme=staff-mobility"
        "&country=fi&country=PT&language=pt-br&language=en&organisation=evening-school-of-turku"
    )
    assert (await asked(query)).json() == {
        "types": ["practice.published", "practice.withdrawn"],
        "kinds": ["practice"],
        "sectors": ["adult"],
        "themes": ["staff-mobility"],
        "countries": ["FI", "PT"],
        "languages": ["en", "pt-BR"],
        "organisations": ["evening-school-of-turku"],
    }
    assert (await asked("")).json() == {}


async def test_a_body_says_the_same() -> None:
    body = {"types": ["practice.stale"], "countries": ["fi"], "languages": ["pt-br"], "sectors": []}
    async with client_of(application()) as client:
        answer = await client.post("/wanted", json=body)
        assert answer.json() == {"types": ["practice.stale"], "countries": ["FI"], "languages": ["pt-BR"]}
        refused = await client.post("/wanted", json={"themes": ["staff-mobility", "nonsense"], "color": ["red"]})
    assert refused.status_code == 422
    errors = {error["pointer"]: error for error in refused.json()["errors"]}
    assert set(errors) == {"/themes/1", "/color"}
    assert errors["/themes/1"]["allowed"] == list(vocabulary("themes").usable)


@pytest.mark.parametrize(
    ("query", "parameter", "some_allowed"),
    [
        ("type=practice.burnt", "query.type", {"practice.published", "practice.withdrawn"}),
        ("kind=poem", "query.kind", {"practice", "lesson_learned", "joint_action"}),
        ("sector=army", "query.sector", {"adult"}),
        ("theme=army", "query.theme", {"staff-mobility"}),
        ("country=XX", "query.country", {"FI", "PT"}),
        ("language=tlh-XX", "query.language", set()),
        ("language=qaa", "query.language", set()),
        ("organisation=", "query.organisation", set()),
        ("organisation=a%00b", "query.organisation", set()),
        ("themes=staff-mobility", "query.themes", {"theme", "type"}),
        ("&".join(["country=FI"] * 51), "query.country", set()),
    ],
)
async def test_what_there_is_not_is_refused_with_what_there_is(
    query: str, parameter: str, some_allowed: set[str]
) -> None:
    answer = await asked(query)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter
    assert some_allowed <= set(error.get("allowed", ()))


def test_nothing_is_everything() -> None:
    everything: dict[str, Any] = {}
    assert FilterBody.model_validate(everything).to_filter() == Filter()
