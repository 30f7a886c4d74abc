"""The register of problem types: what each ``type`` URI means, served as a page for people and as JSON."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.responses import HTMLResponse, Response

from shared.errors import DomainError, NotFound
from shared.http.access import PUBLIC
from shared.http.problem import type_of
from shared.http.reply import JsonResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemType:
    """One kind of problem. ``meaning`` is for a developer who meets it."""

    code: str
    status: int
    title: str
    meaning: str

    @property
    def uri(self) -> str:
        return type_of(self.code)


_OURS = (
    ProblemType(
        code="method-not-allowed",
        status=405,
        title="Method Not Allowed",
        meaning="The address exists, but not for this method; the header Allow lists those that work.",
    ),
    ProblemType(
        code="internal",
        status=500,
        title="Something went wrong",
        meaning="We failed. Nothing you sent is wrong; the trace id finds the cause in our logs.",
    ),
)


def problem_types() -> tuple[ProblemType, ...]:
    """Return every kind of problem that the loaded code can answer with, by code."""
    found = {one.code: one for one in _OURS}
    for error in _kinds(DomainError):
        if error.code != DomainError.code:
            meaning = " ".join(inspect.cleandoc(error.__doc__ or error.title).split())
            kind = ProblemType(code=error.code, status=error.status, title=error.title, meaning=meaning)
            found.setdefault(error.code, kind)
    return tuple(found[code] for code in sorted(found))


def _kinds(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _kinds(kind)


def problem_types_router() -> APIRouter:
    """Return the routes that explain problem types."""
    router = APIRouter(tags=["problems"], dependencies=[PUBLIC])

    @router.get("/problems", response_class=JsonResponse)
    async def every_problem_type() -> Response:
        """List every problem type."""
        return JsonResponse({"items": [_told(one) for one in problem_types()]})

    @router.get("/problems/{code}", response_class=JsonResponse)
    async def one_problem_type(
        code: Annotated[str, Path(max_length=64)], accept: Annotated[str, Header(include_in_schema=False)] = ""
    ) -> Response:
        """Explain one problem type: as a page where the caller prefers HTML, else as JSON."""
        for one in problem_types():
            if one.code == code:
                return HTMLResponse(_page(one)) if "text/html" in accept else JsonResponse(_told(one))
        raise NotFound

    return router


def _told(kind: ProblemType) -> dict[str, str | int]:
    return {
        "type": kind.uri,
        "code": kind.code,
        "status": kind.status,
        "title": kind.title,
        "meaning": kind.meaning,
    }


def _page(kind: ProblemType) -> str:
    title, meaning = escape(kind.title), escape(kind.meaning)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><h1>{title}</h1><p>Status {kind.status}, <code>{escape(kind.uri)}</code></p>"
        f"<p>{meaning}</p></body></html>"
    )
