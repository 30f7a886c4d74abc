"""A small service to try the kit on."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from shared.errors import Conflict, NotFound
from shared.http.access import PUBLIC, Principal, Role, allow
from shared.http.app import create_app
from shared.http.etag import IfMatch, etag
from shared.http.openapi import problems
from shared.http.reply import JsonResponse
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.tokens import Issuer


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["practice", "lesson"]
    counts: list[Annotated[int, Field(ge=0)]] = []


def things() -> APIRouter:
    router = APIRouter()

    @router.post("/things", status_code=201)
    async def make(thing: Thing, principal: Annotated[Principal, allow(Role.MEMBER)]) -> Response:
        return JsonResponse({"by": principal.person_id, "kind": thing.kind}, 201, {"ETag": etag(1)})

    @router.patch("/things/{thing_id}", dependencies=[allow(Role.MEMBER, Role.REVIEWER)])
    async def change(thing_id: str, version: IfMatch) -> Response:
        return JsonResponse({"id": thing_id, "version": version})

    @router.get("/things/{thing_id}", dependencies=[PUBLIC], responses=problems(409))
    async def read(thing_id: str) -> Response:
        if thing_id == "taken":
            raise Conflict("Taken", extra={"until": "2026"})
        if thing_id == "broken":
            raise RuntimeError("ana@example.org did it")
        raise NotFound

    return router


def app_of(issuer: Issuer, *routers: APIRouter, **options: Any) -> FastAPI:
    """Return an application of these routers; ``options`` as of ``create_app``."""
    parts = {
        "service": "things",
        "version": "1",
        "routers": routers,
        "verifier": issuer.verifier(),
        "checks": {},
        "metrics": Metrics("things"),
        "log": configure("things", level="WARNING"),
    }
    return create_app(**{**parts, **options})
