"""How much a browser is sent for one page: the page and all it needs, compressed, and how its calls waited."""

import re

import httpx

MOST_BYTES = 100_000
MOST_IN_SEQUENCE = 3
_ASSET = re.compile(r'(?:src|href)="(/static/[^"]+)"')


async def weight(http: httpx.AsyncClient, path: str, *, status: int = 200) -> int:
    """Return the bytes of a first visit: status lines and headers left out, files that people attach too."""
    page = await _raw(http, path, status)
    html = (await http.get(path)).text
    return page + sum([await _raw(http, asset) for asset in sorted(set(_ASSET.findall(html)))])


async def _raw(http: httpx.AsyncClient, path: str, status: int = 200) -> int:
    async with http.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        assert answer.status_code == status, path
        return sum([len(piece) async for piece in answer.aiter_raw()])


def in_sequence(answer: httpx.Response) -> int:
    """Return how many calls of a page had to wait for one another."""
    found = re.search(r'sequence;desc="(\d+)"', answer.headers["server-timing"])
    assert found
    return int(found[1])
