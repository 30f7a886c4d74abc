"""A review as a form holds it, and the merge patch that saves it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

GATES: Final = ("relevant", "complete", "ethical", "evidenced")
CRITERIA: Final = (
    "effectiveness",
    "equity_inclusion",
    "transferability",
    "sustainability",
    "partnership",
    "participation",
    "policy_relevance",
)
SCORES: Final = ("0", "1", "2", "3", "4")
SEVERITIES: Final = ("must", "should", "praise")
OUTCOMES: Final = ("approve", "request_changes", "reject")
REASON_MOST: Final = 300
COMMENT_MOST: Final = 1000
TEXT_MOST: Final = 5000
COMMENTS_MOST: Final = 40
_NUMBER: Final = re.compile("[0-9]{1,4}")
_YES_NO: Final = {"yes": True, "no": False}
_YES_NO_OF: Final[Mapping[Any, str]] = {True: "yes", False: "no"}


class Fields(Protocol):
    """What a form brought."""

    def text(self, name: str, default: str = "") -> str: ...

    def names(self, prefix: str = "") -> Iterable[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment on the field that ``pointer`` names. ``place`` is its number in the form."""

    pointer: str
    severity: str
    text: str
    place: int = 0

    def said(self) -> dict[str, str]:
        return {"pointer": self.pointer, "severity": self.severity, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a review says: ``values`` by the names of the form's fields, empty where nothing is said."""

    values: Mapping[str, str]
    remarks: tuple[Remark, ...] = ()

    @classmethod
    def from_form(cls, form: Fields) -> Written:
        """Read a form; a choice that is none of ours counts as none."""
        values = {name: _chosen(form.text(name), allowed) for name, allowed in _choices().items()}
        values |= {f"reason-{criterion}": " ".join(form.text(f"reason-{criterion}").split()) for criterion in CRITERIA}
        values |= {name: form.text(name) for name in ("text_to_author", "confidential")}
        places = sorted({int(number) for number in map(_place, form.names("comment-")) if _NUMBER.fullmatch(number)})
        remarks = (_remark(form, place) for place in places)
        return cls(values=values, remarks=tuple(one for one in remarks if one.text))

    @classmethod
    def from_review(cls, review: Mapping[str, Any] | None) -> Written:
        """Read what the review service keeps; None is a review without a word."""
        review = review or {}
        gates, scores = review.get("gates") or {}, review.get("scores") or {}
        values = {f"gate-{gate}": _YES_NO_OF.get(gates.get(gate), "") for gate in GATES}
        for criterion in CRITERIA:
            given = scores.get(criterion) or {}
            score = given.get("score")
            values[f"score-{criterion}"] = "" if score is None else str(score)
            values[f"reason-{criterion}"] = given.get("reason") or ""
        for name in ("text_to_author", "confidential", "recommendation"):
            values[name] = review.get(name) or ""
        remarks = (
            Remark(pointer=one["pointer"], severity=one["severity"], text=one["text"], place=place)
            for place, one in enumerate(review.get("comments") or ())
        )
        return cls(values=values, remarks=tuple(remarks))

    def patch(self) -> dict[str, Any]:
        """The whole of it as a merge patch (RFC 7396): null empties."""
        values = self.values
        return {
            "gates": {gate: _YES_NO.get(values[f"gate-{gate}"]) for gate in GATES},
            "scores": {
                criterion: {
                    "score": int(score) if (score := values[f"score-{criterion}"]) else None,
                    "reason": values[f"reason-{criterion}"],
                }
                for criterion in CRITERIA
            },
            "comments": [one.said() for one in self.remarks],
            "text_to_author": values["text_to_author"],
            "confidential": values["confidential"],
            "recommendation": values["recommendation"] or None,
        }

    @property
    def judges(self) -> bool:
        """Whether there is a gate, a score or a recommendation in it."""
        return any(value for name, value in self.values.items() if name not in ("text_to_author", "confidential"))

    def said(self) -> dict[str, Any]:
        """As plain values, for a script to compare with what a page holds."""
        return {"values": dict(self.values), "comments": [one.said() for one in self.remarks]}

    def like(self, other: Written) -> bool:
        return self.said() == other.said()

    def differing(self, other: Written) -> tuple[str, ...]:
        """The names of the fields in which both say something, and not the same."""
        return tuple(name for name, value in self.values.items() if value and other.values[name] not in ("", value))

    def filled_from(self, other: Written) -> Written:
        """Return this with what only the other says added to it, so that no word of either is lost."""
        mine = [one.said() for one in self.remarks]
        others = [one for one in other.remarks if one.said() not in mine]
        remarks = [Remark(**one.said(), place=place) for place, one in enumerate((*self.remarks, *others))]
        values = {name: value or other.values[name] for name, value in self.values.items()}
        return Written(values=values, remarks=tuple(remarks))


def field_of(pointer: str, written: Written) -> str:
    """Return the id of the form's field that a pointer into the review means; empty when there is none."""
    steps = pointer.strip("/").split("/")
    match steps:
        case ["gates", gate, *_]:
            return f"gate-{gate}"
        case ["scores", criterion, "reason", *_]:
            return f"reason-{criterion}"
        case ["scores", criterion, *_]:
            return f"score-{criterion}"
        case ["comments", number, *_] if number.isdecimal() and int(number) < len(written.remarks):
            return f"comment-{written.remarks[int(number)].place}-text"
        case ["text_to_author" | "confidential" | "recommendation" as name, *_]:
            return name
    return ""


def without(patch: Mapping[str, Any], pointers: Iterable[str]) -> dict[str, Any]:
    """Return a patch that leaves alone what the pointers name: a fault in one field keeps no other from being saved."""
    kept: dict[str, Any] = {**patch, "gates": dict(patch["gates"])}
    kept["scores"] = {criterion: dict(given) for criterion, given in patch["scores"].items()}
    wrong_remarks = set()
    for pointer in pointers:
        match pointer.strip("/").split("/"):
            case ["gates", gate, *_]:
                kept["gates"].pop(gate, None)
            case ["scores", criterion, name, *_]:
                kept["scores"].get(criterion, {}).pop(name, None)
            case ["comments", number, *_] if number.isdecimal():
                wrong_remarks.add(int(number))
            case [name, *_]:
                kept.pop(name, None)
    if "comments" in kept:
        kept["comments"] = [one for place, one in enumerate(kept["comments"]) if place not in wrong_remarks]
    return kept


def _choices() -> dict[str, tuple[str, ...]]:
    gates = {f"gate-{gate}": tuple(_YES_NO) for gate in GATES}
    return gates | {f"score-{criterion}": SCORES for criterion in CRITERIA} | {"recommendation": OUTCOMES}


def _chosen(value: str, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else ""


def _place(name: str) -> str:
    return name.split("-")[1]


def _remark(form: Fields, place: int) -> Remark:
    severity = _chosen(form.text(f"comment-{place}-severity"), SEVERITIES) or "should"
    pointer, text = form.text(f"comment-{place}-pointer"), form.text(f"comment-{place}-text")
    return Remark(pointer=pointer, severity=severity, text=text, place=place)
