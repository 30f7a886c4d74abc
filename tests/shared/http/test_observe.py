import io
import json
from typing import Any

import pytest
from fastapi import APIRouter
from pymongo.errors import AutoReconnect, DuplicateKeyError, OperationFailure
from starlette.responses import Response, StreamingResponse

from shared.http.access import PUBLIC
from shared.http.reply import JsonResponse
from shared.telemetry.logs import configure
from shared.telemetry.trace import current_traceparent, trace_scope
from tests.access_table import client_of
from tests.shared.http.apps import app_of
from tests.tokens import Issuer

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def routes() -> APIRouter:
    router = APIRouter(dependencies=[PUBLIC])

    @router.get("/trace/{secret}")
    async def trace(secret: str) -> Response:
        return JsonResponse({"traceparent": current_traceparent(), "length": len(secret)})

    @router.get("/fail/{how}")
    async def fail(how: str) -> Response:
        busy = OperationFailure("busy", 112, {"errorLabels": ["TransientTransactionError"]})
        raise {
            "away": AutoReconnect("mongodb is away"),
            "busy": busy,
            "duplicate": DuplicateKeyError("dup key: { email: 'ana@example.org' }"),
            "bug": ZeroDivisionError("ana@example.org"),
        }[how]

    @router.get("/half")
    async def half() -> Response:
        async def parts() -> Any:
            yield b"half"
            raise ZeroDivisionError

        return StreamingResponse(parts())

    return router


async def test_one_trace_from_the_caller_through_the_route_to_the_log() -> None:
    stream = io.StringIO()
    async with client_of(app_of(Issuer(), routes(), log=configure("x", stream=stream))) as client:
        answer = await client.get("/trace/tok-1?q=private", headers={"traceparent": PARENT})
        fresh = await client.get("/trace/tok-2", headers={"traceparent": "nonsense"})
    assert answer.headers["x-trace-id"] == "0af7651916cd43dd8448eb211c80319c"
    assert answer.json()["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert second["trace_id"] == fresh.headers["x-trace-id"] != first["trace_id"]
    assert (first["route"], first["method"], first["status"]) == ("/trace/{secret}", "GET", 200)
    assert "tok-" not in stream.getvalue()
    assert "private" not in stream.getvalue()


async def test_a_request_does_not_go_on_with_whatever_trace_is_current() -> None:
    async with client_of(app_of(Issuer(), routes())) as client:
        with trace_scope() as other:
            answer = await client.get("/trace/x")
    assert answer.headers["x-trace-id"] != other.trace_id


@pytest.mark.parametrize(("how", "status"), [("away", 503), ("busy", 503), ("duplicate", 500), ("bug", 500)])
async def test_a_failure_ends_as_a_problem_that_tells_nothing_but_its_trace(how: str, status: int) -> None:
    stream = io.StringIO()
    async with client_of(app_of(Issuer(), routes(), log=configure("x", stream=stream))) as client:
        answer = await client.get(f"/fail/{how}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("retry-after" in answer.headers) == (status == 503)
    assert "mongo" not in answer.text
    assert "ana@" not in answer.text + stream.getvalue()
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    if status == 500:
        assert told[0]["event"] == "request failed"
        assert told[0]["exception"]["frames"]
        assert told[0]["trace_id"] == answer.json()["trace_id"]
    assert told[-1]["status"] == status


async def test_half_an_answer_is_cut_off_not_completed() -> None:
    async with client_of(app_of(Issuer(), routes(), log=configure("x", level="CRITICAL"))) as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/half")
