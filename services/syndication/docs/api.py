"""The contract over HTTP: the AsyncAPI document, JSON Schemas, and pages that people read."""

from functools import cache
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.syndication.docs.addresses import DEMO, Addresses
from services.syndication.docs.pages import NAMES, STYLE, page
from shared.errors import NotFound
from shared.events.asyncapi import document
from shared.events.registry import SENT_OUT
from shared.events.schemas import data_schema, envelope_schema
from shared.http.access import PUBLIC
from shared.http.reply import JsonResponse

OPEN_PATHS: Final = ("/asyncapi.json", "/schemas/")

_CACHED: Final = "public, max-age=3600"
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE: Final = FilePath(__file__).with_name(STYLE)
_ANY_OBJECT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The document", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_ANY_PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}
}
_ANY_STYLE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "How the pages look", "content": {"text/css": {"schema": {"type": "string"}}}}
}


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each event that is sent out, and of their envelope, by its file name."""
    return {f"{event.type}.json": data_schema(event) for event in SENT_OUT} | {"envelope.json": envelope_schema()}


def docs_routes(at: Addresses = DEMO) -> APIRouter:
    """Return the routes; what they show names these addresses."""
    router = APIRouter(tags=["contract"], dependencies=[PUBLIC])

    @router.get("/asyncapi.json", response_class=JsonResponse, responses=_ANY_OBJECT)
    async def asyncapi(request: Request) -> Response:
        """Describe every channel and every public event (AsyncAPI 3.0)."""
        return _kept(request, JsonResponse(_here(document(), at)))

    @router.get("/schemas/{file}", response_class=JsonResponse, responses=_ANY_OBJECT)
    async def schema(
        request: Request,
        file: Annotated[str, Path(max_length=200, description="A type of event and `.json`, or `envelope.json`")],
    ) -> Response:
        """Return the JSON Schema (2020-12) of the data of a type of event, or of the envelope."""
        if file not in _schemas():
            raise NotFound(f"There are: {', '.join(_schemas())}.")
        return _kept(request, JsonResponse(_schemas()[file], media_type="application/schema+json"))

    @router.get("/docs", status_code=307, response_class=RedirectResponse)
    async def docs() -> Response:
        """Lead to the first page."""
        return RedirectResponse("/docs/events")

    @router.get(f"/docs/{STYLE}", response_class=Response, responses=_ANY_STYLE)
    async def style(request: Request) -> Response:
        """Return the pages' style sheet."""
        return _kept(request, Response(_STYLE.read_bytes(), media_type="text/css"))

    @router.get("/docs/{name}", response_class=HTMLResponse, responses=_ANY_PAGE)
    async def docs_page(
        request: Request, name: Annotated[str, Path(max_length=40, description=f"One of {', '.join(NAMES)}")]
    ) -> Response:
        """Show a page: how to subscribe, what each event tells, feeds and harvesting, what may change, the record."""
        if name not in NAMES:
            raise NotFound(f"There are: {', '.join(NAMES)}.")
        return _kept(request, HTMLResponse(page(name, at), headers={"Content-Security-Policy": _POLICY}))

    return router


def _here(described: dict[str, Any], at: Addresses) -> dict[str, Any]:
    """Say where the servers are, instead of the demo with its variables."""
    servers = dict(described["servers"])
    for name, host in at.hosts.items():
        servers[name] = {key: value for key, value in servers[name].items() if key != "variables"} | {"host": host}
    own = urlsplit(at.own)
    servers["http"] |= {"protocol": own.scheme} | ({"pathname": own.path} if own.path.strip("/") else {})
    return {**described, "servers": servers}


def _kept(request: Request, answer: Response) -> Response:
    """Let an answer be kept for an hour, and then be asked about (RFC 9110, section 13.1.2)."""
    tag = f'"{sha256(bytes(answer.body)).hexdigest()[:32]}"'
    answer.headers["Cache-Control"], answer.headers["ETag"] = _CACHED, tag
    if tag in {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers={"Cache-Control": _CACHED, "ETag": tag})
    return answer
