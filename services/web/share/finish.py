"""The end of the form: looking at it as readers will, what is missing, submitting, and what happens then."""

import asyncio
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.calls.published import published_among
from services.web.page.forms import Form
from services.web.page.visit import Member, Visit
from services.web.share.comments import comments_of
from services.web.share.fields import Json
from services.web.share.load import ContributionId, Loaded, load
from services.web.share.preview import VOCABULARIES, facts, sections
from services.web.share.problems import in_words, problems_of
from services.web.share.standing import images_without_words
from services.web.share.stepped import closed
from services.web.share.steps import FILES

_MOST_ALIKE: Final = 5
_STALE: Final = 412
_REFUSED: Final = frozenset({409, 422})


def finish_routes() -> APIRouter:
    router = APIRouter(prefix="/share/{contribution_id}")
    router.add_api_route("/preview", preview, methods=["GET"])
    router.add_api_route("/check", check, methods=["GET"])
    router.add_api_route("/submit", submit, methods=["POST"])
    router.add_api_route("/submitted", submitted, methods=["GET"])
    return router


async def preview(visit: Member, contribution_id: ContributionId) -> Response:
    """The contribution in simple form, as readers will see it."""
    loaded, terms = await asyncio.gather(load(visit, contribution_id), visit.terms(*VOCABULARIES))
    return await visit.page(
        "share/preview.html",
        sections=sections(visit, loaded.content, terms),
        facts=facts(visit, loaded.content, terms),
        terms=terms,
        files=loaded.files,
        **loaded.frame,
    )


async def check(visit: Member, contribution_id: ContributionId) -> Response:
    """What is missing, what is much alike, and the last button."""
    loaded = await load(visit, contribution_id)
    return await _check_page(visit, loaded) if loaded.is_open else closed(visit, contribution_id)


async def submit(visit: Member, contribution_id: ContributionId, form: Form) -> Response:
    """Hand it in, for the first time or after changes were asked for: exactly the revision that was looked at."""
    revision = form.text("revision")
    seen = f'"{revision}"' if revision.isascii() and revision.isdigit() else '"0"'
    step = "resubmit" if form.text("step") == "resubmit" else "submit"
    api, path = visit.services.submissions, f"/contributions/{contribution_id}"
    view = await api.get(path)
    if images_without_words(view["attachments"]):
        return visit.go(f"/share/{contribution_id}/check")
    try:
        await api.post(f"{path}/{step}", once=form.once, if_match=seen)
    except Refused as refused:
        if refused.status == _STALE:
            told = visit._("It was changed after you opened this page. Look at it once more, then submit it.")
            return visit.go(f"/share/{contribution_id}/check", told=told, kind="problem")
        if refused.status not in _REFUSED:
            raise
        return visit.go(f"/share/{contribution_id}/check")
    return visit.go(f"/share/{contribution_id}/submitted")


async def submitted(visit: Member, contribution_id: ContributionId) -> Response:
    """What happens next, and when."""
    view = await visit.services.submissions.get(f"/contributions/{contribution_id}")
    if view["state"] in ("draft", "changes_requested"):
        return visit.go(f"/share/{contribution_id}/check")
    return await visit.page("share/submitted.html", contribution=view, contribution_id=contribution_id)


async def _check_page(visit: Visit, loaded: Loaded) -> Response:
    alike, terms = await asyncio.gather(_alike(visit, loaded.similar), visit.terms("comment-severities", "licences"))
    comments = comments_of(loaded.view, terms["comment-severities"])
    missing = _missing(visit, loaded)
    unanswered = [one for one in comments if one.is_open]
    return await visit.page(
        "share/check.html",
        missing=missing,
        unanswered=unanswered,
        alike=alike,
        complete=not missing and not unanswered,
        again=loaded.view["state"] == "changes_requested",
        licences=terms["licences"],
        **loaded.frame,
    )


def _missing(visit: Visit, loaded: Loaded) -> list[Json]:
    """Return every step in which something is missing, with each thing and where it is."""
    address = f"/share/{loaded.view['id']}"
    source = loaded.content.get("source_language")
    by_step: dict[str, list[Json]] = {}
    for problem in problems_of(visit, loaded.findings):
        to = problem.place.address(loaded.view["id"], source) if problem.place else f"{address}/kind"
        step = problem.place.step.name if problem.place else "kind"
        by_step.setdefault(step, []).append({"to": to, "about": problem.about, "text": problem.text})
    for file in images_without_words(loaded.view["attachments"]):
        text = in_words(visit, {"code": "required"}, None)
        to = f"{address}/{FILES}#alt_text-{file['id']}"
        by_step.setdefault(FILES, []).append({"to": to, "about": file["name"], "text": text})
    return [{"step": one.step, "things": by_step[one.step.name]} for one in loaded.states if one.step.name in by_step]


async def _alike(visit: Visit, similar: list[Json]) -> list[Json]:
    """Return what is much alike, with where it is: published for everybody, or one's own."""
    shown = similar[:_MOST_ALIKE]
    public = await published_among(visit.services.submissions, (one["contribution_id"] for one in shown))
    return [
        {
            "title": one["title"],
            "score": one["score"],
            "to": f"/{'practices' if one['contribution_id'] in public else 'mine'}/{one['contribution_id']}",
            "published": one["contribution_id"] in public,
        }
        for one in shown
    ]
