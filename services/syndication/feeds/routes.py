"""Feeds and sitemaps over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2s
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from services.syndication.domain.known import Known
from services.syndication.feeds import atom, sitemap
from services.syndication.filter_parameters import FilterQuery
from services.syndication.store.criteria import ever_in
from services.syndication.store.shelf import Place, Shelf
from services.syndication.xml import xml_response
from shared.clock import Clock
from shared.errors import NotFound
from shared.http.access import PUBLIC
from shared.http.openapi import problems
from shared.http.paging import CursorParameter, decode_cursor, encode_cursor
from shared.text import LanguageTag

_FRESH: Final = "public, max-age=60"
_DAILY: Final = "public, max-age=3600"
_FORM: Final = "1"  # part of the ETag: a feed that is written otherwise is another one
_UNSURE_SECONDS: Final = 2  # a change in the very second of Last-Modified would be missed (RFC 9110, section 8.8.2.2)

Language = Annotated[
    Annotated[str, LanguageTag()] | None,
    Query(alias="lang", description="The language (BCP 47) to show texts in, where there is one in it"),
]
Limit = Annotated[int | None, Query(ge=1, le=200, description="The most entries on a page; 50 where not given")]
IfNoneMatch = Annotated[str | None, Header(description="ETags that are at hand", max_length=2000)]
IfModifiedSince = Annotated[str | None, Header(description="The Last-Modified that is at hand", max_length=100)]


def _xml(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}}


class FeedRoutes:
    """What everybody may read. ``size`` is how many practices a part of the sitemap has."""

    def __init__(self, shelf: Shelf, place: atom.Place, clock: Clock, *, size: int = sitemap.PART) -> None:
        self._shelf = shelf
        self._place = place
        self._clock = clock
        self._size = size

    def router(self) -> APIRouter:
        router = APIRouter(tags=["feeds"], default_response_class=Response)
        feed = _xml(atom.MEDIA_TYPE, "An Atom feed") | {304: {"description": "Not Modified"}}
        router.add_api_route("/feed.atom", self.feed, methods=["GET"], dependencies=[PUBLIC], responses=feed)
        index = _xml(sitemap.MEDIA_TYPE, "A sitemap index")
        router.add_api_route("/sitemap.xml", self.index, methods=["GET"], dependencies=[PUBLIC], responses=index)
        part = _xml(sitemap.MEDIA_TYPE, "A sitemap") | problems(404)
        router.add_api_route("/sitemaps/{number}", self.part, methods=["GET"], dependencies=[PUBLIC], responses=part)
        return router

    async def feed(
        self,
        request: Request,
        wanted: FilterQuery,
        lang: Language = None,
        cursor: CursorParameter = None,
        limit: Limit = None,
        if_none_match: IfNoneMatch = None,
        if_modified_since: IfModifiedSince = None,
    ) -> Response:
        """The latest changes first: published, revised, confirmed, stale, agreed; as tombstones what left the feed."""
        size = limit or 50
        before = None
        if cursor:
            moment, practice_id = decode_cursor(cursor, datetime, str)
            before = Place(changed_at=moment, id=practice_id)
        found = await self._shelf.newest(ever_in(wanted), before=before, limit=size + 1)
        entries = found[:size]
        after = encode_cursor(entries[-1].changed_at, entries[-1].id) if len(found) > size else None
        headers = self._validators(entries, f"{request.url.query}|{after}")
        if _is_known(headers, if_none_match, if_modified_since):
            return Response(status_code=304, headers=headers)
        page = atom.Page(wanted=wanted, language=lang, entries=entries, cursor=cursor, next=after, limit=limit)
        return xml_response(request, atom.feed(page, self._place), media_type=atom.MEDIA_TYPE, headers=headers)

    def _validators(self, entries: list[Known], asked: str) -> dict[str, str]:
        """Weak, since the same page is sent compressed and plain."""
        digest = blake2s(f"{_FORM}|{self._place}|{asked}".encode(), digest_size=12)
        for known in entries:
            digest.update(f"{known.event_id} {known.changed_at.isoformat()}".encode())
        headers = {"ETag": f'W/"{digest.hexdigest()}"', "Cache-Control": _FRESH, "Vary": "Accept-Encoding"}
        changed = max((known.changed_at for known in entries), default=None)
        if changed and self._clock() - changed > timedelta(seconds=_UNSURE_SECONDS):
            headers["Last-Modified"] = format_datetime(changed.astimezone(UTC), usegmt=True)
        return headers

    async def index(self, request: Request) -> Response:
        """The parts of the sitemap (sitemaps.org), for search engines."""
        parts = await self._shelf.parts(self._size)
        body = sitemap.index(parts, self._place.web_url)
        return xml_response(request, body, media_type=sitemap.MEDIA_TYPE, headers={"Cache-Control": _DAILY})

    async def part(self, number: Annotated[int, Path(ge=1, le=5000)]) -> Response:
        """Every public practice of one part, with when it changed and its languages."""
        skip = (number - 1) * self._size
        rows = self._shelf.public_in_order(skip=skip, limit=self._size)
        first = await anext(rows, None)
        if first is None and number > 1:
            raise NotFound("The sitemap has no such part.")
        body = sitemap.part(first, rows, home=self._place.web_url if number == 1 else None)
        return StreamingResponse(body, media_type=sitemap.MEDIA_TYPE, headers={"Cache-Control": _DAILY})


def _is_known(headers: dict[str, str], if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Tell whether the reader has it already; an ETag goes before a date (RFC 9110, section 13.2.2)."""
    if if_none_match is not None:
        opaque = headers["ETag"].removeprefix("W/")
        given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
        return "*" in given or opaque in given
    if if_modified_since is None or "Last-Modified" not in headers:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, OverflowError):
        return False
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return parsedate_to_datetime(headers["Last-Modified"]) <= since
