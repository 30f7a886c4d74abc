"""The filters as other systems write them: query parameters of a GET, or an object in a body. Both mean the same.

A code that there is not is refused with those there are: a mistyped filter would silently let nothing through.
"""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.syndication.domain.filters import Filter, short
from shared.contribution.fields import Code
from shared.events.registry import PUBLIC
from shared.text import LanguageTag
from shared.vocabulary import vocabulary

MOST_VALUES: Final = 50
_LONGEST_ORGANISATION: Final = 200

_TYPES: Final = tuple(short(event.type) for event in PUBLIC)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _known_language(tag: str) -> str:
    languages = vocabulary("languages")
    if tag.partition("-")[0] not in languages:
        raise PydanticCustomError(
            "unknown-code",
            "Choose one of the codes of the vocabulary {vocabulary}, alone or with a region such as pt-BR",
            {"vocabulary": "languages", "allowed": list(languages.usable)},
        )
    return tag


def _storable(text: str) -> str:
    text.encode()  # raises UnicodeEncodeError, a ValueError, for a lone surrogate
    if "\x00" in text:
        raise ValueError("Take out the NUL character")  # as in a body, see shared/http/limits.py
    return text


EventType = Literal[_TYPES]  # type: ignore[valid-type]  # made from the registry, so that it cannot be out of date
Kind = Annotated[str, Code("kinds")]
Sector = Annotated[str, Code("sectors")]
Theme = Annotated[str, Code("themes")]
Country = Annotated[str, Code("countries"), BeforeValidator(_upper)]
Language = Annotated[str, LanguageTag(), AfterValidator(_known_language)]
Organisation = Annotated[str, Field(min_length=1, max_length=_LONGEST_ORGANISATION), AfterValidator(_storable)]

_WHAT: Final = {
    "types": "What happened, without prefix and version",
    "kinds": "What it is",
    "sectors": "Education sector",
    "themes": "Theme",
    "countries": "Country (ISO 3166-1 alpha-2)",
    "languages": "A language in which there is a text (BCP 47); one without a region lets all its regions through",
    "organisations": "Organisation that took part, by its code as in search",
}


def _several(alias: str, name: str) -> Any:
    return Query(
        alias=alias, max_length=MOST_VALUES, description=f"{_WHAT[name]}; give it several times to allow several"
    )


def codes_of_query(
    kinds: Annotated[list[Kind], _several("kind", "kinds")] = [],  # noqa: B006 - FastAPI copies it
    sectors: Annotated[list[Sector], _several("sector", "sectors")] = [],  # noqa: B006
    themes: Annotated[list[Theme], _several("theme", "themes")] = [],  # noqa: B006
    countries: Annotated[list[Country], _several("country", "countries")] = [],  # noqa: B006
    languages: Annotated[list[Language], _several("language", "languages")] = [],  # noqa: B006
    organisations: Annotated[list[Organisation], _several("organisation", "organisations")] = [],  # noqa: B006
) -> Filter:
    """Return the filter that the query parameters of a request ask for, of all types of events."""
    return Filter(
        kinds=frozenset(kinds),
        sectors=frozenset(sectors),
        themes=frozenset(themes),
        countries=frozenset(countries),
        languages=frozenset(languages),
        organisations=frozenset(organisations),
    )


# On a route that tells of practices, whatever happened to them last: ``wanted: CodesQuery``.
CodesQuery = Annotated[Filter, Depends(codes_of_query)]


def filter_of_query(
    codes: CodesQuery,
    types: Annotated[list[EventType], _several("type", "types")] = [],  # noqa: B006
) -> Filter:
    """Return the filter that the query parameters of a request ask for."""
    return replace(codes, types=frozenset(types))


# On a route that tells events: ``wanted: FilterQuery``.
FilterQuery = Annotated[Filter, Depends(filter_of_query)]


def _listed(name: str) -> Any:
    return Field(default=(), max_length=MOST_VALUES, description=f"{_WHAT[name]}; any of these, or all where empty")


class FilterBody(BaseModel):
    """Which events are wanted: those that fit every list that is not empty, by any of its codes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    types: tuple[EventType, ...] = _listed("types")
    kinds: tuple[Kind, ...] = _listed("kinds")
    sectors: tuple[Sector, ...] = _listed("sectors")
    themes: tuple[Theme, ...] = _listed("themes")
    countries: tuple[Country, ...] = _listed("countries")
    languages: tuple[Language, ...] = _listed("languages")
    organisations: tuple[Organisation, ...] = _listed("organisations")

    def to_filter(self) -> Filter:
        """Return the filter that it asks for."""
        return Filter(**{name: frozenset(getattr(self, name)) for name in type(self).model_fields})
