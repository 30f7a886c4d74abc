"""OAI-PMH over HTTP: GET with a query, POST with a form; every answer is a document of the protocol."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.syndication.oai.datestamps import written
from services.syndication.oai.protocol import Asked, Code, OaiError, asked
from services.syndication.oai.repository import OAI, About, Repository
from services.syndication.xml import XSI, Element, add, begin, to_bytes, xml_response
from shared.clock import Clock
from shared.http.access import PUBLIC

MEDIA_TYPE: Final = "text/xml"  # which the protocol prescribes (section 3.1.2)
_FORM: Final = "application/x-www-form-urlencoded"
_O: Final = f"{{{OAI}}}"
_MOST_FIELDS: Final = 50
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A document of OAI-PMH 2.0", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}


class HarvestRoutes:
    """The base URL of the repository. What is wrong with a request is told in the protocol's own words.

    So no parameter is declared: one that is wrong would be refused in HTTP's words before it came here.
    """

    def __init__(self, repository: Repository, about: About, clock: Clock) -> None:
        self._repository = repository
        self._about = about
        self._clock = clock

    def router(self) -> APIRouter:
        router = APIRouter(tags=["harvesting"], default_response_class=Response)
        router.add_api_route("/oai", self.get, methods=["GET"], dependencies=[PUBLIC], responses=_RESPONSES)
        form = {"content": {_FORM: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}}}
        router.add_api_route(
            "/oai",
            self.post,
            methods=["POST"],
            dependencies=[PUBLIC],
            responses=_RESPONSES,
            openapi_extra={"requestBody": form},
        )
        return router

    async def get(self, request: Request) -> Response:
        """Harvest by OAI-PMH 2.0: `verb` and the protocol's arguments in the query."""
        return await self._answered(request, request.scope["query_string"])

    async def post(self, request: Request) -> Response:
        """Harvest by OAI-PMH 2.0: `verb` and the protocol's arguments in a form."""
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given != _FORM:
            refused = OaiError(Code.BAD_VERB, f"Send the arguments as {_FORM}.")
            return self._told(request, {}, error=refused)
        return await self._answered(request, await request.body())

    async def _answered(self, request: Request, text: bytes) -> Response:
        wanted: Asked | None = None
        try:
            wanted = asked(_pairs(text))
            return self._told(request, wanted.echo(), answer=await self._repository.answer(wanted))
        except OaiError as error:
            # Of a request that was not understood, no attributes are repeated (section 3.2).
            understood = wanted is not None and error.code is not Code.BAD_ARGUMENT
            return self._told(request, wanted.echo() if wanted and understood else {}, error=error)

    def _told(
        self,
        request: Request,
        echo: dict[str, str],
        *,
        answer: Element | None = None,
        error: OaiError | None = None,
    ) -> Response:
        root = begin(OAI, "OAI-PMH", xsi=XSI)
        root.set(f"{{{XSI}}}schemaLocation", f"{OAI} {OAI}OAI-PMH.xsd")
        add(root, f"{_O}responseDate", written(self._clock()))
        add(root, f"{_O}request", self._about.base_url, **echo)
        if error:
            add(root, f"{_O}error", error.message, code=error.code.value)
        if answer is not None:
            root.append(answer)
        return xml_response(request, to_bytes(root), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _pairs(text: bytes) -> list[tuple[str, str]]:
    """Read a form; bytes that are no UTF-8 become the replacement character, which no argument has."""
    try:
        return parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, encoding="utf-8")
    except ValueError:
        raise OaiError(Code.BAD_ARGUMENT, f"Send at most {_MOST_FIELDS} arguments.") from None
