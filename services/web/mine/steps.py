"""The steps of a life that authors take: withdraw, revise, discard and restore, confirm, appeal.

Each has a page that says what it does and asks once; a step that does not follow from where the contribution stands is
refused in plain words.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.mine.parts import CONFLICT, NOT_FOUND, STALE, UNPROCESSABLE, ContributionId, find, is_discarded
from services.web.page.forms import Form, Posted
from services.web.page.visit import Member, Visit

StepName = Annotated[str, Path(pattern=r"^(withdraw|revise|discard|confirm|appeal)$")]
APPEAL_LENGTH: Final = 4_000


def step_routes() -> APIRouter:
    router = APIRouter(prefix="/mine/{contribution_id}")

    @router.post("/restore")
    async def restore(visit: Member, contribution_id: ContributionId, form: Form) -> Response:
        """Take a discarded draft back, at once."""
        try:
            await visit.services.submissions.post(f"/contributions/{contribution_id}/restore", once=form.once)
        except Refused as refused:
            if refused.status != CONFLICT:
                raise
            told = visit._("There is no discarded draft to restore any more.")
            return visit.go(f"/mine/{contribution_id}", told=told, kind="problem")
        return visit.go(f"/mine/{contribution_id}", told=visit._("The draft is back, with everything in it."))

    @router.get("/{step}")
    async def ask(visit: Member, contribution_id: ContributionId, step: StepName) -> Response:
        """What the step does, and one question."""
        return await _asked(visit, contribution_id, step)

    @router.post("/{step}")
    async def take(visit: Member, contribution_id: ContributionId, step: StepName, form: Form) -> Response:
        """Do it."""
        if step == "appeal" and (wrong := _wrong_with(visit, form)):
            return await _asked(visit, contribution_id, step, form=form, error=wrong)
        try:
            await _taken(visit, contribution_id, step, form)
        except Refused as refused:
            return await _refused(visit, contribution_id, step, form, refused)
        to, told = _done(visit, contribution_id, step)
        return visit.go(to, told=told)

    return router


async def _taken(visit: Visit, contribution_id: str, step: str, form: Posted) -> None:
    api, path = visit.services.submissions, f"/contributions/{contribution_id}"
    if step == "discard":
        seen = form.text("seen")
        await api.ask("DELETE", path, if_match=f'"{seen}"' if seen.isascii() and seen.isdigit() else '"0"')
    elif step == "appeal":
        await api.post(f"{path}/appeal", {"text": form.text("text")}, once=form.once)
    else:
        await api.post(f"{path}/{step}", once=form.once)


def _done(visit: Visit, contribution_id: str, step: str) -> tuple[str, str]:
    """Where to go after a step, and what to say there."""
    _, here = visit._, f"/mine/{contribution_id}"
    return {
        "withdraw": (here, _("Withdrawn. Nobody reviews it any more.")),
        "revise": (
            f"/share/{contribution_id}",
            _("The new version is begun. What is public stays so until it is published."),
        ),
        "discard": ("/mine?show=discarded", _("Discarded. You can restore it here for 30 days.")),
        "confirm": (here, _("Thank you. Readers see that it still holds.")),
        "appeal": (here, _("Your appeal is handed in.")),
    }[step]


async def _refused(visit: Visit, contribution_id: str, step: str, form: Posted, refused: Refused) -> Response:
    if refused.status == CONFLICT:
        return await _asked(visit, contribution_id, step)
    if refused.status == STALE:
        told = visit._("It was changed after you opened this page. Look at it again.")
        return visit.go(f"/mine/{contribution_id}/{step}", told=told, kind="problem")
    if refused.status == UNPROCESSABLE and step == "appeal":
        wrong = visit._("There is a character in it that cannot be kept. Remove it and send it again.")
        return await _asked(visit, contribution_id, step, form=form, error=wrong)
    if refused.status == NOT_FOUND and step == "discard" and await is_discarded(visit, contribution_id):
        return visit.go("/mine?show=discarded")  # sent twice
    raise refused


async def _asked(
    visit: Visit, contribution_id: str, step: str, *, form: Posted | None = None, error: str = ""
) -> Response:
    """The page that asks, or that says why there is nothing to ask."""
    found = await find(visit, contribution_id)
    view = found.body
    if step not in view["can"]:
        return await visit.page("mine/not_now.html", status=CONFLICT, view=view, step=step)
    return await visit.page(
        "mine/step.html",
        status=UNPROCESSABLE if error else 200,
        view=view,
        step=step,
        text=form.text("text") if form else "",
        error=error,
        most=APPEAL_LENGTH,
    )


def _wrong_with(visit: Visit, form: Posted) -> str:
    text = form.text("text")
    if not text:
        return visit._("Say why it should be looked at again.")
    return visit._("This is too long. At most 4,000 characters can be sent.") if len(text) > APPEAL_LENGTH else ""
