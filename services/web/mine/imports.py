"""Import of an Erasmus+ results export: first a dry run that says what would happen to each row, then for real."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.web.calls.api import Refused
from services.web.mine.parts import CONFLICT, UNPROCESSABLE, Json
from services.web.mine.unreadable import why
from services.web.page.forms import Form
from services.web.page.visit import Member, Visit

ImportKey = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]
MOST_BYTES: Final = 5 * 1024 * 1024
OUTCOMES: Final = ("created", "updated", "unchanged", "left_alone", "refused")
_ROWS: Final = 50
IMPORT_SECONDS: Final = 120.0
_LONGEST_NAME: Final = 120
_TOO_LARGE: Final = 413


def import_routes() -> APIRouter:
    router = APIRouter(prefix="/mine/import")

    @router.get("")
    async def start(visit: Member) -> Response:
        """What can be imported, where to get it, and the way in."""
        return await _start(visit)

    @router.post("")
    async def tried(visit: Member, form: Form, request: Request) -> Response:
        """Try the file out; nothing is imported."""
        by_script = "application/json" in request.headers.get("accept", "")
        key, problem = await _tried(visit, form.file("file"))
        if by_script:
            return JSONResponse(
                {"to": f"/mine/import/{key}"} if key else {"problem": problem}, 200 if key else UNPROCESSABLE
            )
        return visit.go(f"/mine/import/{key}") if key else await _start(visit, problem)

    @router.get("/{key}")
    async def report(visit: Member, key: ImportKey, only: str = "", page: int = 1) -> Response:
        """What would happen to each row, or what has happened."""
        kept = await visit.site.imports.get(_person(visit), key)
        if kept is None:
            return _gone(visit)
        rows = [row for row in kept.report["rows"] if only not in OUTCOMES or row["outcome"] == only]
        pages = max(1, -(-len(rows) // _ROWS))
        page = min(max(page, 1), pages)
        return await visit.page(
            "mine/import_report.html",
            kept=kept,
            counts=kept.report["counts"],
            rows=rows[(page - 1) * _ROWS : page * _ROWS],
            only=only if only in OUTCOMES else "",
            number=page,
            pages=pages,
            outcomes=OUTCOMES,
        )

    router.add_api_route("/{key}", _imported, methods=["POST"])
    return router


async def _imported(visit: Member, key: ImportKey, form: Form) -> Response:
    """Import it for real. Sent twice, it does so once."""
    person_id = _person(visit)
    kept = await visit.site.imports.get(person_id, key)
    if kept and kept.is_done:
        return visit.go(f"/mine/import/{key}")
    data = await visit.site.imports.data(person_id, key)
    if kept is None or data is None:
        return _gone(visit)
    try:
        told = await _sent(visit, data, dry_run=False, once=form.once)
    except Refused as refused:
        if refused.status != CONFLICT:
            raise
        busy = visit._("Another import of the same projects was quicker. Send it again.")
        return visit.go(f"/mine/import/{key}", told=busy, kind="problem")
    await visit.site.imports.done(person_id, kept, told)
    return visit.go(f"/mine/import/{key}")


async def _tried(visit: Visit, file: UploadFile | None) -> tuple[str | None, str]:
    """Do a dry run; return the name of what is kept of it, or why there is none."""
    if file is None:
        return None, visit._("Choose a file.")
    if (file.size or 0) > MOST_BYTES:
        return None, why(visit, _TOO_LARGE, "")
    data = await file.read()
    try:
        report = await _sent(visit, data, dry_run=True)
    except Refused as refused:
        if refused.status not in (_TOO_LARGE, UNPROCESSABLE):
            raise
        return None, why(visit, refused.status, refused.detail)
    name = "".join(sign for sign in file.filename or "" if sign.isprintable())[:_LONGEST_NAME]
    return await visit.site.imports.keep(_person(visit), name, data, report), ""


async def _sent(visit: Visit, data: bytes, *, dry_run: bool, once: str | None = None) -> Json:
    answer = await visit.services.submissions.ask(
        "POST",
        "/imports",
        query={"dry_run": dry_run},
        content=data,
        headers={"content-type": "text/csv"},
        once=once,
        seconds=IMPORT_SECONDS,
    )
    found: Json = answer.body
    return found


async def _start(visit: Visit, problem: str = "") -> Response:
    return await visit.page("mine/import.html", status=UNPROCESSABLE if problem else 200, problem=problem)


def _gone(visit: Visit) -> Response:
    told = visit._("The file was kept for an hour only, or you sent another one since. Choose it again.")
    return visit.go("/mine/import", told=told, kind="problem")


def _person(visit: Visit) -> str:
    assert visit.person  # noqa: S101 - these pages are for members
    return visit.person.person_id
