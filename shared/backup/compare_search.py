"""Asking search for every practice, as any front-end asks it, once services run on what was restored.

Then life goes on: what was approved just before the backup becomes public. So search has to find what the catalogue
holds by now, no more and no less, and the catalogue has to have come from that of the backup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import httpx
from nats.aio.client import Client

from shared.backup.compare_streams import outbox_rows
from shared.backup.folder import Manifest
from shared.backup.progress import Progress
from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE

_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A practice that has to be found, by its title in its own language too."""

    id: str
    version: int
    title: str


class Catalogue:
    """The practices of a catalogue: those that are public, and the ids of all there ever were."""

    def __init__(self) -> None:
        self.ever: set[str] = set()
        self._latest: dict[str, tuple[int, dict[str, Any]]] = {}

    @classmethod
    def of_backup(cls, folder: Path, manifest: Manifest) -> Self:
        found = cls()
        for row in outbox_rows(folder, manifest, CATALOGUE):
            found.add(bytes(row["body"]))
        return found

    @classmethod
    async def of_stream(cls, connection: Client) -> Self:
        """Raises NotFoundError when there is no such stream."""
        found = cls()
        stream, sequence = StoredStream(connection, CATALOGUE), 0
        while messages := await stream.after(sequence):
            for message in messages:
                found.add(message.body)
            sequence = messages[-1].sequence
        return found

    def add(self, body: bytes) -> None:
        """Take an event; the latest of each practice counts."""
        event = json.loads(body)
        practice, version = event["subject"], event["aggregateversion"]
        self.ever.add(practice)
        if practice not in self._latest or self._latest[practice][0] < version:
            self._latest[practice] = (version, event["data"])

    @property
    def public(self) -> list[Expected]:
        return [_expected(data["practice"]) for _, data in self._latest.values() if "practice" in data]


def _expected(practice: dict[str, Any]) -> Expected:
    title = practice["content"]["title"][practice["languages"][0]]
    return Expected(id=practice["id"], version=practice["version"], title=title["text"])


async def compare_with_search(
    http: httpx.AsyncClient, connection: Client, folder: Path, manifest: Manifest, progress: Progress
) -> list[str]:
    """List in words what is lost or not found; see ``compare_search``."""
    now = await Catalogue.of_stream(connection)
    lost = Catalogue.of_backup(folder, manifest).ever - now.ever
    found = await compare_search(http, now.public, progress)
    return [*(f"search: {one} is in the backup and not in the catalogue" for one in sorted(lost)), *found]


async def compare_search(http: httpx.AsyncClient, practices: Iterable[Expected], progress: Progress) -> list[str]:
    """List in words what is not found, is found in another version, or is found and not in the catalogue.

    Each practice is looked for by its title. Raises HTTPError when search does not answer.
    """
    wanted = {one.id: one for one in practices}
    there = await _all(http, {})
    found = [
        *(f"search: {one} is not found" for one in wanted if one not in there),
        *(f"search: {one} is found and not in the catalogue" for one in there if one not in wanted),
        *(
            f"search: {one.id} is found as version {there[one.id]}, and is version {one.version}"
            for one in wanted.values()
            if there.get(one.id, one.version) != one.version
        ),
    ]
    for count, one in enumerate(wanted.values(), start=1):
        if one.id in there and one.id not in await _all(http, {"q": one.title}, until=one.id):
            found.append(f"search: {one.id} is not found by its title")
        progress.at("search", count)
    progress.done(
        f"search: {len(wanted):,} practices {'are found as the catalogue has them' if not found else 'DIFFER'}"
    )
    return found


async def _all(http: httpx.AsyncClient, asked: dict[str, str], *, until: str | None = None) -> dict[str, int]:
    """Return the versions found, by id, page after page, up to one that is looked for."""
    found: dict[str, int] = {}
    cursor: str | None = None
    while True:
        parameters = {"limit": str(_PAGE), **asked} | ({"cursor": cursor} if cursor else {})
        answer = (await http.get("/search", params=parameters)).raise_for_status().json()
        found |= {item["id"]: item["version"] for item in answer["items"]}
        cursor = answer["next"]
        if not cursor or until in found:
            return found
