"""The audit trail of a case, in words, and whether it is whole."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.board.case import CaseId, kept_out, names_of, reviewers_for
from services.web.board.words import FORBIDDEN
from services.web.calls.api import Refused
from services.web.calls.vocabularies import Term
from services.web.page.visit import Coordinator, Visit

# Reasons that are codes, not somebody's words.
_CODES: Final = frozenset({"released", "lease_expired", "conflict_declared", "case_closed", "withdrawn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step in words. ``texts`` are what somebody wrote, each with what it is."""

    number: int
    at: str
    text: str
    who: str
    texts: tuple[tuple[str, str], ...]
    seal: str
    broken: bool


def trail_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/board/{case_id}/trail")
    async def trail(visit: Coordinator, case_id: CaseId) -> Response:
        """Everything that happened to the case, the oldest first."""
        case, found, reviewers, terms = await asyncio.gather(
            visit.services.review.get(f"/cases/{case_id}"),
            _trail(visit, case_id),
            reviewers_for(visit, case_id),
            visit.terms("decision-reasons", "recommendations"),
        )
        if found is None:
            return await kept_out(visit, case)
        names, broken = names_of(reviewers["items"]), found["first_broken"]
        steps = [told(visit, step, names, terms, broken=broken) for step in found["items"]]
        return await visit.page("board/trail.html", case=case, steps=steps, intact=found["intact"], first_broken=broken)

    return router


async def _trail(visit: Visit, case_id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = await visit.services.review.get(f"/cases/{case_id}/trail")
    except Refused as error:
        if error.status != FORBIDDEN:
            raise
        return None
    return found


def told(
    visit: Visit,
    step: Mapping[str, Any],
    names: Mapping[str, str],
    terms: Mapping[str, Mapping[str, Term]],
    *,
    broken: int | None,
) -> Told:
    """Put one step into words."""
    return Told(
        number=step["number"],
        at=step["at"],
        text=_happened(visit, step, names, terms),
        who=_who(visit, step, names),
        texts=_texts(visit, step["facts"], terms),
        seal=step["seal"],
        broken=broken is not None and step["number"] >= broken,
    )


def _happened(
    visit: Visit, step: Mapping[str, Any], names: Mapping[str, str], terms: Mapping[str, Mapping[str, Term]]
) -> str:
    _ = visit._
    facts, act = step["facts"], str(step["act"])
    reviewer = names.get(facts.get("reviewer_id", ""), _("a reviewer"))
    if act == "released":
        return _released(visit, str(facts.get("reason")), reviewer)
    outcome = terms["recommendations"].get(facts.get("outcome", ""))
    said = {
        "opened": _("Round {n} was opened, to be decided by {day}; reviews asked for: {all}."),
        "appealed": _("The authors appealed. Other people look at it, until {day}."),
        "claimed": _("The case was taken, until {moment}."),
        "renewed": _("It was kept for longer, until {moment}."),
        "assigned": _("The case was given to {name}, until {moment}."),
        "completed": _("A review was finished: {done} of {all}."),
        "conflict_declared": _("A conflict of interest was declared."),
        "closed": _("The case was closed because the contribution was withdrawn."),
        "decided": _("It was decided: {outcome}."),
    }.get(act, act)
    return said.format(
        n=facts["round"],
        day=visit.formats.day(facts.get("due_at")),
        moment=visit.formats.moment(facts.get("lease_until")),
        name=reviewer,
        done=facts.get("completed"),
        all=facts.get("required", facts.get("quorum")),
        outcome=outcome.label if outcome else facts.get("outcome"),
    )


def _released(visit: Visit, reason: str, reviewer: str) -> str:
    _ = visit._
    said = {
        "released": _("{name} handed the case back."),
        "lease_expired": _("The time of {name} ended; the place is free again."),
        "conflict_declared": _("{name} no longer has the case, because of a conflict of interest."),
        "case_closed": _("{name} no longer has the case, because it was decided."),
    }.get(reason, _("{name} no longer has the case."))
    return said.format(name=reviewer)


def _who(visit: Visit, step: Mapping[str, Any], names: Mapping[str, str]) -> str:
    _ = visit._
    actor = step["actor"]
    if visit.person and actor == visit.person.person_id:
        return _("You")
    said = {"system": _("By itself"), "author": _("The authors"), "coordinator": _("A coordinator")}
    if actor in said:
        return said[actor]
    by_act = {
        "opened": _("An author"),
        "assigned": _("Another coordinator"),
        "decided": _("Another coordinator"),
        "released": _("Another coordinator"),
        "closed": _("An author"),
    }
    return names.get(actor) or by_act.get(step["act"], _("Somebody with a task here"))


def _texts(
    visit: Visit, facts: Mapping[str, Any], terms: Mapping[str, Mapping[str, Term]]
) -> tuple[tuple[str, str], ...]:
    """What somebody gave as a reason."""
    _ = visit._
    found = []
    if codes := facts.get("reason_codes"):
        known = terms["decision-reasons"]
        labels = [known[code].label if code in known else code for code in codes]
        found.append((_("Reasons"), visit.formats.listing(labels)))
    named = {
        "dissent": _("Why against the reviews"),
        "override": _("Why with fewer reviews"),
        "text": _("What they wrote"),
    }
    found += [(label, facts[name]) for name, label in named.items() if facts.get(name)]
    if facts.get("reason") and facts["reason"] not in _CODES:
        found.append((_("Reason"), facts["reason"]))
    return tuple(found)
