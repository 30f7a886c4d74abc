"""The public events and the catalogue over HTTP, for everybody."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from services.syndication.domain.filters import Filter
from services.syndication.filter_parameters import CodesQuery, FilterQuery
from services.syndication.stream.download import MEDIA_TYPE, Downloads, Lines, accepts_gzip
from services.syndication.stream.follow import Asked, Following
from services.syndication.stream.position import Position, Way, read_position
from shared.errors import FieldError, Invalid
from shared.http.access import PUBLIC
from shared.http.addresses import address_of
from shared.http.event_stream import EventStream, documented
from shared.http.openapi import problems

LONGEST_ID: Final = 100

_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "CloudEvents 1.0 in structured JSON, the same bytes as on every channel (docs/events/public.md)",
}
_EVENTS: Final = documented(
    "The events, one by one",
    data=_EVENT,
    ids="Where one goes on from. Events without data move it on alone; `caught-up` says that all there was is told",
)
_LINES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "One event a line; the last line is `{cursor, events}`",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}

From = Annotated[
    Literal["start"] | None,
    Query(alias="from", description="`start`: the whole catalogue first, then what comes; else from now on"),
]
LastEventId = Annotated[
    str | None,
    Query(max_length=LONGEST_ID, description="As the header `Last-Event-ID`, which counts where both are there"),
]
LastEventIdHeader = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=LONGEST_ID, description="The id of the last event that came")
]
After = Annotated[
    str | None,
    Query(max_length=LONGEST_ID, description="A cursor, or an id of the catalogue: only what changed since"),
]
AcceptEncoding = Annotated[str, Header(include_in_schema=False)]


def stream_routes(following: Following, downloads: Downloads) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["events"], dependencies=[PUBLIC])

    @router.get("/events", status_code=200, response_class=EventStream, responses=_EVENTS | problems(410))
    async def events(
        request: Request,
        wanted: FilterQuery,
        from_: From = None,
        last_event_id: LastEventId = None,
        last_event_id_header: LastEventIdHeader = None,
    ) -> Response:
        """Follow the public events, or the catalogue from its start, as server-sent events.

        Come again with the last id, as browsers do by themselves, and nothing is missed or told twice. It ends after a
        while, when you read too slowly, and with the service. 410: the id is too old or of another stream, so take the
        catalogue from the start. 503: no room just now; `Retry-After` says when to come again.
        """
        place = "header.Last-Event-ID" if last_event_id_header else "query.last_event_id"
        position = _position(last_event_id_header or last_event_id, place)
        asked = Asked(wanted=wanted, position=position, from_start=from_ is not None, address=address_of(request))
        if from_ and asked.way is not Way.CATALOGUE:
            raise _wrong(place, "This id is of the events and not of the catalogue: leave out `from=start`.")
        if asked.way is Way.CATALOGUE:
            _require_every_type(wanted)
        return EventStream(following.follow(asked))

    @router.get("/catalogue", status_code=200, response_class=Lines, responses=_LINES | problems(410))
    async def catalogue(
        request: Request, wanted: CodesQuery, after: After = None, accept_encoding: AcceptEncoding = ""
    ) -> Response:
        """Download the catalogue: the latest event of every practice that is public, a line each (NDJSON).

        The last line has a cursor, `{"cursor": "…", "events": 123}`: without it the download was cut off. With
        `after=` the cursor one gets only what changed since, with `practice.withdrawn` for what was taken down; as
        `last_event_id` of `/events` it goes on live.
        """
        position = _position(after, "query.after")
        if position and position.way is not Way.CATALOGUE:
            raise _wrong("query.after", "This id is of the events: give a cursor, or an id of the catalogue.")
        asked = Asked(wanted=wanted, position=position, from_start=True, address=address_of(request))
        return Lines(downloads.lines(asked), compressed=accepts_gzip(accept_encoding))

    return router


def _position(text: str | None, parameter: str) -> Position | None:
    if not text:
        return None
    position = read_position(text)
    if position is None:
        raise _wrong(parameter, "Give an id as it came with an event, or a cursor as it came with the catalogue.")
    return position


def _require_every_type(wanted: Filter) -> None:
    """The catalogue has the latest event of a practice: who asked for some types would miss most of the practices."""
    if wanted.types:
        raise _wrong("query.type", "The catalogue tells the latest event of each practice, of any type: leave it out.")


def _wrong(parameter: str, message: str) -> Invalid:
    return Invalid(errors=(FieldError(pointer="", parameter=parameter, code="unfit", message=message),))
