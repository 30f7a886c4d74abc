"""The index compared with the record: what differs is told and mended from the catalogue, or told to be lost there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import tantivy
from pydantic_core import Url

from services.search.drift import compare
from services.search.schema import KEY, build_schema
from services.search.shelf import current_folder
from tests.services.search.desk import Desk, open_desk
from tests.services.search.making import NOW, Publisher, index_of, practice
from tests.services.search.record import Record, serving
from tests.waiting import eventually


@pytest.fixture
async def record() -> AsyncIterator[Record]:
    record = Record()
    async with serving(record):
        yield record


@pytest.fixture
async def desk(nats_url: str, publisher: Publisher, tmp_path: Path, record: Record) -> AsyncIterator[Desk]:
    async with open_desk(nats_url, tmp_path / "shelf", publisher, submissions_url=Url(record.address)) as desk:
        yield desk


@pytest.fixture
async def shelf_that_lost(nats_url: str, publisher: Publisher, tmp_path: Path, record: Record) -> Path:
    """The shelf of a replica that has stopped, from whose index a fault took the practice ``lost``."""
    shelf = tmp_path / "shelf"
    async with open_desk(nats_url, shelf, publisher) as desk:
        await desk.reaches(await publisher.publish_all([practice("stays"), practice("lost")]))
    index = tantivy.Index(build_schema(), path=str(current_folder(shelf)))
    writer = index.writer(heap_size=15_000_000, num_threads=1)
    writer.delete_documents_by_term(KEY, "lost")
    writer.commit()
    record.practices = {"stays": 1, "lost": 1}
    return shelf


async def checked(desk: Desk) -> dict[str, Any]:
    answer = await desk.client.post("/drift", headers=desk.issuer.headers(roles=["administrator"]))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_what_is_missing_differing_and_left_over(tmp_path: Path) -> None:
    index = index_of(tmp_path / "index", *(practice(f"p{n}") for n in range(4)))
    recorded = {"p0": 1, "p1": 2, "p9": 1, "p3": 1}
    drift = compare(recorded, index.snapshot, NOW)
    assert (drift.practices, drift.missing, drift.differing, drift.left_over) == (4, ("p9",), ("p1",), ("p2",))
    assert compare({f"p{n}": 1 for n in range(4)}, index.snapshot, NOW).ids == frozenset()


async def test_nothing_differs(desk: Desk, record: Record) -> None:
    made = [practice(f"p{n:03}") for n in range(130)]
    await desk.reaches(await desk.publisher.publish_all(made))
    record.practices = {one.id: 1 for one in made}
    drift = await checked(desk)
    assert (drift["practices"], drift["missing"], drift["differing"], drift["left_over"]) == (130, 0, 0, 0)
    status = await desk.get("/status")
    assert (status["drift"], status["rebuild"]) == (drift, None)


async def test_what_is_published_meanwhile_is_no_drift(desk: Desk, record: Record) -> None:
    record.practices = {"soon": 1}
    checking = asyncio.create_task(checked(desk))
    await desk.publisher.publish(practice("soon"))
    assert (await checking)["missing"] == 0


async def test_what_the_index_lost_comes_back_from_the_catalogue(
    nats_url: str, publisher: Publisher, shelf_that_lost: Path, record: Record
) -> None:
    async with open_desk(nats_url, shelf_that_lost, publisher, submissions_url=Url(record.address)) as desk:
        assert await desk.ids() == ["stays"]
        assert (await checked(desk))["missing"] == 1
        await desk.swapped()
        assert set(await desk.ids()) == {"stays", "lost"}
        assert (await checked(desk))["missing"] == 0


async def test_what_the_catalogue_lacks_is_told_and_not_tried_for_ever(desk: Desk, record: Record) -> None:
    await desk.reaches(await desk.publisher.publish(practice("it")))
    record.practices = {"it": 1, "never said": 1}
    assert (await checked(desk))["trouble"] is None
    rebuilt = (await desk.swapped())["rebuilt_at"]
    drift = await checked(desk)
    assert (drift["missing"], "reconcile" in drift["trouble"]) == (1, True)
    assert (await desk.get("/status"))["rebuilt_at"] == rebuilt
    assert "practice_exchange_search_drift 1.0" in (await desk.client.get("/metrics")).text


async def test_a_record_that_is_away_is_told(desk: Desk, record: Record) -> None:
    record.away = True
    answer = await desk.client.post("/drift", headers=desk.issuer.headers(roles=["system"]))
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (await desk.get("/status"))["drift"] is None


async def test_by_timer(nats_url: str, publisher: Publisher, shelf_that_lost: Path, record: Record) -> None:
    often: dict[str, Any] = {"submissions_url": Url(record.address), "drift_minutes": 0.01}
    async with open_desk(nats_url, shelf_that_lost, publisher, **often) as desk:

        async def healed() -> bool:
            return set(await desk.ids()) == {"stays", "lost"}

        await eventually(healed, 30)


async def test_the_command_compares_tells_and_has_it_mended(
    nats_url: str, publisher: Publisher, shelf_that_lost: Path, record: Record
) -> None:
    async with open_desk(nats_url, shelf_that_lost, publisher) as desk:
        said = "2 practices are public; 1 differ in the index.\nmissing: lost\n"
        assert await command(desk, record) == (1, said, "")
        code, told, _ = await command(desk, record, "--repair")
        assert (code, told.splitlines()[-1]) == (1, "The replica that serves from here builds another index.")
        await desk.swapped()
        assert set(await desk.ids()) == {"stays", "lost"}
        assert await command(desk, record) == (0, "2 practices are public; 0 differ in the index.\n", "")
        record.away = True
        code, told, trouble = await command(desk, record)
        assert (code, told, len(trouble.splitlines())) == (2, "", 1)


async def command(desk: Desk, record: Record, *given: str) -> tuple[int, str, str]:
    environment = {"INDEX_DIR": str(desk.shelf), "SUBMISSIONS_URL": record.address}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.search", "drift", *given],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
