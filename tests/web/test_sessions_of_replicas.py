"""A sign-in that two replicas of the front-end renew at once goes on, though its refresh token works once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
import pytest
import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.web.session.cookies import Cookies
from services.web.session.keeper import Keeper
from services.web.session.measures import Measures
from services.web.session.person import Person, Tokens
from services.web.session.provider import ClientRefused, Provider, SignInRefused
from services.web.session.seal import Seal
from services.web.session.store import Sessions
from services.web.settings import WebSettings
from shared.errors import Unavailable
from shared.http.access import Role
from shared.http.jwks import JwksKeys
from shared.store.client import Store
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.tokens import Issuer

ANA = Person(person_id="ana", name="Ana", roles=frozenset({Role.MEMBER}), organisation=None, email=None, language=None)
OLD = Tokens(access="old", until=0.0, refresh="once", identity=None)


@dataclass(slots=True)
class Once:
    """A provider that takes each refresh token once, and whose answer is on its way for as long as it is held up."""

    taken: asyncio.Event = field(default_factory=asyncio.Event)
    arrives: asyncio.Event = field(default_factory=asyncio.Event)
    refusal: SignInRefused = field(default_factory=lambda: SignInRefused("invalid_grant"))

    async def renew(self, tokens: Tokens) -> tuple[Person, Tokens]:
        if self.taken.is_set():
            raise self.refusal
        self.taken.set()
        await self.arrives.wait()
        return ANA, replace(tokens, access="new", until=time.time() + 300, refresh="next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas:
    provider: Once
    first: Keeper
    second: Keeper
    sessions: Sessions

    async def request(self, tokens: Tokens = OLD) -> Request:
        """Return a request of somebody who is signed in."""
        answer = Response()
        self.first.keep(answer, await self.sessions.begin(ANA, tokens))
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


@pytest.fixture
async def replicas(mongodb_url: str, database: str) -> AsyncIterator[Replicas]:
    store = await Store.connect(mongodb_url, database, service="web")
    provider, sessions = Once(), Sessions(store, hours=1, clock=time.time)

    def keeper() -> Keeper:
        return Keeper(
            sessions,
            cast("Provider", provider),
            seal=Seal("secret", time.time),
            cookies=Cookies(secure=False),
            measures=Measures(Metrics("test"), store),
            log=cast("Any", structlog.get_logger()),
        )

    yield Replicas(provider=provider, first=keeper(), second=keeper(), sessions=sessions)
    await store.close()


async def test_who_is_refused_takes_what_the_other_replica_gets_a_moment_later(replicas: Replicas) -> None:
    request = await replicas.request()
    first = asyncio.create_task(replicas.first.session(request))
    await replicas.provider.taken.wait()
    second = asyncio.create_task(replicas.second.session(request))
    asyncio.get_running_loop().call_later(0.2, replicas.provider.arrives.set)
    for session in await asyncio.gather(first, second):
        assert session is not None
        assert session.tokens.access == "new"


async def test_a_sign_in_that_is_over_ends(replicas: Replicas) -> None:
    request = await replicas.request()
    replicas.provider.taken.set()
    assert await replicas.second.session(request) is None
    assert await replicas.first.session(request) is None


async def test_a_front_end_that_the_provider_does_not_take_ends_no_sign_in(replicas: Replicas) -> None:
    request = await replicas.request()
    replicas.provider.taken.set()
    replicas.provider.refusal = ClientRefused("invalid_client")
    with pytest.raises(Unavailable):
        await replicas.first.session(request)
    replicas.provider.taken.clear()  # whoever runs it has put the secret right
    replicas.provider.arrives.set()
    session = await replicas.first.session(request)
    assert session is not None
    assert session.tokens.access == "new"


@asynccontextmanager
async def provider_that_answers(status: int, **told: str) -> AsyncIterator[Provider]:
    """A provider whose token endpoint answers so."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def metadata() -> dict[str, str]:
        return {"issuer": "https://provider.test", "token_endpoint": "https://provider.test/token"}

    @app.post("/token")
    async def token() -> Response:
        return JSONResponse(told, status)

    settings = WebSettings.model_validate({"oidc_issuer": "https://provider.test", "web_secret": "s" * 43})
    keys = JwksKeys(settings.oidc_issuer, log=configure("web", level="CRITICAL"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        yield Provider(settings, http, verifier=Issuer().verifier(), keys=keys)


async def test_a_renewed_token_that_nobody_takes_ends_the_sign_in() -> None:
    async with provider_that_answers(200, access_token=Issuer(audience="others").token()) as provider:
        with pytest.raises(SignInRefused):
            await provider.renew(OLD)


async def test_a_provider_that_is_asked_too_often_ends_no_sign_in() -> None:
    async with provider_that_answers(429, error="slow_down") as provider:
        with pytest.raises(Unavailable):
            await provider.renew(OLD)


@pytest.mark.parametrize(("error", "of_the_front_end"), [("invalid_client", True), ("invalid_grant", False)])
async def test_a_refusal_tells_the_front_end_from_the_person(error: str, of_the_front_end: bool) -> None:
    async with provider_that_answers(401 if of_the_front_end else 400, error=error) as provider:
        with pytest.raises(SignInRefused) as refusal:
            await provider.renew(OLD)
    assert isinstance(refusal.value, ClientRefused) == of_the_front_end
