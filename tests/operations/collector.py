"""A collector of traces on the loopback: OTLP over HTTP, decoded with OpenTelemetry's own messages."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.free_ports import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span as it arrived; ids in hex, ``parent`` empty for the first of a trace."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent: str
    kind: int
    attributes: dict[str, str]
    seconds: float
    failed: bool


@dataclass(slots=True, kw_only=True)
class Collector:
    url: str
    spans: list[Span] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.headers.append(dict(request.headers))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    given = {one.key: one.value.string_value or str(one.value.int_value) for one in span.attributes}
                    self.spans.append(
                        Span(
                            service=about["service.name"],
                            name=span.name,
                            trace_id=span.trace_id.hex(),
                            span_id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                            kind=span.kind,
                            attributes=given,
                            seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                            failed=span.status.code == 2,
                        )
                    )
        return Response(media_type="application/x-protobuf")


@contextlib.asynccontextmanager
async def running_collector() -> AsyncIterator[Collector]:
    port = free_port()
    collector = Collector(url=f"http://127.0.0.1:{port}")
    app = Starlette(routes=[Route("/v1/traces", collector.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by an attribute only
        await asyncio.sleep(0.01)
    try:
        yield collector
    finally:
        server.should_exit = True
        await task
