"""Taking a published practice down: why, one look at what will happen, and it is done."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.web.board.keeping import not_sent
from services.web.board.words import WRONG
from services.web.calls.api import Away, Refused
from services.web.page.forms import Form
from services.web.page.visit import Coordinator, Visit

PracticeId = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]*$")]
REASON_MOST: Final = 2000
_GONE: Final = 410


def take_down_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/board/practices/{practice_id}/take-down")
    async def ask(visit: Coordinator, practice_id: PracticeId) -> Response:
        """Say what it means, and ask why."""
        return await _page(visit, practice_id, {"reason_code": "", "reason": ""})

    @router.post("/board/practices/{practice_id}/take-down")
    async def take_down(visit: Coordinator, form: Form, practice_id: PracticeId) -> Response:
        """Show once what will happen, then do it."""
        try:
            return await _go_on(visit, practice_id, form)
        except Away:
            return await not_sent(visit, f"/board/practices/{practice_id}/take-down", form)

    return router


async def _go_on(visit: Visit, practice_id: str, form: Form) -> Response:
    _ = visit._
    given = {"reason_code": form.text("reason_code"), "reason": form.text("reason")}
    wrong = await _wrong(visit, given)
    step = form.text("do")
    if wrong or step == "change":
        return await _page(visit, practice_id, given, wrong=wrong)
    if step != "take-down":
        return await _page(visit, practice_id, given, confirm=True)
    try:
        path = f"/practices/{practice_id}/tombstone"
        await visit.services.submissions.post(path, given, once=form.once)
    except Refused as error:
        if error.status == _GONE:
            return visit.go("/board", told=_("This practice was taken down before."), kind="problem")
        if error.status != WRONG:
            raise
        said = _("This cannot be kept: it is too long, or holds a character that cannot be shown.")
        return await _page(visit, practice_id, given, wrong={"reason": said})
    return visit.go("/board", told=_("The practice is taken down. Its address now says why."))


async def _wrong(visit: Visit, given: dict[str, str]) -> dict[str, str]:
    _ = visit._
    known = (await visit.terms("tombstone-reasons"))["tombstone-reasons"]
    found = {}
    if given["reason_code"] not in known:
        found["reason_code"] = _("Choose a reason.")
    if not given["reason"]:
        found["reason"] = _("Say why, in a sentence that everybody can read.")
    elif len(given["reason"]) > REASON_MOST:
        found["reason"] = _("This is too long. Shorten it.")
    return found


async def _page(
    visit: Visit,
    practice_id: str,
    given: dict[str, str],
    *,
    wrong: dict[str, str] | None = None,
    confirm: bool = False,
) -> Response:
    try:
        practice, terms = await asyncio.gather(
            visit.services.submissions.get(f"/practices/{practice_id}"), visit.terms("tombstone-reasons", "kinds")
        )
    except Refused as error:
        if error.status != _GONE:
            raise
        return visit.go("/board", told=visit._("This practice was taken down before."), kind="problem")
    shown: dict[str, Any] = {"practice": practice, "content": practice["content"], "terms": terms, "given": given}
    if confirm:
        return await visit.page("board/take_down_confirm.html", **shown)
    wrong = wrong or {}
    return await visit.page(
        "board/take_down.html",
        status=WRONG if wrong else 200,
        wrong=wrong,
        errors=[{"field": name, "text": text} for name, text in wrong.items()],
        REASON_MOST=REASON_MOST,
        **shown,
    )
