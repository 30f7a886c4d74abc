"""Steps of traces sent to a collector over OTLP, where one is set (https://opentelemetry.io/docs/specs/otlp/).

Our traces have their ids whether or not anybody collects them (``shared.telemetry.trace``), so a span is only told when
its step is over, under the ids that its log lines and events have. OpenTelemetry's processor gathers spans and sends
them from a thread of its own; what cannot be sent is counted and dropped, and never keeps anybody waiting.

Without ``OTEL_EXPORTER_OTLP_ENDPOINT`` there is no ``Spans``, and nothing of OpenTelemetry is imported. Attributes are
names of routes, durables and types of events, and ids of events: never what people wrote, nor who they are.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from shared.telemetry.trace import Trace

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_SAMPLED = 1
_LAST_SECONDS = 5.0  # for what is left when the process ends
_ALL = 1 << 64


class Kind(Enum):
    """What a step does (OpenTelemetry's SpanKind)."""

    SERVER = "SERVER"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


class Spans(Protocol):
    """Where the spans of one service go."""

    def ended(
        self,
        name: str,
        trace: Trace,
        *,
        parent: Trace | None,
        kind: Kind,
        began: int,
        ended: int,
        attributes: Mapping[str, str | int],
        failed: bool = False,
    ) -> None:
        """Tell a step that is over. ``began`` and ``ended`` are nanoseconds of Unix time."""

    async def close(self) -> None:
        """Send what is left, for a few seconds at most."""


class OtlpSpans:
    """Sends to a collector. ``ratio`` is how many of all traces are sent, chosen by their id as all services do."""

    def __init__(
        self,
        *,
        service: str,
        release: str,
        endpoint: str,
        headers: Mapping[str, str],
        ratio: float,
        lost: Callable[[int], None],
    ) -> None:
        # Only who sends traces needs the packages, which are an extra.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415

        # It would write to standard error for every batch while the collector is away; we count.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        address = f"{endpoint.rstrip('/')}/v1/traces"
        exporter = _counting(OTLPSpanExporter(endpoint=address, headers=dict(headers), timeout=5.0), lost)
        self._processor = BatchSpanProcessor(exporter, schedule_delay_millis=1000)
        self._resource = Resource({"service.name": service, "service.namespace": "practice-exchange"}).merge(
            Resource({"service.version": release})
        )
        self._scope = InstrumentationScope("practice-exchange", release)
        self._bound = round(ratio * _ALL)

    def ended(
        self,
        name: str,
        trace: Trace,
        *,
        parent: Trace | None,
        kind: Kind,
        began: int,
        ended: int,
        attributes: Mapping[str, str | int],
        failed: bool = False,
    ) -> None:
        if not self._is_wanted(trace):
            return
        from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415

        self._processor.on_end(
            ReadableSpan(
                name,
                context=_context(trace, is_remote=False),
                parent=_context(parent, is_remote=True) if parent else None,
                resource=self._resource,
                attributes=attributes,
                kind=SpanKind[kind.value],
                status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
                start_time=began,
                end_time=ended,
                instrumentation_scope=self._scope,
            )
        )

    async def close(self) -> None:
        await asyncio.to_thread(self._processor.force_flush, round(_LAST_SECONDS * 1000))
        await asyncio.to_thread(self._processor.shutdown)

    def _is_wanted(self, trace: Trace) -> bool:
        """Whether whoever began it wants it kept, and it is among those chosen."""
        return bool(int(trace.flags, 16) & _SAMPLED) and int(trace.trace_id[16:], 16) < self._bound


def _context(trace: Trace, *, is_remote: bool):  # type: ignore[no-untyped-def]  # noqa: ANN202 - of an extra
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415

    return SpanContext(
        int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=is_remote, trace_flags=TraceFlags(_SAMPLED)
    )


def _counting(exporter: "SpanExporter", lost: Callable[[int], None]) -> "SpanExporter":
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: PLC0415

    class Counting(SpanExporter):
        """Counts what the collector did not take."""

        def export(self, spans: "tuple[ReadableSpan, ...]") -> "SpanExportResult":  # type: ignore[override]
            outcome = exporter.export(spans)
            if outcome is not SpanExportResult.SUCCESS:
                lost(len(spans))
            return outcome

        def shutdown(self) -> None:
            exporter.shutdown()

    return Counting()
