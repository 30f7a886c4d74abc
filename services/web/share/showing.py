"""What a page of the form shows: each field with its value, its choices, what is wrong, and what others say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.web.calls.vocabularies import Term
from services.web.share.comments import Comment
from services.web.share.fields import Field, Json, field_id, value_at, value_of

if TYPE_CHECKING:
    from services.web.page.visit import Visit

Terms = Mapping[str, Mapping[str, Term]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a group; ``rest`` is all that the record holds of it, carried along in the form."""

    number: int | str
    legend: str
    parts: Sequence[Shown]
    rest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A field as the template takes it. ``value`` is a text, or the list of codes; ``unknown`` what is no code.

    ``theirs`` is what was saved meanwhile where it is not what this page shows, ``source`` the original of what is
    translated.
    """

    field: Field
    name: str
    label: str
    hint: str = ""
    optional: bool = False
    value: Any = ""
    unknown: str = ""
    options: Sequence[tuple[str, str]] = ()
    error: str = ""
    comments: Sequence[Comment] = ()
    rows: Sequence[Row] = ()
    blank: Row | None = None
    theirs: str | None = None
    source: str = ""
    attributes: Mapping[str, Any]

    @property
    def id(self) -> str:
        return field_id(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """All that showing the fields of one page needs."""

    visit: Visit
    content: Json
    language: str
    translating: bool
    terms: Terms
    errors: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, Sequence[Comment]] = field(default_factory=dict)
    conflicts: Mapping[str, str] = field(default_factory=dict)
    extra: str = ""

    def shown(self, asked: Field, value: Any, prefix: str = "", row: Json | None = None) -> Shown:
        """Return a field with this value. Of a part of a row, ``prefix`` is what its name begins with."""
        _, name = self.visit._, prefix + asked.name
        label, hint = self._words_of(asked)
        choices = self.terms.get(asked.codes or "", {})
        rows = self._rows(asked, value) if asked.shape == "rows" else ()
        if asked.shape == "language" and value is None:
            value = self.visit.language
        options = [(code, term.label) for code, term in choices.items()]
        if asked.shape == "own":
            options = self._own(label, value)
        known, unknown = _split(asked, value, choices)
        return Shown(
            field=asked,
            name=name,
            label=label,
            hint=hint,
            optional=self.translating or (asked.is_optional(self.content.get("kind")) and not asked.fold),
            value=known,
            unknown=unknown,
            options=options,
            error=self.errors.get(field_id(name), ""),
            comments=() if prefix else self.comments.get(asked.name, ()),
            rows=rows,
            blank=self._row(asked, "__n__", {}) if asked.shape == "rows" and not self.translating else None,
            theirs=None if prefix else self.conflicts.get(asked.name),
            source=self._source(asked, self.content if row is None else row),
            attributes=_attributes(asked, self.language),
        )

    def _words_of(self, asked: Field) -> tuple[str, str]:
        label, hint = asked.label, asked.hint
        if asked.joint and self.content.get("kind") == "joint_action":
            label, hint = asked.joint
        return self.visit._(label), self.visit._(hint) if hint else ""

    def _own(self, label: str, value: Any) -> list[tuple[str, str]]:
        """The organisation to tie it to: the one it is tied to already, else the person's own, if they have one."""
        own = self.visit.person.organisation if self.visit.person else None
        if value and value != own:
            said = self.visit._("This is an organisation of the network ({name})")
            return [(str(value), said.format(name=value))]
        return [(own, label)] if own else []

    def _source(self, asked: Field, document: Json) -> str:
        if not self.translating or asked.shape != "words":
            return ""
        found = value_at(document, (*asked.path, self.content.get("source_language") or "", "text"))
        return found if isinstance(found, str) else ""

    def _rows(self, asked: Field, value: Any) -> list[Row]:
        documents: list[Json] = list(value or ())
        if not self.translating and (not documents or self.extra == asked.name):
            documents.append({})
        return [self._row(asked, number, document) for number, document in enumerate(documents)]

    def _row(self, asked: Field, number: int | str, document: Json) -> Row:
        prefix = f"{asked.name}.{number}."
        parts = [part for part in asked.parts if part.holds_words or not self.translating]
        legend = self.visit._(asked.one)
        return Row(
            number=number,
            legend=legend.format(n=number + 1) if isinstance(number, int) else legend,
            parts=[self.shown(part, value_of(part, document, self.language), prefix, document) for part in parts],
            rest=json.dumps(document, ensure_ascii=False) if document else "",
        )

    def readable(self, asked: Field, value: Any) -> str:
        """Return a value in plain words, line by line, to be compared with another."""
        if value in (None, "", []):
            return ""
        choices = self.terms.get(asked.codes or "", {})
        if asked.shape == "rows":
            return "\n".join(f"- {self._row_in_words(asked, row)}" for row in value)
        if asked.shape == "tick":
            return self.visit._("Yes")
        if isinstance(value, list):
            return "\n".join(f"- {choices[code].label if code in choices else code}" for code in value)
        return choices[value].label if value in choices else str(value)

    def _row_in_words(self, asked: Field, row: Json) -> str:
        parts = (self.readable(part, value_of(part, row, self.language)) for part in asked.parts)
        return ", ".join(part for part in parts if part)


def _split(asked: Field, value: Any, choices: Mapping[str, Term]) -> tuple[Any, str]:
    """Part what can be ticked or is known from what was only written."""
    match asked.shape:
        case "countries":
            codes = list(value or ())
            return [code for code in codes if code in choices], "; ".join(c for c in codes if c not in choices)
        case "country":
            return (choices[value].label if value in choices else value or ""), ""
        case "boxes":
            return list(value or ()), ""
        case "tick":
            return value is True, ""
        case "rows":
            return None, ""
    return ("" if value is None else value), ""


def _attributes(asked: Field, language: str) -> dict[str, Any]:
    """What the control has beside its name and value."""
    found: dict[str, Any] = {"lang": language, "dir": "auto"} if asked.shape == "words" else {}
    if asked.shape == "words" and asked.rows == 1:
        found["data-most"] = asked.most
    if asked.shape == "whole":
        found["inputmode"] = "numeric"
    if asked.autocomplete:
        found["autocomplete"] = asked.autocomplete
    return found
