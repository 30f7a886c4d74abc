"""A contribution as readers will see it, in simple form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.web.calls.vocabularies import Term
from services.web.page.formats import Text
from services.web.share.fields import Field, Json, value_at
from services.web.share.steps import STEPS

if TYPE_CHECKING:
    from services.web.page.visit import Visit

VOCABULARIES: Final = (
    "kinds",
    "sectors",
    "themes",
    "target-groups",
    "countries",
    "reach",
    "evidence-levels",
    "licences",
    "mobility-directions",
    "mobility-participants",
    "mobility-activities",
    "recognition-instruments",
    "policy-links",
    "fora",
    "erasmus-key-actions",
    "erasmus-action-types",
    "audiences",
    "fields",
)
# Where the order of the form is not the order of reading.
_FACTS: Final = (
    "sectors",
    "themes",
    "target_groups",
    "countries",
    "partner_countries",
    "reach",
    "evidence_level",
    "mobility.directions",
    "mobility.participants",
    "mobility.activity_type",
    "mobility.duration_days",
    "mobility.recognition_instruments",
    "joint_action.by_when",
    "programme.programme",
    "programme.key_action",
    "programme.action_type",
    "programme.call_year",
    "programme.project_id",
    "policy_links",
    "fora",
    "licence",
    "declarations.funding",
)


Terms = Mapping[str, Mapping[str, Term]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    label: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    values: Sequence[str]


def sections(visit: Visit, content: Json, terms: Terms) -> list[Section]:
    """Return the texts in their order, in the reader's language where there is one."""
    found = []
    for field in (field for step in STEPS for field in step.fields):
        if field.shape == "words" and field.name not in ("title", "summary"):
            text = visit.formats.said(value_at(content, field.path), content.get("source_language"))
            if text:
                found.append(Section(label=_label(field, terms), text=text))
    return found


def facts(visit: Visit, content: Json, terms: Terms) -> list[Fact]:
    """Return what is said in codes, figures and days."""
    fields = {field.name: field for step in STEPS for field in step.fields}
    found = []
    for name in _FACTS:
        values = _values(visit, fields[name], value_at(content, fields[name].path), terms)
        if values:
            found.append(Fact(label=_label(fields[name], terms), values=values))
    return found


def _values(visit: Visit, field: Field, value: Any, terms: Terms) -> list[str]:
    if value in (None, "", []):
        return []
    if field.shape == "day":
        return [visit.formats.day(value)]
    labels = terms.get(field.codes or "", {})
    codes = value if isinstance(value, list) else [value]
    return [labels[code].label if code in labels else str(code) for code in codes]


def _label(field: Field, terms: Terms) -> str:
    """The name of a field as readers find it, not the question that its author was asked."""
    named = terms["fields"].get(field.name)
    return named.label if named else field.name
