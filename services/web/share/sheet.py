"""A page of the form as it was sent: the values of its fields, and what they change of a contribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.web.page.forms import Posted
from services.web.share.fields import Field, Json, Reading, patch_of, value_at, value_from, value_of
from services.web.share.seen import Seen
from services.web.share.step import Step
from services.web.share.steps import STEPS

ANSWERS: Final = "answers."
_SOURCE: Final = "source_language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """``fields`` are those that the page showed, ``values`` what stands in them now; answers to comments are among
    them as ``answers.<comment id>``. Where the person chose what somebody else saved, there is no value. Texts are in
    ``language``.
    """

    step: Step
    language: str
    translating: bool
    fields: tuple[Field, ...]
    values: Mapping[str, Any]
    seen: Seen

    @classmethod
    def sent(cls, step: Step, posted: Posted, countries: Mapping[str, str]) -> Sheet:
        """Read a form that a page of this step sent."""
        seen = Seen.read(posted.text("seen"))
        language, translating = posted.text("language"), posted.text("translating") == "yes"
        wanted, _, row = posted.text("do").partition(":")
        reading = Reading(
            posted=posted,
            language=language,
            translating=translating,
            countries=countries,
            without=row if wanted == "remove" else "",
        )
        fields = tuple(field for field in step.fields if field.name in seen.marks)
        mine = (field for field in fields if posted.text(f"choose.{field.name}") != "saved")
        values = {field.name: value_from(field, reading) for field in mine}
        answers = [name for name in seen.marks if name.startswith(ANSWERS)]
        values |= {name: posted.text(name) or None for name in answers}
        return cls(step=step, language=language, translating=translating, fields=fields, values=values, seen=seen)

    @property
    def changes(self) -> dict[str, Any]:
        """Return what the person changed since the page was made."""
        return self.seen.changed(self.values)

    def saved_values(self, view: Json) -> dict[str, Any]:
        """Return what a contribution says now for the fields of the page."""
        return values_of(self.fields, view, self.language) | {
            name: value for name, value in answers_of(view).items() if name in self.seen.marks
        }

    def body(self, changes: Mapping[str, Any], view: Json | None) -> Json:
        """Return the body of the PATCH that makes these changes. ``view`` is needed where the language changes."""
        content: Json = {}
        for field in self.fields:
            if field.name in changes:
                patch = patch_of(field, changes[field.name], self.language, translating=self.translating)
                content = _joined(content, patch)
        if _SOURCE in changes and view:
            content = _joined(content, moved(view["content"], changes[_SOURCE]))
        answers = [
            {"comment_id": name.removeprefix(ANSWERS), "text": text or ""}
            for name, text in changes.items()
            if name.startswith(ANSWERS)
        ]
        return {"content": content, "answers": answers} if answers else {"content": content}

    def needs_view(self, changes: Mapping[str, Any]) -> bool:
        return bool(changes.get(_SOURCE))


def values_of(fields: tuple[Field, ...], view: Json, language: str) -> dict[str, Any]:
    return {field.name: value_of(field, view["content"], language) for field in fields}


def answers_of(view: Json) -> dict[str, Any]:
    """Return the answers that comments wait for, as far as they are written, as fields of a form."""
    feedback = view.get("feedback") or {}
    given = {answer["comment_id"]: answer["text"] for answer in feedback.get("answers") or ()}
    open_ones = (one["id"] for one in feedback.get("comments") or () if one["severity"] in ("must", "should"))
    return {f"{ANSWERS}{one}": given.get(one) for one in open_ones}


def moved(content: Json, language: str) -> Json:
    """Return the patch that takes every text of the source language along to another one, where that has none."""
    before, patch = content.get(_SOURCE), Json()
    if not before or before == language:
        return patch
    for field in (field for step in STEPS for field in step.fields):
        if field.shape == "words":
            text = value_at(content, (*field.path, before, "text"))
            if text and not value_at(content, (*field.path, language)):
                texts: Any = {before: None, language: {"text": text, "provenance": "original"}}
                for name in reversed(field.path):
                    texts = {name: texts}
                patch = _joined(patch, texts)
    if rows := content.get("indicators"):
        patch["indicators"] = [_row_moved(row, before, language) for row in rows]
    return patch


def _row_moved(row: Json, before: str, language: str) -> Json:
    names = dict(row.get("name") or {})
    if before in names and language not in names:
        names[language] = names.pop(before)
    return {**row, "name": names} if names else row


def _joined(one: Json, other: Json) -> Json:
    result = dict(one)
    for name, value in other.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = _joined(result[name], value) if both else value
    return result
