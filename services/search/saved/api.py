"""Saved searches over HTTP: a person's own, and addresses that work without signing in because nobody guesses them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2s
from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.requests import Request
from starlette.responses import Response

from services.search.analysis import Analysis
from services.search.find import Search
from services.search.labels import Labels
from services.search.prefixes import with_filters
from services.search.query import understand
from services.search.saved.feed import MEDIA_TYPE, News, atom
from services.search.saved.forms import (
    AlertsOut,
    SavedSearchChange,
    SavedSearchesOut,
    SavedSearchIn,
    SavedSearchOut,
    saved_out,
)
from services.search.saved.keep import Keeping
from services.search.saved.searches import MOST, SavedSearch, save
from shared.errors import FieldError, Invalid, NotFound
from shared.http.access import PUBLIC, Principal, Role, allow
from shared.http.etag import IfMatch, etag
from shared.http.idempotency import idempotently
from shared.http.reply import JsonResponse, Reply
from shared.store.client import Store
from shared.store.outbox import Transaction

SignedIn = Annotated[Principal, allow(Role.MEMBER, Role.REVIEWER, Role.COORDINATOR, Role.ADMINISTRATOR)]
SearchId = Annotated[str, Path(min_length=1, max_length=64)]
Key = Annotated[str, Path(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$", description="From a mail or a feed")]
_FEED_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What the routes work with: ``newest`` asks the index that serves, ``site`` is the address of the pages."""

    store: Store
    keeping: Keeping
    newest: Callable[[SavedSearch], Awaitable[Sequence[News]]]
    analysis: Analysis
    labels: Labels
    site: str

    def shown(self, search: SavedSearch, status: int = 200) -> Reply:
        headers = {"ETag": etag(search.version)}
        if status == 201:  # noqa: PLR2004
            headers["Location"] = f"/saved-searches/{search.id}"
        return Reply(status=status, body=self.out(search), headers=headers)

    def out(self, search: SavedSearch) -> SavedSearchOut:
        return saved_out(search, f"{self.site}/feeds")


def saved_routes(saved: Saved) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["saved searches"])
    _own_routes(routes, saved)
    _change_routes(routes, saved)
    _delete_routes(routes, saved)
    _own_feed_routes(routes, saved)
    _feed_routes(routes, saved)
    _stop_routes(routes, saved)
    return routes


def _own_routes(routes: APIRouter, saved: Saved) -> None:
    @routes.get("/saved-searches", response_model=SavedSearchesOut)
    async def mine(principal: SignedIn) -> Response:
        """List the caller's saved searches, the oldest first."""
        found = await saved.keeping.searches.of(principal.person_id)
        return JsonResponse(SavedSearchesOut(items=[saved.out(one) for one in found], most=MOST))

    @routes.post("/saved-searches", status_code=201, response_model=SavedSearchOut)
    async def keep(body: SavedSearchIn, request: Request, principal: SignedIn) -> Response:
        """Save a search. 409 where the same is saved already (``id`` says which), or there are too many."""
        wanted = _wanted(body, saved)

        async def act(tx: Transaction) -> Reply:
            new = save(
                person_id=principal.person_id,
                name=body.name,
                text=wanted.text.strip(),
                filters=wanted.filters,
                language=body.language or principal.language or "",
                frequency=body.frequency,
                now=tx.now,
            )
            return saved.shown(await saved.keeping.save(new, tx), 201)

        return await idempotently(request, principal, saved.store, act)

    @routes.get("/saved-searches/{search_id}", response_model=SavedSearchOut)
    async def one(search_id: SearchId, principal: SignedIn) -> Response:
        """Return one of the caller's saved searches."""
        found = await saved.keeping.searches.get(principal.person_id, search_id)
        if found is None or found.deleted_at is not None:
            raise NotFound
        return saved.shown(found).response()


def _change_routes(routes: APIRouter, saved: Saved) -> None:
    keeping = saved.keeping

    @routes.patch("/saved-searches/{search_id}", response_model=SavedSearchOut)
    async def change(
        search_id: SearchId, body: SavedSearchChange, request: Request, principal: SignedIn, seen: IfMatch
    ) -> Response:
        """Rename it, hear of it more or less often, pause it."""
        changes = body.model_dump(exclude_none=True)

        async def act(tx: Transaction) -> Reply:
            def changed(search: SavedSearch, now: datetime) -> SavedSearch:
                return search.changed(now, **changes)

            return saved.shown(await keeping.change(principal.person_id, search_id, seen, changed, tx))

        return await idempotently(request, principal, saved.store, act)


