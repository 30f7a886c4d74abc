"""A reviewer's own terms: what they know, how much they take, when they rest."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form, Posted
from services.web.page.visit import Reviewer, Visit
from services.web.reviews.refusals import STALE, WRONG

# The official languages of the EU and those of its neighbours and partners that contributions come in most.
USUAL_LANGUAGES = (
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "fi",
    "fr",
    "ga",
    "hr",
    "hu",
    "it",
    "lt",
    "lv",
    "mt",
    "nl",
    "pl",
    "pt",
    "ro",
    "sk",
    "sl",
    "sv",
    "ar",
    "bs",
    "is",
    "ka",
    "mk",
    "no",
    "ru",
    "sq",
    "sr",
    "tr",
    "uk",
)
LONGEST_PAUSE = timedelta(days=3650)
MOST_CASES = 50
_LONGEST_NUMBER = 5


def profile_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/reviews/profile")
    async def profile(visit: Reviewer) -> Response:
        """What I know, how much I take, whether I rest."""
        return await _page(visit)

    @router.post("/reviews/profile")
    async def change(visit: Reviewer, form: Form) -> Response:
        """Change what I know and how much I take."""
        _ = visit._
        patch, errors = _terms(visit, form)
        if not errors and not (errors := await _save(visit, patch, form)):
            return visit.go("/reviews/profile", told=_("Saved."))
        return await _page(visit, typed=patch | {"load_cap": form.text("load_cap")}, errors=errors)

    @router.post("/reviews/pause")
    async def pause(visit: Reviewer, form: Form) -> Response:
        """Rest until a day; what I hold stays mine."""
        _ = visit._
        until = _day(form.text("until"))
        today = datetime.now(UTC).date()
        if until is None or not today < until <= today + LONGEST_PAUSE:
            wrong = [{"field": "until", "text": _("Choose a day after today.")}]
            return await _page(visit, errors=wrong, until=form.text("until"))
        if errors := await _save(visit, {"paused_until": f"{until.isoformat()}T00:00:00Z"}, form):
            return await _page(visit, errors=errors, until=form.text("until"))
        told = _("You take no new cases until {day}.").format(day=visit.formats.day(until))
        return visit.go("/reviews/profile", told=told)

    @router.post("/reviews/resume")
    async def resume(visit: Reviewer, form: Form) -> Response:
        """Take cases again."""
        _ = visit._
        if errors := await _save(visit, {"paused_until": None}, form):
            return await _page(visit, errors=errors)
        return visit.go("/reviews/profile", told=_("Welcome back: you take cases again."))

    return router


def _terms(visit: Visit, form: Posted) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return the patch that the form means and what is wrong with it."""
    _ = visit._
    affiliations = [line.strip() for line in form.text("affiliations").split("\n") if line.strip()]
    patch: dict[str, Any] = {name: form.texts(name) for name in ("sectors", "themes", "languages")}
    patch["languages"] += [tag for tag in re.split(r"[\s,;]+", form.text("further")) if tag]
    patch["affiliations"] = affiliations
    cap = form.text("load_cap")
    if cap.isascii() and cap.isdecimal() and len(cap) <= _LONGEST_NUMBER and int(cap) <= MOST_CASES:
        return patch | {"load_cap": int(cap)}, []
    wrong = _("Give a number from 0 to {most}.").format(most=MOST_CASES)
    return patch, [{"field": "load_cap", "text": wrong}]


async def _save(visit: Visit, patch: Mapping[str, Any], form: Posted) -> list[dict[str, str]]:
    """Save, and return what is wrong."""
    _ = visit._
    try:
        await visit.services.review.ask("PATCH", "/reviewers/me", body=dict(patch), if_match=form.text("version"))
    except Refused as error:
        if error.status == STALE:
            said = _("This was changed in another window meanwhile. Look at it once more and save again.")
            return [{"field": "", "text": said}]
        if error.status != WRONG:
            raise
        known = {
            "affiliations": _("An organisation is written in at most 200 characters, and there are at most 20."),
            "languages": _("One of the further languages is not known. Write codes such as “ca” or “zh”."),
        }
        names = dict.fromkeys(one["pointer"].strip("/").split("/")[0] for one in error.errors)
        fields = {"languages": "further"}
        return [
            {"field": fields.get(name, name), "text": known.get(name) or _("This cannot be saved as it is.")}
            for name in names
        ]
    return []


async def _page(
    visit: Visit,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: list[dict[str, str]] | None = None,
    until: str = "",
) -> Response:
    answer = await visit.services.review.ask("GET", "/reviewers/me")
    terms = await visit.terms("sectors", "themes")
    me = answer.body
    paused = me["paused_until"] if me["paused_until"] and _is_ahead(me["paused_until"]) else None
    shown = {**me, **(typed or {})}
    names = {tag: visit.formats.language_name(tag) for tag in USUAL_LANGUAGES}
    return await visit.page(
        "reviews/profile.html",
        status=WRONG if errors else 200,
        me=me,
        shown=shown,
        paused=paused,
        until=until,
        tomorrow=(datetime.now(UTC).date() + timedelta(days=1)).isoformat(),
        version=answer.etag or "",
        terms=terms,
        usual=sorted(names.items(), key=lambda pair: pair[1].casefold()),
        further=" ".join(tag for tag in shown["languages"] if tag not in names),
        errors=errors or [],
        wrong={error["field"]: error["text"] for error in errors or []},
        named=lambda known: [(term.code, term.label) for term in known.values()],
        most=MOST_CASES,
    )


def _is_ahead(moment: str) -> bool:
    return datetime.fromisoformat(moment) > datetime.now(UTC)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
