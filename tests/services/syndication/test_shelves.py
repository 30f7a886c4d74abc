"""The catalogue as it is kept for downloads: the same as it is read, and never older than what was heard."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.syndication.stream import download
from services.syndication.stream.download import gzipped, plain
from services.syndication.stream.packing import Gzip, Packed
from services.syndication.stream.position import Way
from tests.services.syndication.stream_desk import Desk, open_desk

KEPT = 5  # by the tail, so that what came before is on shelves
PRACTICES = 40


@pytest.fixture
async def desk(mongodb_url: str, database: str, nats_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(download, "_PIECE_BYTES", 6_000)  # some practices a shelf
    async with open_desk(mongodb_url, database, nats_url) as desk:
        desk.streams.following.tail(Way.CATALOGUE)._kept_items = KEPT
        await asyncio.gather(*(desk.publish(f"p{number:02}") for number in range(PRACTICES)))
        await desk.settled()
        yield desk


async def names(desk: Desk) -> list[tuple[str, str]]:
    return sorted((await desk.download())[0])


def told(**other: str) -> list[tuple[str, str]]:
    """Return what is told of all; ``other`` is what is told of some practices instead, or nothing."""
    every = {f"p{number:02}": "published" for number in range(PRACTICES)} | other
    return sorted((what, one) for one, what in every.items() if what)


def read_from_stream(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note after which sequences the stream is read from now on."""
    stream, asked = desk.streams.following.tail(Way.CATALOGUE).stream, []
    after = stream.after

    async def noting(sequence: int, **more: int) -> object:
        asked.append(sequence)
        return await after(sequence, **more)

    monkeypatch.setattr(stream, "after", noting)
    return asked


async def test_what_was_read_once_is_kept_and_is_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = read_from_stream(desk, monkeypatch)
    first = await desk.download()
    assert (sorted(first[0]), len(asked) > 3) == (told(), True)
    asked.clear()
    assert await desk.download() == first
    assert asked == []


async def test_what_changed_is_read_anew_and_nothing_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.download()
    first = (await desk.download())[0][0][1]  # which practice stands first in the stream
    await desk.publish(first)
    await desk.settled()
    asked = read_from_stream(desk, monkeypatch)
    assert await names(desk) == told(**{first: "revised"})
    assert 0 in asked
    assert len(asked) <= 2  # and what the tail no longer has, which was on no shelf
    asked.clear()
    assert await names(desk) == told(**{first: "revised"})
    assert asked == []
    await desk.withdraw(first)
    await desk.settled()
    assert await names(desk) == told(**{first: ""})


async def test_the_whole_of_a_shelf_may_move_on(desk: Desk) -> None:
    order = [one for _, one in (await desk.download())[0]]
    for one in order[:12]:
        await desk.publish(one)
    await desk.settled()
    for _ in range(2):
        assert await names(desk) == told(**dict.fromkeys(order[:12], "revised"))


async def test_who_began_before_a_change_is_told_of_it(desk: Desk) -> None:
    """Also where the shelf that it was on was made for somebody who came later."""
    lines = desk.streams.downloads.lines(desk.asked(start=True, address="slow"))
    await anext(lines)
    order = [one for _, one in (await desk.download())[0]]
    await desk.withdraw(order[0])
    await desk.publish(order[1])
    await desk.settled()
    await desk.download()
    body = b"".join([some async for some in plain(lines)]).decode()
    assert f'"subject":"{order[2]}"' in body
    assert body.index("practice.withdrawn.v1") < body.index("practice.revised.v1") < body.index('{"cursor":')


async def test_a_stream_that_was_made_anew_has_shelves_of_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.download()
    tail = desk.streams.following.tail(Way.CATALOGUE)
    tail.begun += 1  # as when the stream lost its end: a sequence may stand for something else
    tail.latest.clear()
    asked = read_from_stream(desk, monkeypatch)
    assert await names(desk) == told()
    assert len(asked) > 3


async def test_more_than_may_be_kept_is_read_each_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shelves = desk.streams.downloads._shelves
    monkeypatch.setattr(shelves, "_most_bytes", 1)
    for _ in range(2):
        assert await names(desk) == told()
    assert len(shelves._shelves) == 1


@pytest.mark.parametrize("filtered", [False, True])
async def test_gzip_and_plain_are_the_same(desk: Desk, *, filtered: bool) -> None:
    """From shelves and without, and once one in the middle is another."""
    wanted: dict[str, Any] = {"kinds": ["practice"]} if filtered else {}

    async def both() -> tuple[bytes, bytes]:
        packed = gzipped(desk.streams.downloads.lines(desk.asked(start=True, **wanted)))
        lines = plain(desk.streams.downloads.lines(desk.asked(start=True, **wanted)))
        return gzip.decompress(b"".join([one async for one in packed])), b"".join([one async for one in lines])

    for _ in range(2):
        first, second = await both()
        assert first == second
    await desk.publish("p20")
    await desk.settled()
    first, second = await both()
    assert first == second
    assert first.count(b"\n") == PRACTICES + 1


def test_pieces_make_one_gzip_file_for_readers_who_know_nothing_of_pieces() -> None:
    texts = [b"", b"one\n" * 1000, bytes(range(256)) * 300, b"three\n"]
    kept = [Packed.of(text) for text in texts]
    assert [one.text() for one in kept] == texts
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2]):
        file = Gzip()
        made = b"".join(file.add(kept[one] if one % 2 else texts[one]) for one in order) + file.end()
        reader = zlib.decompressobj(16 + zlib.MAX_WBITS)  # one member, whose sum it checks
        assert reader.decompress(made) == b"".join(texts[one] for one in order)
        assert reader.eof
        assert not reader.unused_data
