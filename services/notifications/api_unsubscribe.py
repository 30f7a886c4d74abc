"""The link in every mail: GET shows a page and changes nothing, POST stops the mails at once, without signing in.

RFC 8058: mailbox providers POST ``List-Unsubscribe=One-Click`` without cookies and follow no redirect; scanners that
open every link only GET. What is stopped stands in the token, so the body is not read.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.notifications.domain.person import TOKEN_LENGTH, Person
from services.notifications.domain.preferences import ALL_SCOPE, DIGEST_SCOPE, kind_of
from services.notifications.forms import SubscriptionOut
from services.notifications.links import Links
from services.notifications.render import TEMPLATES
from services.notifications.store import Records
from services.notifications.unsubscribe import Action, act_on, look_up
from services.notifications.words import Words, supported_language
from shared.http.access import PUBLIC
from shared.http.reply import JsonResponse
from shared.store.client import Store

Token = Annotated[str, Path(min_length=1, max_length=64, description=f"{TOKEN_LENGTH} characters, from a mail")]
_NOTHING = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_BOTH: dict[int | str, dict[str, Any]] = {
    200: {"model": SubscriptionOut, "content": {"text/html": {"schema": {"type": "string"}}}}
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """A button; ``plain`` is the less likely one."""

    label: str
    address: str
    plain: bool = False


class _Page:
    """The page in three languages, with a policy that lets nothing run and nothing load."""

    def __init__(self, words: dict[str, Words], links: Links) -> None:
        self._words = words
        self._links = links
        self._style = (TEMPLATES / "page.css").read_text("utf-8")
        environment = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=True)
        self._template = environment.from_string((TEMPLATES / "page.html.j2").read_text("utf-8"))
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._policy = f"{_NOTHING}; style-src 'sha256-{digest}'"

    def show(self, request: Request, person: Person, scope: str, *, token: str, done: Action | None) -> Response:
        """Return the page, or the same as JSON for whoever asks for that."""
        language = supported_language(person.wanted_language)
        words = self._words[language]
        told = self._told(person, scope, words, done)
        if "application/json" in request.headers.get("accept", ""):
            return JsonResponse(told)
        html = self._template.render(
            language=language,
            style=Markup(self._style),  # noqa: S704 - our own file
            title=words.say("unsubscribe", "title"),
            product=words.say("common", "product"),
            said=told.said,
            note="" if done else words.say("unsubscribe", "nothing"),
            choices=self._choices(told, words, token, done),
            preferences=words.say("common", "preferences"),
            preferences_url=self._links.preferences,
            inbox=words.say("unsubscribe", "inbox"),
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": self._policy, "Content-Language": language})

    def _told(self, person: Person, scope: str, words: Words, done: Action | None) -> SubscriptionOut:
        stopped = person.preferences.is_stopped(scope)
        everything = scope == ALL_SCOPE or done in (Action.STOP_ALL, Action.UNDO_ALL)
        undone = done in (Action.UNDO, Action.UNDO_ALL)
        key = "undone" if undone else "done" if stopped or done else "ask"
        kind = kind_of(scope)
        ending = "_all" if everything else "_digest" if scope == DIGEST_SCOPE else ""
        label = words.kinds[kind].label if kind else ""
        return SubscriptionOut(
            kind=kind,
            scope="all" if scope == ALL_SCOPE else "digest" if kind is None else "kind",
            stopped=stopped,
            all_stopped=person.preferences.is_stopped(ALL_SCOPE),
            said=words.say("unsubscribe", key + ending).format(label=label),
        )

    def _choices(self, told: SubscriptionOut, words: Words, token: str, done: Action | None) -> list[_Choice]:
        address = self._links.unsubscribe_path(token)

        def choice(label: str, action: Action, *, plain: bool = False) -> _Choice:
            return _Choice(label=words.say("unsubscribe", label), address=f"{address}?action={action}", plain=plain)

        if done is Action.STOP_ALL:
            return [choice("undo", Action.UNDO_ALL)]
        choices = [choice("undo", Action.UNDO) if told.stopped else choice("do", Action.STOP)]
        if not told.all_stopped and told.scope != "all":
            choices.append(choice("do_all", Action.STOP_ALL, plain=True))
        return choices


def unsubscribe_routes(store: Store, records: Records, words: dict[str, Words], links: Links) -> APIRouter:
    router = APIRouter(prefix="/unsubscribe", tags=["unsubscribe"], dependencies=[PUBLIC])
    page = _Page(words, links)

    @router.get("/{token}", responses=_BOTH, response_class=HTMLResponse)
    async def show(token: Token, request: Request) -> Response:
        """Show what the link would stop. Nothing changes."""
        person, scope = await look_up(records, token)
        return page.show(request, person, scope, token=token, done=None)

    @router.post("/{token}", responses=_BOTH, response_class=HTMLResponse)
    async def stop(
        token: Token,
        request: Request,
        action: Annotated[Action, Query(description="`stop` is what a one-click does")] = Action.STOP,
    ) -> Response:
        """Stop the mails the link speaks of, or all, or undo that."""
        person, scope = await act_on(store, records, token, action)
        return page.show(request, person, scope, token=token, done=action)

    return router
