"""While the sign-in provider does not answer, who is signed in is told so in a page, and can sign out."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.cookies import SimpleCookie

import httpx
import pytest
from pydantic import SecretStr
from pydantic_core import MultiHostUrl
from starlette.responses import Response

from local.free_ports import free_port
from services.web.app import application, site_of
from services.web.page.forms import csrf_token
from services.web.page.site import Site
from services.web.session.person import Person, Session, Tokens
from services.web.settings import WebSettings
from shared.http.access import Role
from shared.store.client import Store
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.tokens import Issuer

ANA = Person(person_id="ana", name="Ana", roles=frozenset({Role.MEMBER}), organisation=None, email=None, language=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEnd:
    """A front-end to which neither the provider nor any service answers."""

    site: Site
    http: httpx.AsyncClient

    async def signed_in(self, *, seconds: float) -> Session:
        """Sign somebody in whose access token lasts for so long."""
        tokens = Tokens(access="token", until=time.time() + seconds, refresh="refresh", identity=None)
        session = await self.site.sessions.begin(ANA, tokens)
        answer = Response()
        self.site.keeper.keep(answer, session)
        for name, morsel in SimpleCookie(answer.headers["set-cookie"]).items():
            self.http.cookies.set(name, morsel.value)
        return session


@pytest.fixture
async def front_end(mongodb_url: str, database: str) -> AsyncIterator[FrontEnd]:
    nowhere = f"http://127.0.0.1:{free_port()}"
    settings = WebSettings.model_validate(
        {
            "mongodb_url": MultiHostUrl(mongodb_url),
            "database": database,
            "oidc_issuer": nowhere,
            "web_secret": SecretStr("s" * 43),
            "public_url": "http://web.test",
            **{f"{name}_url": nowhere for name in ("submissions", "review", "search", "notifications", "syndication")},
        }
    )
    log, metrics = configure("web", level="CRITICAL"), Metrics("web")
    store = await Store.connect(mongodb_url, database, service="web")
    async with httpx.AsyncClient(trust_env=False, verify=False) as calls:
        site = site_of(settings, store, calls, verifier=Issuer().verifier(), metrics=metrics, log=log)
        app = application(site, checks={}, metrics=metrics, log=log)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://web.test") as http:
            yield FrontEnd(site=site, http=http)
    await store.close()


@pytest.mark.parametrize("path", ["/accessibility", "/mine"])
async def test_who_has_to_be_renewed_is_told_that_it_does_not_answer(front_end: FrontEnd, path: str) -> None:
    await front_end.signed_in(seconds=-1)
    answer = await front_end.http.get(path)
    assert answer.status_code == 503
    assert "does not answer just now" in answer.text


async def test_a_sign_in_goes_on_for_as_long_as_its_token_lasts(front_end: FrontEnd) -> None:
    await front_end.signed_in(seconds=20)  # soon to be renewed
    answer = await front_end.http.get("/accessibility")
    assert answer.status_code == 200
    assert "Ana" in answer.text


async def test_somebody_can_sign_out(front_end: FrontEnd) -> None:
    session = await front_end.signed_in(seconds=3600)
    form = {"csrf": csrf_token(front_end.site.seal, session)}
    answer = await front_end.http.post("/sign-out", data=form, headers={"origin": "http://web.test"})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://web.test/")
    assert await front_end.site.sessions.get(session.key) is None
