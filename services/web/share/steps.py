"""All steps in their order, and finding one's way among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.web.share.around import AROUND
from services.web.share.fields import Field, field_id
from services.web.share.step import Step
from services.web.share.terms import TERMS
from services.web.share.what import WHAT

STEPS: Final = (*WHAT, *AROUND, *TERMS)
FILES: Final = "files"
_ENDS: Final[dict[tuple[str, ...], tuple[str, ...]]] = {("period",): ("period", "end")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a JSON pointer into the content leads: a step, a field of it, the id of the control, a language."""

    step: Step
    field: Field
    control: str
    language: str | None

    def address(self, contribution_id: str, source: str | None) -> str:
        """Return the address of the field, for following a link to it."""
        other = f"?in={self.language}" if self.language and self.language != source and self.field.holds_words else ""
        return f"/share/{contribution_id}/{self.step.name}{other}#{self.control}"


def steps_of(content: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return the steps that a contribution like this has."""
    return tuple(step for step in STEPS if step.applies(content))


def step_named(name: str) -> Step | None:
    return next((step for step in STEPS if step.name == name), None)


def codes_of(fields: tuple[Field, ...]) -> set[str]:
    """Return the names of the vocabularies that these fields choose from."""
    named = {field.codes for field in fields if field.codes}
    return named.union(*(codes_of(field.parts) for field in fields))


def place_of(pointer: str) -> Place | None:
    """Find the field that a JSON pointer (RFC 6901) into the content, or into a body that holds it, leads to."""
    path = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    path = path[1:] if path[:1] == ("content",) else path
    for step in STEPS:
        for field in step.fields:
            if path[: len(field.path)] == field.path:
                return _within(step, field, path[len(field.path) :])
    block = _ENDS.get(path, path)  # a whole block: its first field, unless another can be mended better
    for step in STEPS:
        for field in step.fields:
            if path and field.path[: len(block)] == block:
                return Place(step=step, field=field, control=field_id(field.name), language=None)
    return None


def _within(step: Step, field: Field, rest: tuple[str, ...]) -> Place:
    """Go on into a text by language, or into a row and what is in it."""
    name, language, inner = field.name, None, field
    if field.shape == "rows" and rest and rest[0].isdecimal():
        part = next((one for one in field.parts if one.name in rest[1:2]), field.parts[0])
        name, inner, rest = f"{name}.{rest[0]}.{part.name}", part, rest[2:]
    if inner.shape == "words" and rest:
        language = rest[0]
    return Place(step=step, field=field, control=field_id(name), language=language)
