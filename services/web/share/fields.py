"""The fields of the guided form: what each is, how it is read from a contribution and from a form that was sent.

A field's name is its way through the record, parted by dots (``mobility.directions``); the controls of the form have
the same names, those of rows with their place in between (``authors.0.name``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, Literal
from unicodedata import normalize

from services.web.page.forms import Posted

Json = dict[str, Any]
Shape = Literal[
    "words", "line", "prose", "radio", "select", "boxes", "countries", "country", "whole", "measure", "day", "tick",
    "rows", "language", "own",
]  # fmt: skip

KINDS: Final = frozenset({"practice", "lesson_learned", "joint_action"})
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?")
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}")
_MOST_ROWS: Final = 120
_MOST_BOXES: Final = 300
_LARGEST_REST: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question. ``codes`` names the vocabulary to choose from, ``most`` how many characters, codes or rows.
    The shape ``own`` ties an organisation to the sign-in, by the identifier it has there.

    ``kinds`` are those it is asked for (what is there already is always shown), ``optional_for`` those that can do
    without it. ``joint`` are the label and hint where a proposal for a joint action needs others. ``fold`` is the
    heading of the fold it stands in. ``add`` and ``one`` are the words of rows: of the button, and of one row.
    """

    name: str
    shape: Shape
    label: str
    hint: str = ""
    codes: str | None = None
    most: int | None = None
    rows: int = 8
    columns: bool = False
    type: str = "text"
    autocomplete: str | None = None
    parts: tuple[Field, ...] = ()
    kinds: frozenset[str] = KINDS
    optional_for: frozenset[str] = frozenset()
    joint: tuple[str, str] | None = None
    fold: str = ""
    add: str = ""
    one: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    @property
    def holds_words(self) -> bool:
        """Whether there is something in it to write in several languages."""
        return self.shape == "words" or any(part.holds_words for part in self.parts)

    def is_optional(self, kind: str | None) -> bool:
        return kind in self.optional_for

    def asked(self, content: Json) -> bool:
        """Whether a contribution like this is asked for it, or has it."""
        return (
            self.kinds == KINDS
            or content.get("kind") in self.kinds
            or value_at(content, self.path) not in (None, [], {})
        )


def field_id(name: str) -> str:
    """Return the id of the control of that name, as the macros of forms make it."""
    return name.replace("/", "-").replace(".", "-")


def value_at(document: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document


def value_of(field: Field, document: Json, language: str) -> Any:
    """Return what a document says for a field: None where it says nothing, of words those in ``language``."""
    found = value_at(document, field.path)
    if field.shape == "words":
        found = value_at(found, (language, "text"))
    return None if found in ("", [], {}, False) else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A form to be read: its texts are in ``language``; ``translating`` when that is not the one it is written in.

    ``countries`` are codes by the names that people may write, in lower case. ``without`` is a row to leave out.
    """

    posted: Posted
    language: str
    translating: bool
    countries: Mapping[str, str]
    without: str = ""

    def country(self, name: str) -> str:
        """Return the code of a country; what is none comes back as it was written, for the service to refuse."""
        return self.countries.get(name.casefold(), name)


def value_from(field: Field, reading: Reading, prefix: str = "") -> Any:
    """Return what a form says for a field, in the form in which the record keeps it; None for nothing."""
    name, posted = prefix + field.name, reading.posted
    match field.shape:
        case "boxes":
            return posted.texts(name)[:_MOST_BOXES] or None
        case "countries":
            return _countries(name, reading) or None
        case "tick":
            return True if posted.text(name) == "yes" else None
        case "rows":
            return [row for _, row in numbered_rows(field, reading)] or None
    text = normalize("NFC", posted.text(name)) or None
    return None if text is None else _typed(field, text, reading)


def _typed(field: Field, text: str, reading: Reading) -> Any:
    if field.shape == "country":
        return reading.country(text)
    if field.shape == "whole" and _WHOLE.fullmatch(text):
        return int(text)
    if field.shape == "measure" and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _countries(name: str, reading: Reading) -> list[str]:
    """The countries that are ticked, then those that are written, parted by semicolons."""
    typed = reading.posted.text(f"{name}.more")
    written = [reading.country(part) for one in typed.split(";") if (part := one.strip())]
    return list(dict.fromkeys([*reading.posted.texts(name), *written]))[:_MOST_BOXES]


def numbered_rows(field: Field, reading: Reading) -> Iterator[tuple[int, Json]]:
    """Yield the rows of a group with their numbers in the form, without those in which nothing is written.

    What a row holds beside what is shown comes along in ``<group>.<n>.rest``.
    """
    shown = [part for part in field.parts if part.holds_words or not reading.translating]
    for number in _numbers(field.name, reading.posted):
        prefix = f"{field.name}.{number}."
        if prefix == f"{reading.without}.":
            continue
        values = {part: value_from(part, reading, prefix) for part in shown}
        if reading.translating or any(value is not None for value in values.values()):
            row = _rest(reading.posted.text(f"{prefix}rest"))
            for part, value in values.items():
                row = with_value(row, part, value, reading.language, translating=reading.translating)
            yield number, row


def with_value(document: Json, field: Field, value: Any, language: str, *, translating: bool) -> Json:
    """Return the document with a field set; None takes it out. A text that stays as it was keeps its provenance."""
    if field.shape == "words":
        texts = dict(value_at(document, field.path) or {})
        if value is None:
            texts.pop(language, None)
        elif value_at(texts, (language, "text")) != value:
            texts[language] = {"text": value, "provenance": "human" if translating else "original"}
        value = texts or None
    result = deepcopy(document)
    place = result
    for step in field.path[:-1]:
        place = place.setdefault(step, {})
    place.pop(field.path[-1], None)
    if value is not None:
        place[field.path[-1]] = value
    return result


def patch_of(field: Field, value: Any, language: str, *, translating: bool) -> Json:
    """Return the JSON merge patch (RFC 7396) that sets a field; None takes it out."""
    if field.shape == "words":
        text = {"text": value, "provenance": "human" if translating else "original"}
        value = {language: None if value is None else text}
    for step in reversed(field.path):
        value = {step: value}
    patch: Json = value
    return patch


def digest(value: Any) -> str:
    """Return a short mark of a value, to tell whether it is still the one that a page showed."""
    if value in (None, "", [], {}, False):
        return "-"
    written = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def _numbers(name: str, posted: Posted) -> list[int]:
    found = (re.match(rf"{re.escape(name)}\.(\d{{1,4}})\.", one) for one in posted.names(f"{name}."))
    return list(dict.fromkeys(int(one[1]) for one in found if one))[:_MOST_ROWS]


def _rest(text: str) -> Json:
    """What a page carried along; whatever else somebody sends is checked by the service as any content is."""
    try:
        found = json.loads(text) if text and len(text) <= _LARGEST_REST else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
