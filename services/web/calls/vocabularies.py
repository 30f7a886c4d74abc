"""The labels of codes, as submissions serves them, kept for a while: they change with a release, not by the minute."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import httpx

from services.web.calls.api import Away, Watch
from services.web.settings import WebSettings
from shared.telemetry.trace import current_traceparent

FRESH_SECONDS = 600.0
_TRY_AGAIN_SECONDS = 15.0  # after submissions did not answer


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


Lists = dict[str, dict[str, Term]]


@dataclass(slots=True)
class _Kept:
    """All lists in one language, and the moment from which they are to be fetched anew."""

    lists: Lists
    until: float


class Vocabularies:
    """Gives vocabularies in a language. Only the first visitor of all waits for them.

    One call fetches all lists of a language. Those that are kept are given at once, however old; old ones are
    renewed behind the visit, and stay good while submissions is away.
    """

    def __init__(
        self, http: httpx.AsyncClient, settings: WebSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._base = str(settings.submissions_url).rstrip("/")
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._first: dict[str, asyncio.Lock] = {}
        self._renewing: dict[str, asyncio.Task[None]] = {}

    async def lists(self, language: str, watch: Watch) -> Lists:
        """Return the terms of every vocabulary by name and code, in their order.

        ``watch`` is told of the call where the visit has to wait for one. Raises Away when there never was an answer.
        """
        kept = self._kept.get(language) or await self._fetched_first(language, watch)
        if kept.until <= self._clock() and language not in self._renewing:
            # It belongs to nobody's visit: neither its trace nor its end.
            self._renewing[language] = asyncio.get_running_loop().create_task(self._renew(language), context=Context())
        return kept.lists

    @property
    def renewing(self) -> bool:
        """Whether lists are being fetched behind the visits at this moment."""
        return bool(self._renewing)

    async def close(self) -> None:
        """Give up what is being fetched behind the visits."""
        renewing = list(self._renewing.values())
        for task in renewing:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*renewing)

    async def _fetched_first(self, language: str, watch: Watch) -> _Kept:
        """Fetch what nobody has asked for before; those who come meanwhile wait for the same call."""
        begun = time.perf_counter()
        try:
            async with self._first.setdefault(language, asyncio.Lock()):
                if language not in self._kept:
                    self._kept[language] = await self._fetch(language)
        finally:
            watch.calls.append((begun, time.perf_counter()))
        return self._kept[language]

    async def _renew(self, language: str) -> None:
        try:
            self._kept[language] = await self._fetch(language)
        except Away:
            self._kept[language].until = self._clock() + _TRY_AGAIN_SECONDS
        finally:
            del self._renewing[language]

    async def _fetch(self, language: str) -> _Kept:
        try:
            response = await self._http.get(
                f"{self._base}/vocabularies/all",
                params={"lang": language},
                headers={"traceparent": current_traceparent()},
            )
            found = {one["name"]: _terms(one["terms"]) for one in response.raise_for_status().json()}
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Away(f"vocabularies in {language}: {error!r}") from error
        return _Kept(found, self._clock() + FRESH_SECONDS)


def _terms(rows: list[dict[str, Any]]) -> dict[str, Term]:
    return {row["code"]: _term(row) for row in rows if not row.get("retired")}


def _term(row: dict[str, Any]) -> Term:
    return Term(
        code=row["code"],
        label=row["label"],
        meaning=row.get("description") or "",
        used_with=tuple(row.get("used_with") or ()),
        broader=row.get("broader"),
    )
