"""A contribution as a reviewer reads it: every field that is filled in, with its label, in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.web.calls.vocabularies import Term
from services.web.page.formats import Formats

VOCABULARIES: Final = (
    "fields",
    "kinds",
    "sectors",
    "target-groups",
    "themes",
    "evidence-levels",
    "reach",
    "mobility-directions",
    "mobility-participants",
    "mobility-activities",
    "recognition-instruments",
    "erasmus-key-actions",
    "erasmus-action-types",
    "policy-links",
    "fora",
    "licences",
    "audiences",
)
_TEXTS: Final = (
    "summary",
    "context",
    "actions",
    "results",
    "failure",
    "causes",
    "change",
    "joint_action.ask",
    "joint_action.addressee",
    "joint_action.outcome",
    "transferability",
    "resources",
    "sustainability",
    "inclusion",
    "green",
)
# Field, how it is shown, and the vocabulary of its codes.
_FACTS: Final = (
    ("evidence_level", "codes", "evidence-levels"),
    ("sectors", "codes", "sectors"),
    ("target_groups", "codes", "target-groups"),
    ("themes", "codes", "themes"),
    ("mobility.directions", "codes", "mobility-directions"),
    ("mobility.participants", "codes", "mobility-participants"),
    ("mobility.activity_type", "codes", "mobility-activities"),
    ("mobility.duration_days", "plain", ""),
    ("mobility.recognition_instruments", "codes", "recognition-instruments"),
    ("countries", "countries", ""),
    ("partner_countries", "countries", ""),
    ("reach", "codes", "reach"),
    ("period", "period", ""),
    ("joint_action.by_when", "day", ""),
    ("joint_action.supporting_organisations", "organisations", ""),
    ("lead_organisation", "organisations", ""),
    ("partner_organisations", "organisations", ""),
    ("authors", "authors", ""),
    ("contact", "contact", "audiences"),
    ("programme.programme", "plain", ""),
    ("programme.key_action", "codes", "erasmus-key-actions"),
    ("programme.action_type", "codes", "erasmus-action-types"),
    ("programme.call_year", "plain", ""),
    ("programme.project_id", "plain", ""),
    ("programme.project_card", "address", ""),
    ("programme.website", "address", ""),
    ("links", "links", ""),
    ("policy_links", "codes", "policy-links"),
    ("fora", "codes", "fora"),
    ("licence", "codes", "licences"),
    ("declarations", "declarations", ""),
)
_PARTS: Final[Mapping[str, Mapping[str, None]]] = {
    "organisations": dict.fromkeys(("id", "name", "country", "type", "website")),
    "authors": dict.fromkeys(("name", "organisation")),
    "contact": dict.fromkeys(("name", "email", "visibility")),
    "links": dict.fromkeys(("url", "label")),
    "period": dict.fromkeys(("start", "end")),
    "declarations": dict.fromkeys(("rights", "consent", "funding", "interests")),
    "indicators": dict.fromkeys(("value", "unit", "baseline", "source")),
}
# What may well be left empty, but a reviewer should notice.
_WORTH_HAVING: Final = ("results", "resources", "sustainability", "inclusion", "green", "indicators", "links")

Terms = Mapping[str, Mapping[str, Term]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One field: ``shown`` says how its ``value`` is to be shown."""

    name: str
    label: str
    shown: str
    value: Any

    @property
    def pointer(self) -> str:
        return pointer_of(self.name)

    @property
    def anchor(self) -> str:
        return anchor_of(self.pointer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one reads. ``languages`` are all it has texts in, its own first."""

    title: Any
    source: str
    languages: tuple[str, ...]
    texts: tuple[Piece, ...]
    facts: tuple[Piece, ...]
    absent: tuple[str, ...]

    def places(self, whole: str, fields: Mapping[str, Term]) -> list[tuple[str, str]]:
        """What a comment can be about, as options: the whole, the title, every field that is filled in."""
        pieces = [(piece.pointer, piece.label) for piece in (*self.texts, *self.facts)]
        return [("", whole), ("/title", label_of("/title", fields)), *pieces]


def read(content: Mapping[str, Any], *, terms: Terms, formats: Formats, wanted: str | None) -> Contribution:
    """Return a contribution in the ``wanted`` language where it has it, else in the page's, else in its own."""
    source = content.get("source_language") or ""
    fields = terms["fields"]

    def say(texts: Mapping[str, Any] | None) -> Any:
        return formats.said(texts, source, wanted)

    texts = [
        Piece(name=name, label=_label(name, fields), shown="prose", value=say(value))
        for name in _TEXTS
        if (value := _at(content, name))
    ]
    if content.get("indicators"):
        rows = [{**_PARTS["indicators"], **row, "name": say(row.get("name"))} for row in content["indicators"]]
        texts.append(Piece(name="indicators", label=_label("indicators", fields), shown="indicators", value=rows))
    return Contribution(
        title=say(content.get("title")),
        source=source,
        languages=_languages(content, source),
        texts=tuple(texts),
        facts=tuple(_facts(content, terms, formats)),
        absent=tuple(
            _label(name, fields) for name in _WORTH_HAVING if not content.get(name) and _expects(content, name)
        ),
    )


def pointer_of(name: str) -> str:
    """RFC 6901, of a field's name as the vocabulary writes it."""
    return "/" + name.replace(".", "/")


def anchor_of(pointer: str) -> str:
    """The id of the element that shows a field."""
    return "f" + pointer.replace("/", "-")


def label_of(pointer: str, fields: Mapping[str, Term]) -> str:
    """The label of the field that a pointer names, or of the nearest around it; empty for the whole."""
    steps = [step for step in pointer.split("/")[1:] if not step.isdecimal()]
    while steps:
        if term := fields.get(".".join(steps)):
            return term.label
        steps.pop()
    return ""


def shown_at(pointer: str, contribution: Contribution) -> str:
    """The anchor of the piece that a pointer leads into; the top of the contribution when there is none."""
    pieces = (piece for piece in (*contribution.texts, *contribution.facts) if _within(pointer, piece.pointer))
    return next((piece.anchor for piece in pieces), "f-title" if pointer.startswith("/title") else "contribution")


def _within(pointer: str, whole: str) -> bool:
    return pointer == whole or pointer.startswith(whole + "/")


def _label(name: str, fields: Mapping[str, Term]) -> str:
    return label_of(pointer_of(name), fields) or name


def _at(content: Mapping[str, Any], name: str) -> Any:
    value: Any = content
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _expects(content: Mapping[str, Any], name: str) -> bool:
    return name != "results" or content.get("kind") == "practice"


def _facts(content: Mapping[str, Any], terms: Terms, formats: Formats) -> Iterator[Piece]:
    for name, shown, vocabulary in _FACTS:
        value = _at(content, name)
        if value in (None, [], {}, ""):
            continue
        if shown == "codes":
            value = [_worded(code, terms[vocabulary]) for code in ([value] if isinstance(value, str) else value)]
        elif shown == "countries":
            value = [formats.country(code) for code in value]
        elif shown in _PARTS:
            value = _whole(value, _PARTS[shown], several=shown in ("organisations", "authors", "links"))
            if vocabulary:
                value = {**value, "visibility": _worded(value["visibility"], terms[vocabulary])}
        yield Piece(name=name, label=_label(name, terms["fields"]), shown=shown, value=value)


def _whole(value: Any, parts: Mapping[str, None], *, several: bool) -> Any:
    """The value with every part of it, None where nothing is said; a list where there may be several."""
    if not several:
        return {**parts, **value}
    return [{**parts, **one} for one in ([value] if isinstance(value, Mapping) else value)]


def _worded(code: str | None, terms: Mapping[str, Term]) -> str:
    return terms[code].label if code and code in terms else code or ""


def _languages(content: Mapping[str, Any], source: str) -> tuple[str, ...]:
    named: Sequence[str] = sorted({tag for name in ("title", *_TEXTS) for tag in (_at(content, name) or {})})
    return tuple(dict.fromkeys([tag for tag in named if tag == source] + list(named)))
