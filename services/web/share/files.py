"""The step with the files: adding, describing, seeing and removing them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from markupsafe import Markup, escape
from starlette.responses import JSONResponse, Response, StreamingResponse

from services.web.calls.api import Refused
from services.web.page.forms import Form
from services.web.page.visit import Member, Visit
from services.web.share.attaching import attach, is_image, why_not
from services.web.share.load import ContributionId, Loaded, load
from services.web.share.stepped import closed
from services.web.share.steps import FILES, step_named, steps_of
from shared.errors import NotFound

FileId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_UNPROCESSABLE: Final = 422
_STALE: Final = 412
_WRONG_STATE: Final = 409
_REASONS: Final = frozenset({413, 415, 422})
_SCRIPT: Final = "x-progress"
_PASSED_ON: Final = (
    "content-type",
    "content-length",
    "content-disposition",
    "content-security-policy",
    "etag",
    "x-content-type-options",
)
_MOST_WORDS: Final = 500


def file_routes() -> APIRouter:
    router = APIRouter(prefix="/share/{contribution_id}/files")
    router.add_api_route("", shown, methods=["GET"])
    router.add_api_route("", sent, methods=["POST"])
    router.add_api_route("/{file_id}", read, methods=["GET"])
    router.add_api_route("/{file_id}", described, methods=["POST"])
    router.add_api_route("/{file_id}/remove", removing, methods=["GET"])
    router.add_api_route("/{file_id}/remove", removed, methods=["POST"])
    return router


async def shown(visit: Member, contribution_id: ContributionId) -> Response:
    """The files of a contribution, and the form that adds one."""
    loaded = await load(visit, contribution_id)
    return await _page(visit, loaded) if loaded.is_open else closed(visit, contribution_id)


async def sent(visit: Member, contribution_id: ContributionId, form: Form, request: Request) -> Response:
    """Add a file, or go on; a script that shows progress gets JSON."""
    here = f"/share/{contribution_id}/files"
    file, words = form.file("file"), form.text("alt_text")
    if file is None and form.text("do") != "upload":
        return await _onwards(visit, contribution_id, form.text("do"))
    errors = {}
    if file is None:
        errors["file"] = visit._("Choose a file.")
    elif len(words) > _MOST_WORDS:
        errors["alt_text"] = visit._("Shorten this to {n} characters.").format(n=_MOST_WORDS)
    elif is_image(file) and not words:
        errors["alt_text"] = visit._("Say in words what the image shows, for those who cannot see it.")
    else:
        try:
            await attach(visit, contribution_id, file, words=words, licence=form.text("licence"), once=form.once)
        except Refused as refused:
            if refused.status == _WRONG_STATE:
                return closed(visit, contribution_id)
            if refused.status not in _REASONS:
                raise
            errors["file"] = why_not(visit, refused)
    if _SCRIPT in request.headers:
        told = {name: str(escape(text)) for name, text in errors.items()}
        return JSONResponse({"errors": told, "go": here}, _UNPROCESSABLE if errors else 200)
    if not errors:
        return visit.go(here, told=visit._("The file is there."))
    loaded = await load(visit, contribution_id)
    return await _page(visit, loaded, errors=errors, words=words, licence=form.text("licence"))


async def read(visit: Member, contribution_id: ContributionId, file_id: FileId) -> Response:
    """One file, as the service sends it; an image may be shown in a page."""
    opened = visit.services.submissions.stream(
        f"/contributions/{contribution_id}/attachments/{file_id}",
        query={"disposition": "inline"},
        headers={"accept-encoding": "identity"},
    )
    response = await opened.__aenter__()

    async def pieces() -> Any:
        try:
            async for piece in response.aiter_raw():
                yield piece
        finally:
            await opened.__aexit__(None, None, None)

    headers = {name: value for name, value in response.headers.items() if name in _PASSED_ON}
    return StreamingResponse(pieces(), headers={**headers, "cache-control": "private, no-cache"})


async def described(visit: Member, contribution_id: ContributionId, file_id: FileId, form: Form) -> Response:
    """Save what a file shows and its licence."""
    loaded = await load(visit, contribution_id)
    file = _file(loaded, file_id)
    words = form.text("alt_text")[:_MOST_WORDS]
    if file["media_type"].startswith("image/") and not words:
        errors = {f"alt_text-{file_id}": visit._("Say in words what the image shows, for those who cannot see it.")}
        written = {file_id: {"alt_text": words, "licence": form.text("licence")}}
        return await _page(visit, loaded, errors=errors, written=written)
    body = {"alt_text": words or None, "licence": form.text("licence") or None}
    await _change(visit, loaded, "PATCH", file_id, body)
    return visit.go(f"/share/{contribution_id}/files", told=visit._("Saved."))


async def removing(visit: Member, contribution_id: ContributionId, file_id: FileId) -> Response:
    """Ask once before a file is removed."""
    loaded = await load(visit, contribution_id)
    return await visit.page("share/remove_file.html", file=_file(loaded, file_id), **loaded.frame)


async def removed(visit: Member, contribution_id: ContributionId, file_id: FileId, form: Form) -> Response:
    """Remove a file."""
    del form
    loaded = await load(visit, contribution_id)
    _file(loaded, file_id)
    await _change(visit, loaded, "DELETE", file_id, None)
    return visit.go(f"/share/{contribution_id}/files", told=visit._("The file is removed."))


async def _change(visit: Visit, loaded: Loaded, method: str, file_id: str, body: Any) -> None:
    """Change one file. What somebody changed elsewhere in the contribution does not stand against it."""
    path, etag = f"/contributions/{loaded.view['id']}", f'"{loaded.view["revision"]}"'
    api = visit.services.submissions
    try:
        await api.ask(method, f"{path}/attachments/{file_id}", body=body, if_match=etag)
    except Refused as refused:
        if refused.status != _STALE:
            raise
        fresh = await api.ask("GET", path)
        await api.ask(method, f"{path}/attachments/{file_id}", body=body, if_match=fresh.etag)


def _file(loaded: Loaded, file_id: str) -> dict[str, Any]:
    found: dict[str, Any] | None = next((one for one in loaded.files if one["id"] == file_id), None)
    if found is None:
        raise NotFound("There is no such file.")
    return found


async def _onwards(visit: Visit, contribution_id: str, wanted: str) -> Response:
    if wanted == "leave":
        return visit.go(f"/mine/{contribution_id}")
    view = await visit.services.submissions.get(f"/contributions/{contribution_id}")
    names = [step.name for step in steps_of(view["content"])]
    place = names.index(FILES)
    return visit.go(f"/share/{contribution_id}/{names[place - 1 if wanted == 'back' else place + 1]}")


async def _page(
    visit: Visit,
    loaded: Loaded,
    *,
    errors: Any = None,
    words: str = "",
    licence: str = "",
    written: Mapping[str, dict[str, str]] | None = None,
) -> Response:
    """Show the step. ``words`` and ``licence`` are of the file to be added, ``written`` what is not saved, by file."""
    terms = await visit.terms("licences")
    labels = {"file": visit._("File"), "alt_text": visit._("What does the image show?")}
    summary = [
        {"field": field, "text": Markup("{}: {}").format(labels.get(field, labels["alt_text"]), text)}
        for field, text in (errors or {}).items()
    ]
    return await visit.page(
        "share/files.html",
        status=_UNPROCESSABLE if errors else 200,
        step=step_named(FILES),
        place=next(n for n, one in enumerate(loaded.states, 1) if one.step.name == FILES),
        files=[one | (written or {}).get(one["id"], {}) for one in loaded.files],
        licences=[(code, term.label) for code, term in terms["licences"].items()],
        licence=licence or loaded.content.get("licence") or "CC-BY-4.0",
        words=words,
        errors=errors or {},
        problems=summary,
        **loaded.frame,
    )
