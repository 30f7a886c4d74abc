"""What is learned from use, over HTTP: whoever shows results tells what was opened; coordinators see the gaps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.search.labels import Labels
from services.search.learning.cells import Row
from services.search.learning.store import DAYS, KEPT, Askings
from services.search.learning.tally import Tally
from services.search.parameters import Reader, storable
from services.search.query import LONGEST_QUERY
from shared.http.access import PUBLIC, Role, allow
from shared.http.reply import JsonResponse
from shared.text import LanguageTag


class ClickIn(BaseModel):
    """A result was opened. Nothing tells by whom, nor which one."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, AfterValidator(storable)] = Field(max_length=LONGEST_QUERY, description="What was searched for")
    lang: Annotated[str, LanguageTag()] | None = Field(default=None, description="As in the search (BCP 47)")


class Show(StrEnum):
    """Which gaps."""

    NO_RESULT = "no_result"
    NO_CLICK = "no_click"


class GapOut(BaseModel):
    """A query that came on several days; neither by whom nor when on these days is kept."""

    words: str
    language: str = Field(description="The language of the pages it was asked on")
    asked: int
    unanswered: int = Field(description="How often nothing, or not enough, had all of the words")
    clicked: int = Field(description="How often a result was opened")
    days: int
    last: str = Field(description="The day it was asked last (ISO 8601)")


class GapsOut(BaseModel):
    items: list[GapOut]
    days: int = Field(description="On so many different days a query must have come before anybody sees it")
    kept_days: int = Field(description="So long what was asked is kept")


class CellsOut(BaseModel):
    """A country, and the themes on which nothing is published there."""

    country: str
    label: str
    practices: int
    themes: dict[str, int] = Field(description="How many practices there are on each theme that has any")
    empty: list[str] = Field(description="The codes of the other themes")


class CellsListOut(BaseModel):
    items: list[CellsOut]
    themes: dict[str, str] = Field(description="What each theme is called")


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """What the routes work with. ``rows`` asks the index that serves."""

    tally: Tally
    askings: Askings
    labels: Labels
    rows: Callable[[], Awaitable[Sequence[Row]]]


def learning_routes(learning: Learning) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["learning from use"])
    overseer = allow(Role.COORDINATOR, Role.ADMINISTRATOR)

    @routes.post("/clicks", dependencies=[PUBLIC], status_code=204, response_class=Response)
    async def click(body: ClickIn) -> Response:
        """Count that a result was opened."""
        learning.tally.clicked(body.q, body.lang or "")
        return Response(status_code=204)

    @routes.get("/gaps", dependencies=[overseer], response_model=GapsOut)
    async def gaps(show: Annotated[Show, Query(description="Which gaps")] = Show.NO_RESULT) -> Response:
        """List what readers look for and do not find, or find and do not open; the most asked first."""
        found = await learning.askings.gaps(clicks=show is Show.NO_CLICK)
        items = [GapOut(**asdict(gap)) for gap in found]
        return JsonResponse(GapsOut(items=items, days=DAYS, kept_days=KEPT.days))

    @routes.get("/gaps/cells", dependencies=[overseer], response_model=CellsListOut)
    async def cells(lang: Reader = None) -> Response:
        """List the countries that have practices, each with the themes on which it has none."""
        language = lang or "en"
        names = dict(learning.labels.terms("theme", language))
        items = [
            CellsOut(
                country=row.country,
                label=learning.labels.label("country", row.country, language),
                practices=row.practices,
                themes=row.themes,
                empty=[code for code in names if code not in row.themes],
            )
            for row in await learning.rows()
        ]
        return JsonResponse(CellsListOut(items=items, themes=names))

    return routes
