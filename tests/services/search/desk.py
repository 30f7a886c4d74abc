"""The search service as its tests meet it: started for real, asked over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from pydantic_core import MultiHostUrl

from services.search.app import build
from services.search.settings import SearchSettings
from shared.service import Service
from tests.services.search.making import Publisher
from tests.tokens import Issuer
from tests.waiting import eventually


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A running service, a client of it, and the catalogue that it follows."""

    service: Service
    client: httpx.AsyncClient
    issuer: Issuer
    publisher: Publisher
    shelf: Path

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Ask, and expect an answer."""
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def ids(self, **query: Any) -> list[str]:
        return [item["id"] for item in (await self.get("/search", **query))["items"]]

    async def reaches(self, sequence: int) -> dict[str, Any]:
        """Wait until this message of the catalogue is found."""

        async def reached() -> dict[str, Any] | None:
            status = await self.get("/status")
            return status if status["sequence"] >= sequence and status["complete"] else None

        return await eventually(reached, 20)

    async def rebuild(self) -> dict[str, Any]:
        """Ask for a rebuild, as an administrator."""
        answer = await self.client.post("/rebuild", headers=self.issuer.headers(roles=["administrator"]))
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def swapped(self, before: str | None = None) -> dict[str, Any]:
        """Wait until another index serves than at the time ``before``."""

        async def done() -> dict[str, Any] | None:
            status = await self.get("/status")
            return status if status["rebuild"] is None and status["rebuilt_at"] not in {None, before} else None

        return await eventually(done, 20)


@contextlib.asynccontextmanager
async def open_desk(
    nats_url: str,
    shelf: Path,
    publisher: Publisher,
    *,
    user: str | None = None,
    password: SecretStr | None = None,
    record: tuple[str, str] = ("mongodb://127.0.0.1:9/", "nowhere"),
    **settings: Any,
) -> AsyncIterator[Desk]:
    """Start the service; on the same shelf it is the same replica again.

    ``record`` is the address and name of its database; a test that names none has none, and needs none.
    """
    issuer = Issuer()
    chosen = SearchSettings(
        nats_url=MultiHostUrl(nats_url),
        nats_user=user,
        nats_password=password,
        index_dir=shelf,
        log_level="CRITICAL",
        mongodb_url=MultiHostUrl(record[0]),
        database=record[1],
        **settings,
    )
    service = await build(chosen, verifier=issuer.verifier())
    transport = httpx.ASGITransport(service.app)
    async with (
        service.running(http=False),
        httpx.AsyncClient(transport=transport, base_url="http://search.test") as client,
    ):
        yield Desk(service=service, client=client, issuer=issuer, publisher=publisher, shelf=shelf)
