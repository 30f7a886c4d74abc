"""The page on which authors answer the comments of a round, and hand the contribution in again."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.web.calls.api import Refused
from services.web.mine.answering import Saved, by_severity, comments_of, is_open, kept_in, mark, open_in, save
from services.web.mine.parts import CONFLICT, STALE, UNPROCESSABLE, ContributionId, Json, find
from services.web.page.forms import Form, Posted
from services.web.page.visit import Member, Visit
from services.web.reviews.contribution import VOCABULARIES, label_of, read
from services.web.share.standing import images_without_words
from services.web.share.steps import place_of

_ANSWER, _MARK = "answers.", "mark."


def answer_routes() -> APIRouter:
    router = APIRouter(prefix="/mine/{contribution_id}/answers")

    @router.get("")
    async def answers(visit: Member, contribution_id: ContributionId) -> Response:
        """Each comment with its field and the answer to it."""
        view = (await find(visit, contribution_id)).body
        return await _shown(visit, view)

    @router.post("")
    async def answered(visit: Member, contribution_id: ContributionId, form: Form, request: Request) -> Response:
        """Keep the answers, as they are typed or with the button; with ``hand-in`` then submit it again."""
        typed, marks = _fields(form, _ANSWER), _fields(form, _MARK)
        by_script = "application/json" in request.headers.get("accept", "")
        hands_in = form.text("do") == "hand-in" and not by_script
        try:
            saved, missing = await asyncio.gather(
                save(visit, contribution_id, typed, marks),
                _missing(visit, contribution_id) if hands_in else _nothing(),
            )
        except Refused as refused:
            return await _not_now(visit, contribution_id, refused, by_script=by_script)
        if by_script:
            return _told(saved)
        if hands_in:
            return await _handed_in(visit, contribution_id, saved, typed, form, missing)
        if saved.theirs or saved.errors:
            return await _shown(visit, saved.view, typed=typed, saved=saved)
        return visit.go(
            f"/mine/{contribution_id}/answers", told=visit._("Your answers are kept. They are not handed in yet.")
        )

    return router


async def _handed_in(
    visit: Visit, contribution_id: str, saved: Saved, typed: Mapping[str, str], form: Posted, missing: Sequence[Json]
) -> Response:
    """Submit it again, or name everything that is still in the way."""
    unanswered = [one for one in open_in(saved.view) if not saved.kept.get(one)]
    if not (saved.theirs or saved.errors or unanswered or missing):
        try:
            path = f"/contributions/{contribution_id}/resubmit"
            await visit.services.submissions.post(path, once=form.once, if_match=saved.etag)
        except Refused as refused:
            if refused.status not in (CONFLICT, STALE, UNPROCESSABLE):
                raise
            told = visit._("It was changed at the same moment, and is not handed in yet. Look at it once more.")
            return visit.go(f"/mine/{contribution_id}/answers", told=told, kind="problem")
        return visit.go(f"/mine/{contribution_id}", told=visit._("It is handed in again, with your answers."))
    return await _shown(visit, saved.view, typed=typed, saved=saved, unanswered=unanswered, missing=missing)


async def _nothing() -> list[Json]:
    return []


async def _missing(visit: Visit, contribution_id: str) -> list[Json]:
    """What the contribution itself lacks: where to mend it, and words."""
    path = f"/contributions/{contribution_id}/completeness"
    found, seen = await asyncio.gather(
        visit.services.submissions.get(path, {"lang": visit.language}), find(visit, contribution_id)
    )
    view = seen.body
    lacking = []
    for error in found["errors"]:
        place = place_of(error["pointer"])
        here = f"/share/{contribution_id}"
        to = place.address(contribution_id, view["content"].get("source_language")) if place else f"{here}/check"
        lacking.append({"to": to, "text": f"{error['label']}: {error['message']}"})
    for file in images_without_words(view["attachments"]):
        text = visit._("Say what the image {name} shows").format(name=file["name"])
        lacking.append({"to": f"/share/{contribution_id}/files", "text": text})
    return lacking


async def _shown(
    visit: Visit,
    view: Json,
    *,
    typed: Mapping[str, str] | None = None,
    saved: Saved | None = None,
    unanswered: Sequence[str] = (),
    missing: Sequence[Json] = (),
) -> Response:
    if not is_open(view):
        return await visit.page("mine/not_now.html", status=CONFLICT, view=view, step="answer")
    feedback = view["feedback"]
    path = f"/contributions/{view['id']}/versions/{feedback['version']}.{feedback['round']}"
    snapshot, terms = await asyncio.gather(
        visit.services.submissions.get(path), visit.terms(*VOCABULARIES, "comment-severities")
    )
    source = view["content"].get("source_language")
    errors = dict(saved.errors) if saved else {}
    errors |= {one: visit._("Answer this comment.") for one in unanswered if one not in errors}
    comments = comments_of(
        view,
        now=read(view["content"], terms=terms, formats=visit.formats, wanted=source),
        then=read(snapshot["content"], terms=terms, formats=visit.formats, wanted=source),
        fields=terms["fields"],
        typed=typed,
        theirs=saved.theirs if saved else None,
        errors=errors,
    )
    return await visit.page(
        "mine/answers.html",
        status=UNPROCESSABLE if saved else 200,
        view=view,
        comments=[one for one in comments if one.asks],
        praise=[one for one in comments if not one.asks],
        answered=sum(1 for one in open_in(view) if kept_in(view).get(one)),
        problems=_problems(visit, view, errors, terms),
        missing=missing,
        terms=terms,
        person_id=visit.person.person_id if visit.person else "",
    )


def _problems(visit: Visit, view: Json, errors: Mapping[str, str], terms: Any) -> list[Json]:
    """For the summary of what is wrong: each with the box it is about."""
    found = []
    for one in by_severity(view["feedback"]["comments"]):
        if error := errors.get(one["id"]):
            about = label_of(one["pointer"], terms["fields"]) or visit._("The whole contribution")
            found.append({"field": f"answer-{one['id']}", "text": f"{about}: {error}"})
    return found


async def _not_now(visit: Visit, contribution_id: str, refused: Refused, *, by_script: bool) -> Response:
    if refused.status not in (CONFLICT, STALE):
        raise refused
    if by_script:
        problem = visit._("This is no longer waiting for answers. What you typed is kept on this device.")
        return JSONResponse({"problem": problem}, CONFLICT)
    view = (await find(visit, contribution_id)).body
    return await _shown(visit, view)


def _told(saved: Saved) -> Response:
    """For the script: what is kept now, and what it could not keep."""
    kept = saved.kept
    return JSONResponse(
        {
            "marks": {one["id"]: mark(kept.get(one["id"], "")) for one in saved.view["feedback"]["comments"]},
            "kept": kept,
            "theirs": dict(saved.theirs),
            "errors": dict(saved.errors),
            "answered": sum(1 for one in open_in(saved.view) if kept.get(one)),
        }
    )


def _fields(form: Posted, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): form.text(name) for name in form.names(prefix)}
