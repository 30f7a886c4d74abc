"""Each process of each service asked: does it run, can it work, which release is it, and its figures."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from shared.telemetry.logs import clean
from shared.telemetry.metrics import PREFIX

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What ``/metrics`` told; names without the project's prefix."""

    found: Mapping[str, Sequence[tuple[Labels, float]]] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Figures":
        found: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name.removeprefix(f"{PREFIX}_")].append((sample.labels, sample.value))
        return cls(found=found)

    def one(self, name: str, **labels: str) -> float | None:
        """Return the value with these labels; None when it is not known."""
        values = [value for own, value in self.found.get(name, ()) if labels.items() <= own.items()]
        return values[0] if values else None

    def by(self, name: str, label: str) -> dict[str, float]:
        """Return the values by one of their labels."""
        return {own[label]: value for own, value in self.found.get(name, ())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One process. ``silent`` says why it does not answer; ``failed`` are the checks that it fails; ``skew`` is how far
    its clock is ahead of ours, in seconds.
    """

    service: str
    url: str
    silent: str | None = None
    failed: tuple[str, ...] = ()
    release: str | None = None
    skew: float = 0.0
    figures: Figures | None = None


async def ask_all(addresses: Mapping[str, Sequence[str]], *, seconds: float) -> list[Seen]:
    """Ask all of them at once, none for longer than ``seconds``."""
    async with httpx.AsyncClient(timeout=seconds, follow_redirects=False) as http:
        asked = [_ask(http, name, url, seconds) for name, urls in addresses.items() for url in urls]
        return await asyncio.gather(*asked)


async def _ask(http: httpx.AsyncClient, service: str, url: str, seconds: float) -> Seen:
    try:
        async with asyncio.timeout(seconds):
            alive = await http.get(f"{url}/health/live")
            now = datetime.now(UTC)
            told = _json(alive)
            if not alive.is_success or "status" not in told:
                return Seen(service=service, url=url, silent=f"answers {alive.status_code} to /health/live")
            ready, metrics = await asyncio.gather(http.get(f"{url}/health/ready"), http.get(f"{url}/metrics"))
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        return Seen(service=service, url=url, silent=_why(error))
    return Seen(
        service=told.get("service") or service,
        url=url,
        failed=tuple(name for name, how in _json(ready).get("checks", {}).items() if how != "ok"),
        release=told.get("release"),
        skew=_skew(alive, now),
        figures=Figures.read(metrics.text) if metrics.is_success else None,
    )


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "does not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "cannot be connected to"
    return clean(str(error) or type(error).__name__)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _skew(answer: httpx.Response, now: datetime) -> float:
    """The header tells whole seconds, and was written some time between the question and the answer."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return 0.0
    ahead = (theirs - now).total_seconds()
    span = answer.elapsed.total_seconds() + 1.0
    return 0.0 if -span <= ahead <= 0 else ahead if ahead > 0 else ahead + span
