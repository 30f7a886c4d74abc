"""Recording that a joint action was agreed: when, by whom, one look at what will happen; and taking it back."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.board.keeping import not_sent
from services.web.board.take_down import PracticeId
from services.web.board.words import CONFLICT, WRONG
from services.web.calls.api import Away, Json, Refused
from services.web.page.forms import Form, Posted
from services.web.page.languages import OWN_NAMES
from services.web.page.visit import Coordinator, Visit

PARTIES_MOST: Final = 50
PARTY_MOST: Final = 300
WORDS_MOST: Final = 2000
_GONE: Final = 410
_AHEAD: Final = timedelta(hours=14)  # somewhere on earth the day has begun: the service knows no more of ours either


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was typed. ``parties`` has one name a line, ``words`` the text by language of the site."""

    agreed_on: str = ""
    parties: str = ""
    words: dict[str, str]

    @classmethod
    def of(cls, form: Posted) -> "Given":
        words = {tag: form.text(f"words-{tag}") for tag in OWN_NAMES}
        return cls(agreed_on=form.text("agreed_on"), parties=form.text("parties"), words=words)

    @property
    def names(self) -> list[str]:
        return [name for line in self.parties.splitlines() if (name := line.strip())]

    def body(self) -> Json:
        text = {tag: words for tag, words in self.words.items() if words}
        return {"agreed_on": self.agreed_on, "parties": self.names, "text": text}

    def wrong(self, visit: Visit) -> dict[str, str]:
        """Say for each field that cannot be sent how to mend it."""
        _ = visit._
        found = {}
        if not _has_come(self.agreed_on):
            found["agreed_on"] = _("Give the day on which it was agreed; it cannot lie ahead.")
        if not self.names:
            found["parties"] = _("Name at least one organisation or body that agreed.")
        elif len(self.names) > PARTIES_MOST:
            found["parties"] = _("Name at most {n} of them.").format(n=PARTIES_MOST)
        elif any(len(name) > PARTY_MOST for name in self.names):
            found["parties"] = _("A name is too long. Write one a line, each of at most {n} characters.").format(
                n=PARTY_MOST
            )
        too_long = _("This is too long. Shorten it.")
        return found | {f"words-{tag}": too_long for tag, text in self.words.items() if len(text) > WORDS_MOST}


def agreement_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/board/practices/{practice_id}/agreement")
    async def ask(visit: Coordinator, practice_id: PracticeId) -> Response:
        """Ask when and by whom it was agreed; where that is recorded, whether to take it back."""
        return await _page(visit, practice_id, Given(words={}))

    @router.post("/board/practices/{practice_id}/agreement")
    async def go_on(visit: Coordinator, form: Form, practice_id: PracticeId) -> Response:
        """Show once what will happen, then do it."""
        try:
            return await _go_on(visit, practice_id, form)
        except Away:
            return await not_sent(visit, f"/board/practices/{practice_id}/agreement", form)

    return router


async def _go_on(visit: Visit, practice_id: str, form: Posted) -> Response:
    _ = visit._
    given, step = Given.of(form), form.text("do")
    if step == "take-back":
        return await _send(visit, practice_id, form, None, told=_("It is taken back. The page no longer says so."))
    wrong = given.wrong(visit)
    if wrong or step == "change":
        return await _page(visit, practice_id, given, wrong=wrong)
    if step != "record":
        return await _page(visit, practice_id, given, confirm=True)
    return await _send(visit, practice_id, form, given, told=_("It is recorded. The page now says that it was agreed."))


async def _send(visit: Visit, practice_id: str, form: Posted, given: Given | None, *, told: str) -> Response:
    """Record what is given, or take back what is recorded."""
    _ = visit._
    method, body = ("POST", given.body()) if given else ("DELETE", None)
    try:
        path = f"/practices/{practice_id}/agreement"
        await visit.services.submissions.ask(method, path, body=body, once=form.once)
    except Refused as error:
        if error.status == _GONE:
            return _gone(visit)
        if error.status == CONFLICT:
            said = _("Somebody was quicker: this is how it stands now.")
            return visit.go(f"/practices/{practice_id}", told=said, kind="problem")
        if error.status != WRONG or given is None:
            raise
        said = _("This cannot be kept: it is too long, or holds a character that cannot be shown.")
        return await _page(visit, practice_id, given, wrong=_fields(error, said))
    return visit.go(f"/practices/{practice_id}", told=told)


def _fields(error: Refused, said: str) -> dict[str, str]:
    """Put the words at each field of the form that the service names."""
    found = {}
    for one in error.problem.get("errors", ()):
        first, _, rest = str(one.get("pointer", "")).strip("/").partition("/")
        found[f"words-{rest}" if first == "text" else first] = said
    return found or {"parties": said}


async def _page(
    visit: Visit, practice_id: str, given: Given, *, wrong: dict[str, str] | None = None, confirm: bool = False
) -> Response:
    try:
        practice = await visit.services.submissions.get(f"/practices/{practice_id}")
    except Refused as error:
        if error.status != _GONE:
            raise
        return _gone(visit)
    shown = {"practice": practice, "content": practice["content"], "given": given}
    if practice["kind"] != "joint_action":
        told = visit._("Only a joint action can be agreed.")
        return visit.go(f"/practices/{practice_id}", told=told, kind="problem")
    if practice.get("agreement"):
        return await visit.page("board/agreement_back.html", **shown)
    if confirm:
        return await visit.page("board/agreement_confirm.html", **shown)
    wrong = wrong or {}
    return await visit.page(
        "board/agreement.html",
        status=WRONG if wrong else 200,
        wrong=wrong,
        errors=[{"field": name, "text": text} for name, text in wrong.items()],
        today=datetime.now(UTC).date().isoformat(),
        WORDS_MOST=WORDS_MOST,
        **shown,
    )


def _gone(visit: Visit) -> Response:
    return visit.go("/board", told=visit._("This practice was taken down before."), kind="problem")


def _has_come(text: str) -> bool:
    try:
        return date.fromisoformat(text) <= (datetime.now(UTC) + _AHEAD).date()
    except ValueError:
        return False
