"""The kinds of value that fields of the record take: codes, texts in several languages, days, measures."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared.text import Email, LanguageTag, Line, Prose, Url
from shared.vocabulary import UnknownCode, vocabulary

MAX_LANGUAGES: Final = 30
_MAX_NUMBER: Final = 10**15  # exact in JSON, in a double and in BSON
_YEARS: Final = range(1900, 2201)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_check_line: Final = Line(200)

T = TypeVar("T")

Name = Annotated[str, Line(300)]
Identifier = Annotated[str, Line(200)]
Remark = Annotated[str, Line(500)]
Note = Annotated[str, Prose(2000)]
Address = Annotated[str, Url()]
EmailAddress = Annotated[str, Email()]
Tag = Annotated[str, LanguageTag()]


class Part(BaseModel):
    """A piece of the record: it cannot be changed, and refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the vocabulary of this name; the error names the codes allowed."""

    name: str

    def __call__(self, code: str) -> str:
        try:
            return vocabulary(self.name).check(code)
        except UnknownCode as error:
            raise PydanticCustomError(
                "unknown-code",
                "Choose one of the codes of the vocabulary {vocabulary}",
                {"vocabulary": self.name, "allowed": list(error.allowed)},
            ) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(vocabulary(self.name).codes), "x-vocabulary": self.name}


def is_absent(value: object) -> bool:
    """Tell whether ``value`` stands for nothing at all: None, no items, no languages (False and 0 are something)."""
    # Asked for every field of every part: what is there is nearly always true, and comparing it would cost.
    return not value and (value is None or value in ((), {}))


def optional(description: str, **limits: Any) -> Any:
    """Declare a field that may be absent."""
    return Field(default=None, description=description, exclude_if=is_absent, **limits)


def several(description: str, at_most: int) -> Any:
    """Declare a list that may be empty."""
    return Field(default=(), description=description, max_length=at_most, exclude_if=is_absent)


def worded(description: str) -> Any:
    """Declare a text in any number of languages."""
    return Field(default_factory=dict, description=description, max_length=MAX_LANGUAGES, exclude_if=is_absent)


def _null_is_empty(value: object) -> object:
    return () if value is None else value


def _once_each(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


Many = Annotated[tuple[T, ...], BeforeValidator(_null_is_empty)]
Set = Annotated[tuple[T, ...], BeforeValidator(_null_is_empty), AfterValidator(_once_each)]


class Text(Part):
    """A text in one language and how it came about."""

    text: str
    provenance: Annotated[str, Code("provenance")] = Field(default="original", description="How this text came about")


class Title(Text):
    text: Annotated[str, Line(120, blank=True)]


class Phrase(Text):
    text: Annotated[str, Line(300, blank=True)]


class Abstract(Text):
    text: Annotated[str, Prose(600, blank=True)]


class Passage(Text):
    text: Annotated[str, Prose(20_000, blank=True)]


AnyText = TypeVar("AnyText", bound=Text)


def _each_language_once(value: Any, validate: ValidatorFunctionWrapHandler) -> dict[str, Any]:
    texts: dict[str, Any] = validate(value)
    if len(texts) != len(value):
        raise PydanticCustomError("language-twice", "Give each language once; two of these keys mean the same language")
    return texts


def _by_language(value: Any, validate: ValidatorFunctionWrapHandler) -> dict[str, Text]:
    """Leave out languages without words; refuse two keys that mean one language."""
    if value is None:
        return {}
    texts: dict[str, Text] = _each_language_once(value, validate)
    return texts if all(text.text for text in texts.values()) else {k: t for k, t in texts.items() if t.text}


Worded = Annotated[dict[Tag, AnyText], WrapValidator(_by_language)]
Notes = Annotated[dict[Tag, Note], WrapValidator(_each_language_once)]


def _day(value: object) -> date:
    day = value if type(value) is date else None
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
    if day is None or day.year not in _YEARS:
        raise PydanticCustomError("day", "Write a day as year-month-day between 1900 and 2200, such as 2026-03-31")
    return day


Day = Annotated[date, BeforeValidator(_day)]


def _measure(value: object) -> int | float | str:
    if isinstance(value, str):
        return _check_line(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and -_MAX_NUMBER <= value <= _MAX_NUMBER:
        return value
    raise PydanticCustomError("measure", "Write a number of at most 15 digits, or a text of at most 200 characters")


Measure = Annotated[
    int | float | str,
    PlainValidator(_measure),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -_MAX_NUMBER, "maximum": _MAX_NUMBER},
                {"type": "string", "minLength": 1, "maxLength": 200},
            ]
        }
    ),
]
