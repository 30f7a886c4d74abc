"""The parameters of a search, checked: an unknown code is refused with those there are."""

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field

from services.search.query import LONGEST_QUERY
from shared.contribution.fields import Code
from shared.text import LanguageTag

_MOST_VALUES: Final = 50


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def storable(text: str) -> str:
    text.encode()  # raises UnicodeEncodeError, a ValueError, for a lone surrogate
    if "\x00" in text:
        raise ValueError("Take out the NUL character")  # as in a body, see shared/http/limits.py
    return text


def _many(description: str) -> object:
    return Query(max_length=_MOST_VALUES, description=f"{description}; give it several times to allow several")


Text = Annotated[
    str,
    Field(max_length=LONGEST_QUERY),  # before the validator, so that it is told in characters
    AfterValidator(storable),
    Query(
        description='Words, "phrases", -words to leave out, filters (country:pt). Empty: all; mere signs: nothing',
    ),
]
Kinds = Annotated[list[Annotated[str, Code("kinds")]], _many("What it is")]
Sectors = Annotated[list[Annotated[str, Code("sectors")]], _many("Education sector")]
Themes = Annotated[list[Annotated[str, Code("themes")]], _many("Theme")]
Countries = Annotated[
    list[Annotated[str, Code("countries"), BeforeValidator(upper)]], _many("Country (ISO 3166-1 alpha-2)")
]
Regions = Annotated[
    list[Annotated[str, Code("regions")]], _many("Region or sub-region of the world (UN M49), by the countries in it")
]
Languages = Annotated[
    list[Annotated[str, Code("languages"), BeforeValidator(lower)]], _many("A language in which there is a text")
]
EvidenceLevels = Annotated[list[Annotated[str, Code("evidence-levels")]], _many("How well it is shown to work")]
Years = Annotated[list[Annotated[int, Field(ge=1900, le=2200)]], _many("A year in which it took place")]
Organisations = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]],
    _many("Organisation, by its code"),
]
PracticeId = Annotated[str, Path(min_length=1, max_length=200), AfterValidator(storable)]
# None for the counts alone.
PageSize = Annotated[int, Query(alias="limit", ge=0, le=100, description="The most items on a page; 0: counts alone")]
Reader = Annotated[
    Annotated[str, LanguageTag()] | None,
    Query(description="The reader's language (BCP 47), for labels and for the text shown"),
]
