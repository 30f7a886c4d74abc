"""Rendering one step of the form: as saved; as sent, with what is wrong; or both texts, where two people differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from services.web.calls.vocabularies import Term
from services.web.share.comments import Comment, by_field, comments_of
from services.web.share.fields import Field, Json, digest
from services.web.share.load import Loaded
from services.web.share.problems import Problem
from services.web.share.seen import Seen
from services.web.share.sheet import ANSWERS, Sheet, answers_of, values_of
from services.web.share.showing import Looking, Shown
from services.web.share.step import Step
from services.web.share.steps import codes_of

if TYPE_CHECKING:
    from services.web.page.visit import Visit

_SEVERITIES = "comment-severities"
_COUNTRIES = "countries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which page is wanted: a step, in which language (None: the one it is written in), with one more empty row."""

    step: Step
    language: str | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a page that was sent is shown again: what is wrong, or which fields somebody else changed too."""

    sheet: Sheet
    problems: list[Problem] = field(default_factory=list)
    conflicts: tuple[str, ...] = ()


async def step_page(visit: Visit, loaded: Loaded, asked: Asked, trouble: Trouble | None = None) -> Response:
    """Render a step; with ``trouble`` what the person typed stays in it."""
    content = loaded.content
    source = content.get("source_language") or visit.language
    language = asked.language or source
    translating = language != source
    fields = _fields(asked.step, content, trouble, translating=translating)
    terms = await visit.terms(*sorted(codes_of(fields)), _SEVERITIES)
    saved = values_of(fields, loaded.view, language) | answers_of(loaded.view)
    comments = [] if translating else comments_of(loaded.view, terms[_SEVERITIES])
    beside = {name: found for name, found in by_field(comments).items() if name in {one.name for one in fields}}
    named = [one.name for found in beside.values() for one in found if one.asks]
    saved = {name: value for name, value in saved.items() if not name.startswith(ANSWERS) or name in named}
    values, seen = _values(saved, loaded.view["revision"], trouble)
    looking = Looking(
        visit=visit,
        content=content,
        language=language,
        translating=translating,
        terms=terms,
        errors={one.place.control: one.text for one in trouble.problems if one.place} if trouble else {},
        comments={name: [_answered(one, values, saved, trouble) for one in found] for name, found in beside.items()},
        extra=asked.extra,
    )
    looking = _with_conflicts(looking, fields, saved, trouble)
    shown = [looking.shown(one, values.get(one.name)) for one in fields]
    return await visit.page(
        "share/step.html",
        status=_status(trouble),
        step=asked.step,
        place=next((n for n, one in enumerate(loaded.states, 1) if one.step.name == asked.step.name), 1),
        language=language,
        translating=translating,
        shown=shown,
        folds=_folds(shown),
        seen=str(seen),
        problems=[one.for_summary for one in trouble.problems] if trouble else [],
        conflicts=trouble.conflicts if trouble else (),
        unsaved=trouble is not None,
        countries=_countries(terms),
        **loaded.frame,
    )


def _fields(step: Step, content: Json, trouble: Trouble | None, *, translating: bool) -> tuple[Field, ...]:
    """Return the fields to show; what was sent is shown again even if it is no longer asked for."""
    sent = trouble.sheet.seen.marks if trouble else {}
    fields = (one for one in step.fields if one.asked(content) or one.name in sent)
    return tuple(one for one in fields if one.holds_words or not translating)


def _answered(
    comment: Comment, values: Mapping[str, Any], saved: Mapping[str, Any], trouble: Trouble | None
) -> Comment:
    differs = trouble is not None and comment.name in trouble.conflicts
    theirs = saved.get(comment.name) or "" if differs else ""
    return replace(comment, answer=values.get(comment.name) or "", theirs=theirs)


def _status(trouble: Trouble | None) -> int:
    if trouble is None:
        return 200
    return 409 if trouble.conflicts else 422


def _values(saved: Mapping[str, Any], revision: int, trouble: Trouble | None) -> tuple[dict[str, Any], Seen]:
    """Return what stands in the fields: what is saved, over it what the person changed, and what they have now seen."""
    if trouble is None:
        return dict(saved), Seen.of(revision, saved)
    sheet = trouble.sheet
    mine = {name: value for name, value in sheet.changes.items() if name in saved}
    return {**saved, **mine}, _seen_now(sheet, saved, revision, trouble.conflicts)


def _seen_now(sheet: Sheet, saved: Mapping[str, Any], revision: int, conflicts: tuple[str, ...]) -> Seen:
    """A page shown again has shown what is saved now, but for what a refusal kept it from comparing."""
    if conflicts or revision == sheet.seen.revision:
        return Seen.of(revision, saved)
    kept = {name: sheet.seen.marks[name] for name in sheet.changes if name in saved}
    fresh = Seen.of(revision, saved)
    return Seen(revision=sheet.seen.revision, marks={**fresh.marks, **kept})


def _with_conflicts(
    looking: Looking, fields: tuple[Field, ...], saved: Mapping[str, Any], trouble: Trouble | None
) -> Looking:
    if trouble is None or not trouble.conflicts:
        return looking
    both = {one.name: looking.readable(one, saved.get(one.name)) for one in fields if one.name in trouble.conflicts}
    return replace(looking, conflicts=both)


def _folds(shown: list[Shown]) -> list[tuple[str, bool, list[Shown]]]:
    """Group the fields by the fold they stand in; one with something in it is open."""
    folds = []
    for heading, group in groupby(shown, key=lambda one: one.field.fold):
        fields = list(group)
        folds.append((heading, any(_holds(one) for one in fields), fields))
    return folds


def _holds(one: Shown) -> bool:
    return digest(one.value) != "-" or bool(one.error or one.comments or one.theirs is not None)


def _countries(terms: Mapping[str, Mapping[str, Term]]) -> Mapping[str, Term]:
    return terms.get(_COUNTRIES, {})
