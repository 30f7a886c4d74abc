"""The languages a contribution's texts are in: adding one, seeing how far each is, taking one out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form
from services.web.page.visit import Member
from services.web.share.fields import Field, Json, patch_of, value_at, value_of
from services.web.share.load import ContributionId, load
from services.web.share.standing import languages_of
from services.web.share.step import Step
from services.web.share.stepped import closed
from services.web.share.steps import steps_of
from shared.text import canonical_language

_STALE: Final = 412


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one step's texts are translated: ``done`` of ``all`` texts that stand in the original."""

    step: Step
    done: int
    all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    language: str
    steps: list[Progress]

    @property
    def done(self) -> int:
        return sum(one.done for one in self.steps)

    @property
    def all(self) -> int:
        return sum(one.all for one in self.steps)


def language_routes() -> APIRouter:
    router = APIRouter(prefix="/share/{contribution_id}/languages")
    router.add_api_route("", shown, methods=["GET"])
    router.add_api_route("", added, methods=["POST"])
    router.add_api_route("/{tag}/remove", removing, methods=["GET"])
    router.add_api_route("/{tag}/remove", removed, methods=["POST"])
    return router


async def shown(visit: Member, contribution_id: ContributionId) -> Response:
    """Which languages there are, how far each is, and adding another."""
    loaded = await load(visit, contribution_id)
    if not loaded.is_open:
        return closed(visit, contribution_id)
    if not loaded.content.get("source_language"):
        return visit.go(f"/share/{contribution_id}/kind", told=visit._("Choose these two first."))
    terms = await visit.terms("languages")
    present = languages_of(loaded.content)
    return await visit.page(
        "share/languages.html",
        translations=[translation_of(loaded.content, tag) for tag in present[1:]],
        tongues=[(code, term.label) for code, term in terms["languages"].items() if code not in present],
        **loaded.frame,
    )


async def added(visit: Member, contribution_id: ContributionId, form: Form) -> Response:
    """Begin a translation: it is there once its first text is saved."""
    tag = canonical_language(form.text("language"))
    if tag is None:
        return visit.go(f"/share/{contribution_id}/languages", told=visit._("Choose a language."), kind="problem")
    return visit.go(f"/share/{contribution_id}/title?in={tag}")


async def removing(visit: Member, contribution_id: ContributionId, tag: str) -> Response:
    """Ask once before the texts of a language are taken out."""
    loaded = await load(visit, contribution_id)
    if tag not in languages_of(loaded.content)[1:]:
        return visit.go(f"/share/{contribution_id}/languages")
    translation = translation_of(loaded.content, tag)
    return await visit.page("share/remove_language.html", translation=translation, **loaded.frame)


async def removed(visit: Member, contribution_id: ContributionId, tag: str, form: Form) -> Response:
    """Take all texts of one language out."""
    del form
    api, path = visit.services.submissions, f"/contributions/{contribution_id}"
    found = await api.ask("GET", path)
    here = f"/share/{contribution_id}/languages"
    if tag not in languages_of(found.body["content"])[1:]:
        return visit.go(here)
    try:
        await api.ask("PATCH", path, body={"content": _without(found.body["content"], tag)}, if_match=found.etag)
    except Refused as refused:
        if refused.status != _STALE:
            raise
        return visit.go(here, told=visit._("It was being changed just now. Try again."), kind="problem")
    name = visit.formats.language_name(tag)
    return visit.go(here, told=visit._("The texts in {language} are removed.").format(language=name))


def translation_of(content: Json, language: str) -> Translation:
    """Count the texts of the original, and those that are there in ``language`` too, step by step."""
    steps = []
    for step in steps_of(content):
        pairs = list(_pairs(step, content, language))
        if pairs:
            done = sum(1 for there in pairs if there)
            steps.append(Progress(step=step, done=done, all=len(pairs)))
    return Translation(language=language, steps=steps)


def _pairs(step: Step, content: Json, language: str) -> Iterator[bool]:
    """For each text that stands in the original: whether it is there in ``language``."""
    source = content.get("source_language") or ""
    for field in step.fields:
        documents = value_at(content, field.path) or [] if field.shape == "rows" else [content]
        for part in field.parts if field.shape == "rows" else (field,):
            for document in documents if part.shape == "words" else ():
                if value_of(part, document, source):
                    yield value_of(part, document, language) is not None


def _without(content: Json, language: str) -> Json:
    """Return the patch that takes every text of a language out."""
    patch: Json = {}
    for field in (field for step in steps_of(content) for field in step.fields):
        if field.shape == "words" and value_of(field, content, language) is not None:
            _join(patch, _gone(field, language))
    if rows := content.get("indicators"):
        patch["indicators"] = [_row_without(row, language) for row in rows]
    return patch


def _gone(field: Field, language: str) -> Json:
    return patch_of(field, None, language, translating=True)


def _row_without(row: Json, language: str) -> Json:
    names = {tag: text for tag, text in (row.get("name") or {}).items() if tag != language}
    return {**row, "name": names}


def _join(into: Json, patch: Json) -> None:
    for name, value in patch.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _join(into[name], value)
        else:
            into[name] = value
