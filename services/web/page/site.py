"""What all visits share: made once in ``app.py``, read by everybody."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request

from services.web.calls.passing import Passing
from services.web.calls.vocabularies import Vocabularies
from services.web.mine.kept import KeptImports
from services.web.page.assets import Assets
from services.web.page.languages import Words
from services.web.page.templates import Templates
from services.web.session.cookies import Cookies
from services.web.session.keeper import Keeper
from services.web.session.measures import Measures
from services.web.session.person import Session
from services.web.session.provider import Provider
from services.web.session.seal import Seal
from services.web.session.store import Sessions
from services.web.settings import WebSettings
from shared.rates.rates import Rates
from shared.telemetry.logs import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    settings: WebSettings
    http: httpx.AsyncClient
    seal: Seal
    cookies: Cookies
    sessions: Sessions
    imports: KeptImports
    keeper: Keeper
    provider: Provider
    vocabularies: Vocabularies
    words: dict[str, Words]
    templates: Templates
    assets: Assets
    passing: Passing
    measures: Measures
    rates: Rates
    log: Log

    def is_ours(self, request: Request) -> bool:
        """Tell whether a request that changes something comes from a page of ours (Fetch Metadata, RFC 6454)."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin") or _origin_of(request.headers.get("referer", ""))
        return origin == self.settings.origin

    def is_at_home(self, request: Request) -> bool:
        """Tell whether the browser came to our public address, not to another name of this machine."""
        return request.headers.get("host", "") == urlsplit(self.settings.origin).netloc

    def caller_of(self, request: Request) -> str | None:
        """Return the address that services are told a visitor comes from; None for one that they need not count."""
        return None if request.client is None or self.rates.exempts(request) else request.client.host

    async def session_of(self, request: Request) -> Session | None:
        """Return the session of a request, looked up once. Raises Unavailable; the page that says so is nobody's."""
        if not hasattr(request.state, "session"):
            request.state.session = None
            request.state.session = await self.keeper.session(request)
        found: Session | None = request.state.session
        return found


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
