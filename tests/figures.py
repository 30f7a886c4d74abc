"""What a service's ``/metrics`` tells, by the names that queries use, without the project's prefix."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.telemetry import metrics

PREFIX = "practice_exchange_"


async def figures(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, start: str) -> dict[str, float]:
    """Return ``name`` or ``name{label values}`` with its value, of those that begin so, looked up anew."""
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    text = (await client.get("/metrics")).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    named = {sample.name.removeprefix(PREFIX): sample for sample in samples}
    assert any(name.startswith(start) for name in named), text
    return {
        sample.name.removeprefix(PREFIX) + (f"{{{','.join(sample.labels.values())}}}" if sample.labels else ""): (
            sample.value
        )
        for sample in samples
        if sample.name.startswith(PREFIX + start) and not sample.name.endswith("_bucket")
    }
