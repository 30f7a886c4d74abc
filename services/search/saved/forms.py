"""Saved searches as they come and go over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from services.search.parameters import lower, storable, upper
from services.search.query import LONGEST_QUERY
from services.search.saved.searches import NAME_LENGTH, Frequency, SavedSearch
from shared.contribution.fields import Code
from shared.text import LanguageTag, Line

_MOST_VALUES = 50


def _values(description: str) -> Any:
    return Field(default_factory=list, max_length=_MOST_VALUES, description=description)


class FiltersIO(BaseModel):
    """The filters of ``GET /search``, each with the codes allowed. Values of one add up, different ones narrow."""

    model_config = ConfigDict(extra="forbid")

    kind: list[Annotated[str, Code("kinds")]] = _values("What it is")
    sector: list[Annotated[str, Code("sectors")]] = _values("Education sector")
    theme: list[Annotated[str, Code("themes")]] = _values("Theme")
    country: list[Annotated[str, Code("countries"), BeforeValidator(upper)]] = _values("Country (ISO 3166-1 alpha-2)")
    region: list[Annotated[str, Code("regions")]] = _values("Region of the world (UN M49)")
    language: list[Annotated[str, Code("languages"), BeforeValidator(lower)]] = _values("A language it is written in")
    year: list[Annotated[int, Field(ge=1900, le=2200)]] = _values("A year in which it took place")
    evidence_level: list[Annotated[str, Code("evidence-levels")]] = _values("How well it is shown to work")
    organisation: list[Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]] = _values(
        "Organisation, by its code"
    )

    def by_facet(self) -> dict[str, tuple[str, ...]]:
        """Return the filters in force, as a search has them."""
        chosen = {facet: tuple(dict.fromkeys(map(str, getattr(self, facet)))) for facet in type(self).model_fields}
        return {facet: codes for facet, codes in chosen.items() if codes}


Name = Annotated[str, Line(NAME_LENGTH)]


class SavedSearchIn(BaseModel):
    """A search to be saved: words, filters or both."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="What you call it; it stands in the subject of mails")
    q: Annotated[str, AfterValidator(storable)] = Field(
        default="", max_length=LONGEST_QUERY, description='Words, "phrases" and -words, as in `GET /search`'
    )
    filters: FiltersIO = Field(default_factory=FiltersIO)
    frequency: Frequency = Field(default=Frequency.DAILY, description="How soon you hear of what is new")
    language: Annotated[str, LanguageTag()] | None = Field(
        default=None, description="The language in which the feed shows texts, where there are such (BCP 47)"
    )


class SavedSearchChange(BaseModel):
    """What is to be otherwise; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    frequency: Frequency | None = None
    paused: bool | None = Field(default=None, description="While true, it tells nothing")


class SavedSearchOut(BaseModel):
    """A saved search as its owner sees it."""

    id: str
    name: str
    q: str
    filters: dict[str, list[str]]
    frequency: Frequency
    paused: bool
    created_at: datetime
    feed: str | None = Field(description="The address of its Atom feed, for whoever has it; null where there is none")
    version: int = Field(description="As in the ETag: what `If-Match` names")


class SavedSearchesOut(BaseModel):
    items: list[SavedSearchOut]
    most: int = Field(description="So many may be saved")


class AlertsOut(BaseModel):
    """What a link in a mail speaks of."""

    name: str = Field(description="What its owner calls the search")
    stopped: bool = Field(description="Whether it tells nothing")


def saved_out(search: SavedSearch, feeds: str) -> SavedSearchOut:
    """Return a search for its owner; ``feeds`` is the address that those of feeds begin with."""
    return SavedSearchOut(
        id=search.id,
        name=search.name,
        q=search.text,
        filters={facet: list(codes) for facet, codes in search.filters.items()},
        frequency=search.frequency,
        paused=search.paused,
        created_at=search.created_at,
        feed=f"{feeds}/{search.feed}" if search.feed else None,
        version=search.version,
    )
