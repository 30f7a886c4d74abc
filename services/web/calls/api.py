"""Calling the services' public HTTP APIs for one visit, as any other front-end would.

A refusal (RFC 9457) comes back as ``Refused``; a service that does not answer as ``Away``.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import httpx

from shared.telemetry.trace import current_traceparent

Json = dict[str, Any]
Query = Mapping[str, str | int | bool | list[str] | None]


class Refused(Exception):
    """A service said no: ``code`` is the last part of the problem's type, ``errors`` the fields that are wrong."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('detail') or problem.get('title') or ''}")
        self.status = status
        self.problem = problem
        self.code = str(problem.get("type", "")).rpartition("/")[2]
        self.detail = str(problem.get("detail") or problem.get("title") or "")
        self.errors: list[Json] = list(problem.get("errors") or [])


class Away(Exception):
    """A service does not answer, or not with anything we understand."""


@dataclass(slots=True)
class Watch:
    """The calls of one visit: when each began and ended, to tell how many had to wait for one another."""

    calls: list[tuple[float, float]] = field(default_factory=list)

    def in_sequence(self) -> int:
        """Return the most calls of which each began after the one before had ended."""
        count, free = 0, 0.0
        for begun, ended in sorted(self.calls, key=lambda call: call[1]):
            if begun >= free:
                count, free = count + 1, ended
        return count

    def seconds(self) -> float:
        return sum(ended - begun for begun, ended in self.calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service answered: the body (JSON, or None), the ETag and the other headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag")


class Api:
    """One service, called for one visit. ``token`` is the access token of whoever is signed in."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base: str,
        *,
        token: str | None,
        language: str,
        watch: Watch,
        caller: str | None = None,
    ) -> None:
        self._caller = caller
        self._http = http
        self._base = base.rstrip("/")
        self._token = token
        self._language = language
        self._watch = watch

    async def get(self, path: str, query: Query | None = None) -> Any:
        """Return the body of a resource."""
        return (await self.ask("GET", path, query=query)).body

    async def post(self, path: str, body: Any = None, *, once: str | None = None, if_match: str | None = None) -> Any:
        """Do something; ``once`` is the Idempotency-Key, so that a form sent twice has one effect."""
        return (await self.ask("POST", path, body=body, once=once, if_match=if_match)).body

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        once: str | None = None,
        if_match: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Call and return the answer. ``body`` is sent as JSON, ``content`` as it is (name its type in ``headers``).
        ``seconds`` is how long to wait for what takes its time.

        Raises Refused for a 4xx, Away when the service does not answer or answers 5xx.
        """
        begun = perf_counter()
        try:
            response = await self._http.request(
                method,
                self._base + path,
                params=_query(query),
                json=body,
                content=content,
                headers=self._headers(once=once, if_match=if_match) | dict(headers or {}),
                timeout=seconds or httpx.USE_CLIENT_DEFAULT,
            )
        except httpx.HTTPError as error:
            raise Away(f"{method} {path}: {error!r}") from error
        finally:
            self._watch.calls.append((begun, perf_counter()))
        return _answer(response)

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Query | None = None, headers: Mapping[str, str] | None = None, wait: bool = False
    ) -> AsyncIterator[httpx.Response]:
        """Open an answer to be passed on piece by piece (a file, a stream of events, for which ``wait`` has no end)."""
        timeout = httpx.Timeout(10, read=None) if wait else httpx.USE_CLIENT_DEFAULT
        ask = self._http.stream(
            "GET",
            self._base + path,
            params=_query(query),
            headers=self._headers() | dict(headers or {}),
            timeout=timeout,
        )
        try:
            async with ask as response:
                if response.is_error:
                    await response.aread()
                    _answer(response)
                yield response
        except httpx.HTTPError as error:
            raise Away(f"GET {path}: {error!r}") from error

    def _headers(self, *, once: str | None = None, if_match: str | None = None) -> dict[str, str]:
        headers = {"traceparent": current_traceparent(), "accept-language": self._language}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        if self._caller:
            headers["x-forwarded-for"] = self._caller
        if once:
            headers["idempotency-key"] = once
        if if_match:
            headers["if-match"] = if_match
        return headers


def _query(query: Query | None) -> dict[str, Any]:
    """Leave out what is not asked for."""
    return {name: value for name, value in (query or {}).items() if value not in (None, "", [])}


def _answer(response: httpx.Response) -> Answer:
    body: Any = None
    if "json" in response.headers.get("content-type", "") and response.request.method != "HEAD":
        try:
            body = response.json()
        except ValueError as error:
            raise Away("the answer is no JSON") from error
    if response.is_server_error:
        raise Away(f"status {response.status_code}")
    if response.is_error:
        raise Refused(response.status_code, body if isinstance(body, dict) else {})
    return Answer(status=response.status_code, body=body, headers=response.headers)