def _delete_routes(routes: APIRouter, saved: Saved) -> None:
    keeping = saved.keeping

    @routes.delete("/saved-searches/{search_id}", status_code=204, response_class=Response)
    async def delete(search_id: SearchId, request: Request, principal: SignedIn) -> Response:
        """Delete it. It can be restored for thirty days."""

        async def act(tx: Transaction) -> Reply:
            await keeping.delete(principal.person_id, search_id, tx)
            return Reply(status=204)

        return await idempotently(request, principal, saved.store, act)

    @routes.post("/saved-searches/{search_id}/restore", response_model=SavedSearchOut)
    async def restore(search_id: SearchId, request: Request, principal: SignedIn) -> Response:
        """Undo the deletion."""

        async def act(tx: Transaction) -> Reply:
            return saved.shown(await keeping.restore(principal.person_id, search_id, tx))

        return await idempotently(request, principal, saved.store, act)


def _own_feed_routes(routes: APIRouter, saved: Saved) -> None:
    keeping = saved.keeping

    @routes.post("/saved-searches/{search_id}/feed", response_model=SavedSearchOut)
    async def renew_feed(search_id: SearchId, request: Request, principal: SignedIn) -> Response:
        """Give its feed a new address; the one before ends at once."""

        async def act(tx: Transaction) -> Reply:
            return saved.shown(await keeping.renew_feed(principal.person_id, search_id, tx, wanted=True))

        return await idempotently(request, principal, saved.store, act)

    @routes.delete("/saved-searches/{search_id}/feed", response_model=SavedSearchOut)
    async def end_feed(search_id: SearchId, request: Request, principal: SignedIn) -> Response:
        """End its feed."""

        async def act(tx: Transaction) -> Reply:
            return saved.shown(await keeping.renew_feed(principal.person_id, search_id, tx, wanted=False))

        return await idempotently(request, principal, saved.store, act)


def _feed_routes(routes: APIRouter, saved: Saved) -> None:
    @routes.get(
        "/feeds/{key}",
        dependencies=[PUBLIC],
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}, 304: {"description": "As before"}},
    )
    async def feed(
        key: Key,
        known: Annotated[str | None, Header(alias="If-None-Match", max_length=1000)] = None,
    ) -> Response:
        """Return the Atom feed of a saved search: who knows its address may read it, until its owner ends it."""
        search = await saved.keeping.searches.by_feed(key)
        if search is None:
            raise NotFound("There is no such feed, or its owner ended it.")
        content = atom(search, await saved.newest(search), itself=f"{saved.site}/feeds/{key}", site=saved.site)
        tag = f'"{blake2s(content, digest_size=16).hexdigest()}"'
        headers = {"ETag": tag, "Cache-Control": f"private, max-age={_FEED_SECONDS}", "X-Robots-Tag": "noindex"}
        if known is not None and tag in known:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=MEDIA_TYPE)


def _stop_routes(routes: APIRouter, saved: Saved) -> None:
    @routes.get("/alerts/{key}", dependencies=[PUBLIC], response_model=AlertsOut)
    async def alerts(key: Key) -> Response:
        """Tell which search a link in a mail speaks of. Nothing changes."""
        search = await saved.keeping.searches.by_stop(key)
        if search is None:
            raise NotFound
        return JsonResponse(_alerts(search))

    @routes.post("/alerts/{key}/stop", dependencies=[PUBLIC], response_model=AlertsOut)
    async def stop(key: Key) -> Response:
        """Pause the search. Repeating it is harmless."""
        return JsonResponse(_alerts(await _silence(key, paused=True)))

    @routes.post("/alerts/{key}/resume", dependencies=[PUBLIC], response_model=AlertsOut)
    async def resume(key: Key) -> Response:
        """Undo that. Repeating it is harmless."""
        return JsonResponse(_alerts(await _silence(key, paused=False)))

    async def _silence(key: str, *, paused: bool) -> SavedSearch:
        async def act(tx: Transaction) -> SavedSearch:
            return await saved.keeping.silence(key, tx, paused=paused)

        return await saved.store.transact(act)


def _alerts(search: SavedSearch) -> AlertsOut:
    return AlertsOut(name=search.name, stopped=not search.is_active)


def _wanted(body: SavedSearchIn, saved: Saved) -> Search:
    """Return the words and filters, typed ones among these; refuse what would find everything, or nothing."""
    try:
        wanted = with_filters(Search(text=body.q, filters=body.filters.by_facet()), saved.labels)
    except Invalid as error:
        told = tuple(replace(one, pointer="/q", parameter="") for one in error.errors)
        raise Invalid(error.detail, errors=told) from error
    asked = understand(wanted.text, saved.analysis)
    if asked.wordless or (not wanted.text.strip() and not wanted.filters):
        message = "Give words to search for, or a filter."
        raise Invalid(message, errors=(FieldError(pointer="/q", code="required", message=message),))
    return wanted
