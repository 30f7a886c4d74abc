"""The code lists with their labels, for whoever builds a form."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from services.submissions.api.files import IfNoneMatch, matches
from shared.errors import FieldError, Invalid, NotFound
from shared.http.access import PUBLIC
from shared.http.reply import JsonResponse
from shared.vocabulary import Vocabularies

CACHE = "public, max-age=3600, must-revalidate"
Language = Annotated[str | None, Query(max_length=35, description="BCP 47: one label per term, in it")]
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Not Modified"}}


class VocabularySummary(BaseModel):
    name: str
    title: str
    version: str
    terms: int


class TermView(BaseModel):
    """``label`` in the language that was asked for, or ``labels`` in all; so with ``description``, what it means.

    ``used_with`` are codes of another list: of a reason, the decisions it can be given for.
    """

    code: str
    label: str | None = None
    labels: dict[str, str] | None = None
    description: str | None = None
    descriptions: dict[str, str] | None = None
    broader: str | None = None
    used_with: list[str] | None = None
    retired: bool = False


class VocabularyView(BaseModel):
    name: str
    title: str
    source: str
    version: str
    terms: list[TermView]


class VocabularyRoutes:
    """Public, and worth keeping: the lists change with a release only."""

    def __init__(self) -> None:
        self._vocabularies = Vocabularies.load()
        known = (language for one in self._vocabularies.values() for language in one.languages)
        self._languages = tuple(dict.fromkeys(known))
        self._etag = sha256("".join(one.etag for one in self._vocabularies.values()).encode()).hexdigest()[:16]

    def router(self) -> APIRouter:
        router = APIRouter(
            tags=["vocabularies"],
            prefix="/vocabularies",
            dependencies=[PUBLIC],
            default_response_class=JsonResponse,
        )
        router.add_api_route("", self.list, methods=["GET"], response_model=list[VocabularySummary])
        router.add_api_route(
            "/all", self.all, methods=["GET"], response_model=list[VocabularyView], responses=_NOT_MODIFIED
        )
        router.add_api_route(
            "/{name}", self.get, methods=["GET"], response_model=VocabularyView, responses=_NOT_MODIFIED
        )
        return router

    async def list(self) -> Response:
        """List the vocabularies."""
        told = [
            {"name": one.name, "title": one.title, "version": one.version, "terms": len(one.terms)}
            for one in self._vocabularies.values()
        ]
        return JsonResponse(told, headers={"Cache-Control": CACHE})

    async def all(self, lang: Language = None, if_none_match: IfNoneMatch = None) -> Response:
        """Read every vocabulary at once, with all labels or those of one language.

        Those without labels in that language have English ones.
        """
        if lang is not None:
            _require_language(lang, self._languages)
        tag = f'"{self._etag}"'
        headers = {"ETag": tag, "Cache-Control": CACHE}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return JsonResponse([one.as_json(lang) for one in self._vocabularies.values()], headers=headers)

    async def get(
        self,
        name: Annotated[str, Path(max_length=64)],
        lang: Language = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Read one vocabulary, with all labels or those of one language."""
        found = self._vocabularies.get(name)
        if found is None:
            raise NotFound("There is no such vocabulary.")
        if lang is not None:
            _require_language(lang, found.languages)
        tag = f'"{found.etag}"'
        headers = {"ETag": tag, "Cache-Control": CACHE}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return JsonResponse(found.as_json(lang), headers=headers)


def _require_language(wanted: str, languages: Sequence[str]) -> None:
    """Raise Invalid where there are no labels in that language; ``de-AT`` is served by ``de``."""
    own = {language.lower() for language in languages}
    if not own & {wanted.lower(), wanted.partition("-")[0].lower()}:
        message = f"There are labels in: {', '.join(languages)}."
        error = FieldError(pointer="", parameter="query.lang", code="enum", message=message, allowed=tuple(languages))
        raise Invalid(errors=(error,))
