"""When the code of the front-end itself fails, people get a page, and scripts a problem."""

from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from starlette.middleware import Middleware

from services.web.page.assets import Assets
from services.web.page.errors import broken
from services.web.page.languages import load_words
from services.web.page.site import Site
from services.web.page.templates import Templates
from services.web.session.cookies import Cookies
from shared.http.observe import Observe
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics

pytestmark = pytest.mark.asyncio


def failing() -> httpx.AsyncClient:
    """A browser of a front-end whose only page fails."""
    site = SimpleNamespace(templates=Templates(load_words(), Assets()), cookies=Cookies(secure=False))
    observe = Middleware(
        Observe, metrics=Metrics("web"), log=configure("web", level="CRITICAL"), failed=broken(cast("Site", site))
    )
    app = FastAPI(middleware=[observe])

    @app.get("/")
    async def fail() -> None:
        raise RuntimeError("secret words")

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Something went wrong on our side"), ("de", "Bei uns ist etwas schiefgegangen"), ("xx", "Something went")],
)
async def test_people_get_a_page_in_their_language_with_the_number_to_tell(language: str, said: str) -> None:
    async with failing() as http:
        answer = await http.get("/", headers={"accept": "text/html", "accept-language": language})
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert said in answer.text
    assert answer.headers["x-trace-id"] in answer.text
    assert "secret words" not in answer.text


async def test_scripts_get_a_problem() -> None:
    async with failing() as http:
        answer = await http.get("/", headers={"accept": "application/json"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
