"""What a person does with one saved search: rename it, hear of it more or less often, pause, feed, delete, undo."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form, Posted
from services.web.page.visit import SignedIn, Visit
from services.web.searches.shown import NAME_LENGTH
from shared.errors import NotFound

SearchId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_STALE: Final = 412
_UNPROCESSABLE: Final = 422


def keeping_routes() -> APIRouter:
    router = APIRouter(prefix="/searches/{search_id}")

    @router.post("")
    async def change(visit: SignedIn, search_id: SearchId, form: Form) -> Response:
        """Do what the button says."""
        do, here = form.text("do"), f"/saved-searches/{search_id}"
        if do == "delete":
            await visit.services.search.ask("DELETE", here, once=form.once)
            return visit.go(f"/searches?deleted={search_id}")
        if do in {"feed", "no-feed"}:
            await visit.services.search.ask("POST" if do == "feed" else "DELETE", f"{here}/feed", once=form.once)
            return visit.go(f"/searches#s-{search_id}", told=_feed_words(visit, do))
        return await _changed(visit, search_id, _changes(form, do), form)

    @router.post("/restore")
    async def restore(visit: SignedIn, search_id: SearchId, form: Form) -> Response:
        """Take a deleted search back."""
        try:
            await visit.services.search.post(f"/saved-searches/{search_id}/restore", once=form.once)
        except Refused as refused:
            if refused.code not in {"saved-already", "too-many-saved-searches"}:
                raise
            told = visit._("It cannot come back: you have saved the same again, or there is no room.")
            return visit.go("/searches", told=told, kind="problem")
        return visit.go(f"/searches#s-{search_id}", told=visit._("It is back, as it was."))

    return router


def _changes(form: Posted, do: str) -> dict[str, Any]:
    match do:
        case "save":
            return {"name": form.text("name"), "frequency": form.text("frequency")}
        case "pause" | "resume":
            return {"paused": do == "pause"}
    raise NotFound


async def _changed(visit: Visit, search_id: str, changes: dict[str, Any], form: Posted) -> Response:
    _, version = visit._, form.text("version")
    match = f'"{version}"' if version.isascii() and version.isdigit() else '"0"'
    try:
        await visit.services.search.ask(
            "PATCH", f"/saved-searches/{search_id}", body=changes, if_match=match, once=form.once
        )
    except Refused as refused:
        if refused.status == _STALE:
            told = _("It was changed elsewhere meanwhile. Look at it again; nothing was kept.")
        elif refused.status == _UNPROCESSABLE:
            told = _("Give it a name of one line, of at most {n} characters.").format(n=NAME_LENGTH)
        else:
            raise
        return visit.go(f"/searches#s-{search_id}", told=told, kind="problem")
    return visit.go(f"/searches#s-{search_id}", told=_change_words(visit, changes))


def _change_words(visit: Visit, changes: dict[str, Any]) -> str:
    _ = visit._
    if "paused" in changes:
        return _("Paused. It tells you nothing until you let it.") if changes["paused"] else _("It tells you again.")
    return _("Your changes are kept.")


def _feed_words(visit: Visit, do: str) -> str:
    _ = visit._
    if do == "feed":
        return _("Its feed has a new address. The one before does not work any more.")
    return _("Its feed has ended.")
