"""The labels of codes, as submissions serves them, kept for a while: they change with a release, not by the minute."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from services.web.calls.api import Away
from services.web.settings import WebSettings
from shared.telemetry.trace import current_traceparent

_FRESH_SECONDS = 600.0
# A page asks for twenty lists at once. As many connections would stay open, and each call looks through all of them.
_AT_ONCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One code with its label and, where there is one, what it means, in one language.

    ``used_with`` are codes of another list (of a reason: the decisions it can be given for).
    """

    code: str
    label: str
    meaning: str
    used_with: tuple[str, ...] = ()
    broader: str | None = None


class Vocabularies:
    """Gives vocabularies by name and language; those once fetched stay good while submissions is away."""

    def __init__(
        self, http: httpx.AsyncClient, settings: WebSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._base = str(settings.submissions_url).rstrip("/")
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, dict[str, Term]]] = {}
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def terms(self, name: str, language: str) -> dict[str, Term]:
        """Return the terms of a vocabulary by code, in its order. Raises Away when it was never to be had."""
        kept = self._kept.get((name, language))
        if kept and kept[0] > self._clock():
            return kept[1]
        try:
            found = await self._fetched(name, language)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            if kept:
                return kept[1]
            raise Away(f"vocabulary {name}: {error!r}") from error
        self._kept[name, language] = (self._clock() + _FRESH_SECONDS, found)
        return found

    async def _fetched(self, name: str, language: str) -> dict[str, Term]:
        async with self._few:
            response = await self._http.get(
                f"{self._base}/vocabularies/{name}",
                params={"lang": language},
                headers={"traceparent": current_traceparent()},
            )
        rows = response.raise_for_status().json()["terms"]
        return {row["code"]: _term(row) for row in rows if not row.get("retired")}


def _term(row: dict[str, Any]) -> Term:
    return Term(
        code=row["code"],
        label=row["label"],
        meaning=row.get("description") or "",
        used_with=tuple(row.get("used_with") or ()),
        broader=row.get("broader"),
    )
