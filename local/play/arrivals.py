"""What arrived by mail while the story was played, from whatever mailbox stands there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any

import httpx


class Arrivals(ABC):
    """The letters of a mailbox, each fetched once; those that were there at ``pass_over`` do not count."""

    def __init__(self, http: httpx.AsyncClient, mailbox: str) -> None:
        self._http = http
        self._mailbox = mailbox
        self._texts: dict[str, list[str]] = {}

    async def pass_over(self) -> None:
        """Leave out what is there by now."""
        async for _ in self._new():
            pass

    async def by_recipient(self) -> dict[str, list[str]]:
        """Return subject and text of what has arrived until now, for each address."""
        async for letter in self._new():
            recipients, subject, text = await self._read(letter)
            for recipient in recipients:
                self._texts.setdefault(recipient, []).append(plain(f"{subject} {text}"))
        return {address: list(texts) for address, texts in self._texts.items()}

    @abstractmethod
    def _new(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what is listed and was not before."""

    @abstractmethod
    async def _read(self, letter: dict[str, Any]) -> tuple[list[str], str, str]:
        """Return the addresses it went to, its subject and its text."""

    async def _get(self, path: str, **query: int) -> dict[str, Any]:
        answer = await self._http.get(f"{self._mailbox}{path}", params=query)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


class OwnArrivals(Arrivals):
    """The mailbox of ``make demo``, which numbers its letters."""

    _last = 0

    async def pass_over(self) -> None:
        newest = await self._get("/api/messages", limit=1)
        self._last = max((letter["number"] for letter in newest["messages"]), default=0)

    async def _new(self) -> AsyncIterator[dict[str, Any]]:
        for letter in (await self._get("/api/messages", after=self._last, limit=1000))["messages"]:
            self._last = max(self._last, letter["number"])
            yield letter

    async def _read(self, letter: dict[str, Any]) -> tuple[list[str], str, str]:
        whole = await self._get(f"/api/messages/{letter['id']}")
        return letter["recipients"], letter["subject"], whole["text"]


class MailpitArrivals(Arrivals):
    """Mailpit, by its API v1."""

    def __init__(self, http: httpx.AsyncClient, mailbox: str) -> None:
        super().__init__(http, mailbox)
        self._seen: set[str] = set()

    async def _new(self) -> AsyncIterator[dict[str, Any]]:
        for letter in (await self._get("/api/v1/messages", limit=5000))["messages"]:
            if letter["ID"] not in self._seen:
                self._seen.add(letter["ID"])
                yield letter

    async def _read(self, letter: dict[str, Any]) -> tuple[list[str], str, str]:
        whole = await self._get(f"/api/v1/message/{letter['ID']}")
        return [to["Address"] for to in whole["To"]], whole["Subject"], whole["Text"]


def plain(text: str) -> str:
    """Return a text with every run of white space as one space, to compare by."""
    return " ".join(text.split())
