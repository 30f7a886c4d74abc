"""How far a contribution is: for each step whether it is complete, and everything that is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.web.share.comments import comments_of
from services.web.share.fields import Json, value_at
from services.web.share.step import Step
from services.web.share.steps import FILES, STEPS, place_of, steps_of

State = Literal["done", "open", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One step of the list: ``done`` when nothing is missing and something stands in it, ``empty`` when it need not.

    ``missing`` counts what is missing, ``unanswered`` the reviewers' comments that wait for an answer.
    """

    step: Step
    state: State
    missing: int = 0
    unanswered: int = 0


def images_without_words(attachments: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the images that nobody has described yet for those who cannot see them."""
    return [one for one in attachments if one["media_type"].startswith("image/") and not one.get("alt_text")]


def standings(view: Json, findings: Sequence[Mapping[str, Any]]) -> list[Standing]:
    """Return every step of a contribution with its state; ``findings`` are what completeness says."""
    content = view["content"]
    places = (place_of(finding["pointer"]) for finding in findings)
    missing = Counter(place.step.name for place in places if place)
    missing[FILES] += len(images_without_words(view["attachments"]))
    unanswered = Counter(one.place.step.name for one in comments_of(view, {}) if one.place and one.is_open)
    return [_standing(step, view, missing[step.name], unanswered[step.name]) for step in steps_of(content)]


def _standing(step: Step, view: Json, missing: int, unanswered: int) -> Standing:
    if missing or unanswered:
        return Standing(step=step, state="open", missing=missing, unanswered=unanswered)
    content = view["content"]
    held = view["attachments"] if step.name == FILES else [value_at(content, field.path) for field in step.fields]
    return Standing(step=step, state="done" if any(one not in (None, [], {}) for one in held) else "empty")


def languages_of(content: Json) -> list[str]:
    """Return the languages of a contribution's texts: the one it is written in, then the others by their tags."""
    source = content.get("source_language")
    found: set[str] = set()
    for field in (field for step in STEPS for field in step.fields if field.holds_words):
        value = value_at(content, field.path)
        rows = value or () if field.shape == "rows" else [content]
        for part in (part for part in (field.parts or (field,)) if part.shape == "words"):
            found = found.union(*(value_at(row, part.path) or {} for row in rows))
    others = sorted(found - {source})
    return [source, *others] if source else others
