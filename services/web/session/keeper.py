"""From a request's cookie to who is there, with tokens that are still good."""

import asyncio
import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response

from services.web.session.cookies import Cookies
from services.web.session.measures import Measures
from services.web.session.person import Person, Session, Tokens
from services.web.session.provider import ClientRefused, Provider, SignInRefused
from services.web.session.seal import Seal
from services.web.session.store import Sessions
from shared.errors import Unavailable
from shared.telemetry.logs import Log, clean

_RENEW_SECONDS = 30.0  # before the access token ends, so that it lasts for the calls of one page
_PAUSES = (0.0, 0.1, 0.3, 0.6)


class Keeper:
    """Opens, renews and ends sessions."""

    def __init__(
        self,
        sessions: Sessions,
        provider: Provider,
        *,
        seal: Seal,
        cookies: Cookies,
        measures: Measures,
        log: Log,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sessions = sessions
        self._provider = provider
        self._seal = seal
        self._cookies = cookies
        self._measures = measures
        self._log = log
        self._clock = clock
        self._renewing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def session(self, request: Request) -> Session | None:
        """Return the session of the request, or None: no cookie, a forged one, an ended session.

        Raises Unavailable when it has to be renewed and the provider does not answer.
        """
        key, _, signature = (self._cookies.read(request, "session") or "").partition(".")
        if not key or not self._seal.signed("session", key, signature):
            return None
        session = await self._sessions.get(key)
        if session is None or session.tokens.until - _RENEW_SECONDS > self._clock():
            return session
        return await self._renewed(session)

    def keep(self, response: Response, session: Session) -> None:
        """Let the browser name the session from now on."""
        self._cookies.write(response, "session", f"{session.key}.{self._seal.signature('session', session.key)}")

    async def end(self, session: Session, response: Response) -> None:
        await self._sessions.end(session.key)
        self._cookies.forget(response, "session")

    async def _renewed(self, session: Session) -> Session | None:
        # A refresh token works once: pages loaded side by side renew one after the other and take what is there.
        lock = self._renewing.setdefault(session.key, asyncio.Lock())
        async with lock:
            present = await self._sessions.get(session.key)
            if present is None or present.version != session.version:
                return present
            try:
                person, tokens = await self._renew(session.tokens)
            except SignInRefused as refusal:
                return await self._over(session, refusal)
            except Unavailable:
                if session.tokens.until > self._clock():
                    return session
                raise
            renewed = session.renewed(person, tokens)
            return renewed if await self._sessions.renew(renewed) else await self._sessions.get(session.key)

    async def _renew(self, tokens: Tokens) -> tuple[Person, Tokens]:
        try:
            return await self._provider.renew(tokens)
        except ClientRefused as refusal:
            # A secret that was changed on one side only: nobody's sign-in is over, and whoever runs this can mend it.
            self._log.error(
                "the provider does not take this front-end: check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET",
                reason=clean(str(refusal)),
            )
            raise Unavailable("Sign-in does not answer. Try again shortly.") from refusal

    async def _over(self, session: Session, refusal: SignInRefused) -> Session | None:
        # Another replica may have used the same token a moment before, and not have written down yet what it got.
        for seconds in _PAUSES if session.tokens.refresh else (0.0,):
            await asyncio.sleep(seconds)
            present = await self._sessions.get(session.key)
            if present is None or present.version != session.version:
                return present
        self._measures.ended()
        self._log.info("a sign-in ended at the provider", reason=clean(str(refusal)))
        await self._sessions.end(session.key)
        return None
