"""Signing in and out: authorization code with PKCE, and out at the provider too."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.web.page.forms import Form
from services.web.page.visit import Visitor, local_path
from services.web.session.measures import Came
from services.web.session.provider import Attempt, SignInRefused
from services.web.session.seal import new_name
from shared.rates.settings import By, Kind
from shared.telemetry.logs import clean

_ATTEMPT_SECONDS = 900


def sign_in_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/sign-in")
    async def sign_in(visit: Visitor, to: str = "/") -> Response:
        """Send the browser to the provider, and remember what to expect back."""
        to = local_path(to)
        if visit.person:
            return visit.go(to)
        site = visit.site
        site.rates.take(Kind.SIGN_IN, visit.request, None)
        if not site.is_at_home(visit.request):  # the answer will come to our public address: begin there
            return RedirectResponse(f"{site.settings.origin}/sign-in?{urlencode({'to': to})}", 303)
        attempt = Attempt(state=new_name(), nonce=new_name(), verifier=new_name(), to=to)
        with site.measures.watching():
            there = await site.provider.ask(attempt, language=visit.language)
        response = RedirectResponse(there, 303)
        kept = [attempt.state, attempt.nonce, attempt.verifier, attempt.to]
        sealed = site.seal.sealed("sign-in", kept, seconds=_ATTEMPT_SECONDS)
        site.cookies.write(response, _cookie(attempt.state), sealed, seconds=_ATTEMPT_SECONDS)
        return response

    @router.get("/signed-in")
    async def signed_in(request: Request, visit: Visitor) -> Response:
        """Take the provider's answer, for the browser that asked for it only."""
        site, answer = visit.site, dict(request.query_params)
        site.rates.take(Kind.SIGN_IN, request, None)
        cookie = _cookie(answer.get("state", ""))
        kept = site.seal.opened("sign-in", site.cookies.read(request, cookie))
        if kept is None or kept[0] != answer.get("state"):
            site.measures.came(Came.UNKNOWN)
            return await _not_signed_in(visit, "unknown")
        attempt = Attempt(state=kept[0], nonce=kept[1], verifier=kept[2], to=kept[3])
        try:
            with site.measures.watching():
                person, tokens = await site.provider.redeem(attempt, answer)
        except SignInRefused as refusal:
            site.measures.came(Came.REFUSED)
            site.log.info("a sign-in was refused", reason=clean(str(refusal)))
            return await _not_signed_in(visit, "refused", to=attempt.to)
        if not site.rates.exempts(request):
            site.rates.take_one(Kind.SIGN_IN, By.PERSON, person.person_id)
        session = await site.sessions.begin(person, tokens)
        site.measures.came(Came.SUCCEEDED)
        response = visit.go(attempt.to)
        site.keeper.keep(response, session)
        site.cookies.forget(response, cookie)
        return response

    @router.post("/sign-out")
    async def sign_out(visit: Visitor, form: Form) -> Response:
        """End the session here, then at the provider."""
        del form
        if visit.session is None:
            return visit.go("/")
        response = RedirectResponse(await visit.site.provider.sign_out(visit.session.tokens.identity), 303)
        await visit.site.keeper.end(visit.session, response)
        return response

    return router


async def _not_signed_in(visit: Visitor, why: str, to: str = "/") -> Response:
    return await visit.page("common/not_signed_in.html", status=400, why=why, to=to)


def _cookie(state: str) -> str:
    """Each attempt has a cookie of its own, so that two tabs can sign in at once."""
    return f"sign_in_{''.join(sign for sign in state[:8] if sign.isalnum())}"
