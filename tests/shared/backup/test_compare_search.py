"""Search is asked for every practice of a backup: by paging through all there is, and by title."""

from __future__ import annotations

from typing import Any

import httpx

from shared.backup.compare_search import Expected, compare_search
from shared.backup.progress import Progress

PRACTICES = [Expected(id=f"p{number}", version=2, title=f"Title {number}") for number in range(3)]


async def _told(*items: dict[str, Any], blind_to: str = "") -> list[str]:
    """Ask a search that answers with one item a page, and finds nothing by one title."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        found = [] if asked.get("q", "-") == blind_to else items
        place = int(asked.get("cursor", "0"))
        more = str(place + 1) if place + 1 < len(found) else None
        return httpx.Response(200, json={"items": list(found[place : place + 1]), "next": more})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://search") as http:
        return await compare_search(http, PRACTICES, Progress(quiet=True))


def _item(identifier: str, version: int = 2) -> dict[str, Any]:
    return {"id": identifier, "version": version}


async def test_what_is_found_as_it_was_is_no_difference() -> None:
    assert await _told(_item("p0"), _item("p1"), _item("p2")) == []


async def test_what_is_lost_too_many_of_another_version_or_not_found_by_its_title_is_told() -> None:
    assert await _told(_item("p0"), _item("p1", 1), _item("p9"), blind_to="Title 0") == [
        "search: p2 is not found",
        "search: p9 is found and not in the catalogue",
        "search: p1 is found as version 1, and is version 2",
        "search: p0 is not found by its title",
    ]
