"""One visit to one page: who comes, in which language, what they may call, and what they are shown."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.web.calls.api import Away, Refused
from services.web.calls.services import Services
from services.web.calls.vocabularies import Term
from services.web.page.formats import Formats
from services.web.page.forms import csrf_token
from services.web.page.languages import accepted, supported
from services.web.page.site import Site
from services.web.session.person import Person, Session
from services.web.session.seal import new_name
from shared.errors import Forbidden
from shared.http.access import Role

LANGUAGE_SECONDS = 365 * 24 * 3600
_TOLD_SECONDS = 300
_UNREAD_SECONDS = 2.0  # no page waits for longer for a count in its head


class SignInFirst(Exception):
    """The page is for somebody who is signed in."""


class Visit:
    """What a page's code works with. ``_`` and ``ngettext`` speak the visitor's language."""

    def __init__(self, request: Request, site: Site, session: Session | None) -> None:
        self.request = request
        self.site = site
        self.session = session
        self.person: Person | None = session.person if session else None
        self.begun = perf_counter()
        self._asked = supported(request.query_params.get("lang"))
        self.language = self._asked or self._language()
        self.words = site.words[self.language]
        self.formats = Formats(self.language)
        self._ = self.words.gettext
        self.ngettext = self.words.ngettext
        token = session.tokens.access if session else None
        caller = site.caller_of(request)
        self.services = Services.of(site.http, site.settings, token=token, language=self.language, caller=caller)
        self._unread = asyncio.create_task(self._count_unread()) if session and request.method == "GET" else None
        self.told: list[list[str]] = []

    def _language(self) -> str:
        known = supported(self.site.cookies.read(self.request, "language"))
        own = supported(self.person.language) if self.person else None
        return known or own or accepted(self.request.headers.get("accept-language", "")) or "en"

    @property
    def csrf(self) -> str:
        """The token of this page's forms; another each time, so that compressing a page does not betray it (BREACH)."""
        return csrf_token(self.site.seal, self.session) if self.session else ""

    def is_a(self, *roles: Role) -> bool:
        return self.person is not None and self.person.is_a(*roles)

    async def terms(self, *names: str) -> dict[str, dict[str, Term]]:
        """Return vocabularies by name, in the visitor's language."""
        lists = await self.site.vocabularies.lists(self.language, self.services.watch)
        return {name: lists[name] for name in names}

    async def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> Response:
        """Render a whole page, or with htmx the part that the template gives for it."""
        told = [*self._told_before(), *self.told]
        unread = await self._unread if self._unread else None
        whole = {
            "visit": self,
            "person": self.person,
            "Role": Role,
            "path": self.request.url.path,
            "address": self._address,
            "csrf": self.csrf,
            "once": new_name,
            "unread": unread,
            "told": told,
            **context,
        }
        content = self.site.templates.render(template, self.language, whole)
        response = HTMLResponse(content, status, headers=dict(headers or {}))
        response.headers["content-language"] = self.language
        response.headers.append("vary", "Accept-Language, Cookie")
        self._finish(response)
        if told:
            self.site.cookies.forget(response, "told")
        return response

    def go(self, to: str, *, told: str | None = None, kind: str = "done") -> Response:
        """Send the browser to another page of ours (303), which then says ``told`` (``done`` or ``problem``)."""
        response = RedirectResponse(local_path(to), 303)
        if told:
            sealed = self.site.seal.sealed("told", [[kind, told]], seconds=_TOLD_SECONDS)
            self.site.cookies.write(response, "told", sealed, seconds=_TOLD_SECONDS)
        self._finish(response)
        return response

    def tell(self, text: str, *, kind: str = "done") -> None:
        """Say something on the page that is rendered next."""
        self.told.append([kind, text])

    def close(self) -> None:
        """Give up what nobody waits for any more."""
        if self._unread and not self._unread.done():
            self._unread.cancel()

    def _told_before(self) -> list[list[str]]:
        found = self.site.seal.opened("told", self.site.cookies.read(self.request, "told"))
        return found if isinstance(found, list) else []

    def _address(self, **changes: str | None) -> str:
        """Return the address of this page with other query parameters; None takes one out."""
        pairs = [(name, value) for name, value in self.request.query_params.multi_items() if name not in changes]
        pairs += [(name, value) for name, value in changes.items() if value is not None]
        return self.request.url.path + (f"?{urlencode(pairs)}" if pairs else "")

    def _finish(self, response: Response) -> None:
        if self._asked and self._asked != supported(self.site.cookies.read(self.request, "language")):
            self.site.cookies.write(response, "language", self._asked, seconds=LANGUAGE_SECONDS)
        watch = self.services.watch
        spent = (perf_counter() - self.begun) * 1000
        response.headers["server-timing"] = (
            f'page;dur={spent:.1f}, calls;dur={watch.seconds() * 1000:.1f};desc="{len(watch.calls)}",'
            f' sequence;desc="{watch.in_sequence()}"'
        )

    async def _count_unread(self) -> int | None:
        """Return how many entries of the inbox are unread; None when notifications does not answer in time."""
        try:
            async with asyncio.timeout(_UNREAD_SECONDS):
                found = await self.services.notifications.get("/me")
        except (Away, Refused, TimeoutError):
            return None
        count: int = found["unread"]
        return count


def local_path(to: str | None) -> str:
    """Return ``to`` if it is a path on this site, else ``/``: nobody is sent elsewhere by a link to us."""
    to = to or "/"
    try:
        parts = urlsplit(to)
    except ValueError:
        return "/"
    fine = to.startswith("/") and not to.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return to if fine and to.isprintable() and "\\" not in to else "/"


async def _visit(request: Request) -> Visit:
    site: Site = request.app.state.site
    visit = Visit(request, site, await site.session_of(request))
    request.state.visit = visit
    return visit


def _only(*roles: Role) -> Callable[[Visit], Awaitable[Visit]]:
    # Not a plain function: those go through a thread each.
    async def check(visit: Annotated[Visit, Depends(_visit)]) -> Visit:
        if visit.person is None:
            raise SignInFirst
        if roles and not visit.is_a(*roles):
            raise Forbidden("Your roles do not allow this.")
        return visit

    return check


Visitor = Annotated[Visit, Depends(_visit)]
SignedIn = Annotated[Visit, Depends(_only())]
Member = Annotated[Visit, Depends(_only(Role.MEMBER))]
Reviewer = Annotated[Visit, Depends(_only(Role.REVIEWER))]
Coordinator = Annotated[Visit, Depends(_only(Role.COORDINATOR))]
Administrator = Annotated[Visit, Depends(_only(Role.ADMINISTRATOR))]
Overseer = Annotated[Visit, Depends(_only(Role.COORDINATOR, Role.ADMINISTRATOR))]
