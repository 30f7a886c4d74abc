"""What a service is seen by: its metrics, and its traces where a collector is set."""

from shared.release import RELEASE
from shared.settings import ServerSettings
from shared.telemetry.metrics import Metrics
from shared.telemetry.spans import OtlpSpans


def eyes_of(settings: ServerSettings, service: str) -> Metrics:
    """Return the metrics of a service, with ``spans`` where the settings name a collector."""
    metrics = Metrics(service)
    lost = metrics.counter("spans_lost", "Steps of traces that the collector did not take.")
    if settings.otel_exporter_otlp_endpoint is not None:
        metrics.spans = OtlpSpans(
            service=service,
            release=RELEASE,
            endpoint=str(settings.otel_exporter_otlp_endpoint),
            headers=_headers(settings.otel_exporter_otlp_headers.get_secret_value())
            if settings.otel_exporter_otlp_headers
            else {},
            ratio=settings.otel_traces_sampler_arg,
            lost=lost.inc,
        )
    return metrics


def _headers(text: str) -> dict[str, str]:
    """Read ``name=value,name=value`` (W3C Baggage's form, as OpenTelemetry has it)."""
    pairs = (one.partition("=") for one in text.split(",") if one.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
