"""The web front-end, put together. Everything is wired here and nowhere else."""

import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from services.web.calls.api import Away, Refused
from services.web.calls.passing import Passing
from services.web.calls.vocabularies import Vocabularies
from services.web.migrations import MIGRATIONS
from services.web.mine.kept import KeptImports
from services.web.page.assets import Assets
from services.web.page.errors import (
    broken,
    on_away,
    on_domain_error,
    on_http_exception,
    on_refused,
    on_sign_in_first,
    on_wrong_parameters,
)
from services.web.page.headers import PageHeaders
from services.web.page.languages import load_words
from services.web.page.routes import asset_routes
from services.web.page.site import Site
from services.web.page.templates import Templates
from services.web.page.visit import SignInFirst
from services.web.rooms import rooms
from services.web.session.cookies import Cookies
from services.web.session.keeper import Keeper
from services.web.session.measures import Measures
from services.web.session.provider import Provider
from services.web.session.routes import sign_in_routes
from services.web.session.seal import Seal
from services.web.session.store import Sessions
from services.web.settings import WebSettings
from shared.errors import DomainError
from shared.http.access import Verifier
from shared.http.head import HeadAsGet
from shared.http.health import Check, health_router
from shared.http.jwks import JwksKeys
from shared.http.limits import MEBIBYTE, BodyLimits
from shared.http.observe import Observe
from shared.http.oidc import TokenVerifier
from shared.rates.rates import Rates
from shared.rates.sharing import Sharing
from shared.service import Service
from shared.store.client import Store
from shared.store.migrate import migrate
from shared.telemetry.eyes import eyes_of
from shared.telemetry.logs import Log, configure
from shared.telemetry.metrics import Metrics

NAME = "web"
LARGEST_UPLOAD = 110 * MEBIBYTE
_CONNECTIONS = 100


async def build(settings: WebSettings, *, verifier: Verifier | None = None) -> Service:
    """Put the front-end together. Raises when its database does not answer; the services may be away."""
    log, metrics = configure(NAME, level=settings.log_level), eyes_of(settings, NAME)
    store = await Store.connect(str(settings.mongodb_url), settings.database, service=NAME)
    http = httpx.AsyncClient(
        timeout=settings.call_seconds,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=_CONNECTIONS, keepalive_expiry=60),
        trust_env=False,
    )
    site = site_of(settings, store, http, verifier=verifier, metrics=metrics, log=log)
    await migrate(store, MIGRATIONS, log)
    await site.sessions.make_indexes()
    await site.imports.make_indexes()

    async def close() -> None:
        await site.vocabularies.close()
        await http.aclose()
        await store.close()

    app = application(site, checks={"mongodb": store.ping}, metrics=metrics, log=log)
    return Service(
        name=NAME,
        settings=settings,
        app=app,
        log=log,
        spans=metrics.spans,
        close=close,
        serving=(site.rates.running,),
        streaming=(site.passing.running,),
    )


def site_of(
    settings: WebSettings,
    store: Store,
    http: httpx.AsyncClient,
    *,
    verifier: Verifier | None,
    metrics: Metrics,
    log: Log,
) -> Site:
    """Return what all visits share."""
    measures = Measures(metrics, store)
    seal = Seal(settings.web_secret.get_secret_value(), time.time)
    cookies = Cookies(secure=settings.secure)
    sessions = Sessions(store, hours=settings.session_hours, clock=time.time)
    keys = JwksKeys(settings.oidc_issuer, log=log)
    checked = verifier or TokenVerifier.from_settings(settings, keys=keys, log=log)
    provider = Provider(settings, http, verifier=checked, keys=keys)
    words, assets = load_words(), Assets()
    return Site(
        settings=settings,
        http=http,
        seal=seal,
        cookies=cookies,
        sessions=sessions,
        imports=KeptImports(store, seal, clock=time.time),
        keeper=Keeper(sessions, provider, seal=seal, cookies=cookies, measures=measures, log=log),
        provider=provider,
        vocabularies=Vocabularies(http, settings),
        words=words,
        templates=Templates(words, assets),
        assets=assets,
        passing=Passing(),
        measures=measures,
        rates=Rates(settings, Sharing(store.db), metrics=metrics, log=log),
        log=log,
    )


def application(site: Site, *, checks: Mapping[str, Check], metrics: Metrics, log: Log) -> FastAPI:
    """Return the HTTP side alone."""
    issuer = urlsplit(site.settings.oidc_issuer)
    targets = (f"{issuer.scheme}://{issuer.netloc}",)  # a form that signs out ends there
    app = FastAPI(
        title="Practice Exchange: web",
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # we have our own
        middleware=[
            Middleware(HeadAsGet),
            Middleware(PageHeaders, form_targets=targets, secure=site.settings.secure),
            Middleware(Observe, metrics=metrics, log=log, failed=broken(site)),
            Middleware(GZipMiddleware, minimum_size=600, compresslevel=6),
            Middleware(BodyLimits, body_bytes=LARGEST_UPLOAD),
        ],
        exception_handlers={
            SignInFirst: on_sign_in_first,
            Refused: on_refused,
            Away: on_away,
            DomainError: on_domain_error,
            HTTPException: on_http_exception,
            RequestValidationError: on_wrong_parameters,
        },
    )
    app.state.site = site
    routers: tuple[APIRouter, ...] = (
        asset_routes(site.assets),
        sign_in_routes(),
        *rooms(),
        health_router(checks=checks, metrics=metrics, log=log),
    )
    for router in routers:
        app.include_router(router)
    return app
