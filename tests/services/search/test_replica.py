"""The replica and what may befall it: restarts, lost and damaged indexes, rebuilds, a catalogue that fails it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError
from pydantic import SecretStr

from local.nats import NatsServer
from services.search.index import SearchIndex
from services.search.shelf import Shelf
from shared.bus.dead_letters import dead_letters
from shared.bus.topology import CATALOGUE, provision
from shared.events.practices import PracticePublished
from tests.servers import NatsWithUsers
from tests.services.search.desk import Desk, open_desk
from tests.services.search.making import Publisher, body, practice
from tests.waiting import eventually


async def test_a_restart_goes_on_from_the_committed_sequence(
    nats_url: str, publisher: Publisher, tmp_path: Path
) -> None:
    async with open_desk(nats_url, tmp_path / "shelf", publisher) as desk:
        await desk.reaches(await publisher.publish(practice("before")))
    folder = (tmp_path / "shelf" / "CURRENT").read_text()
    await publisher.publish(practice("between"))
    async with open_desk(nats_url, tmp_path / "shelf", publisher) as desk:
        # What was committed is found before anything is read again.
        assert "before" in await desk.ids()
        await desk.reaches(await publisher.publish(practice("after")))
        assert set(await desk.ids()) == {"before", "between", "after"}
    assert (tmp_path / "shelf" / "CURRENT").read_text() == folder


async def test_everything_there_is_read_first(nats_url: str, publisher: Publisher, tmp_path: Path) -> None:
    made = [practice(f"p{n:03}") for n in range(230)]
    last = await publisher.publish_all(made)
    await publisher.withdraw("p000")
    async with open_desk(nats_url, tmp_path / "shelf", publisher) as desk:
        status = await desk.reaches(last + 1)
        assert status["practices"] == 229
        assert status["lag"]["events"] == 0


@pytest.mark.parametrize("loss", ["deleted", "emptied", "garbage", "pointer"])
async def test_an_index_lost_while_the_service_is_down_is_made_anew(
    nats_url: str, publisher: Publisher, tmp_path: Path, loss: str
) -> None:
    shelf = tmp_path / "shelf"
    async with open_desk(nats_url, shelf, publisher) as desk:
        last = await publisher.publish(practice("it"))
        await desk.reaches(last)
    index = shelf / (shelf / "CURRENT").read_text()
    if loss == "deleted":
        shutil.rmtree(shelf)
    elif loss == "emptied":
        shutil.rmtree(index)
        index.mkdir()
    elif loss == "garbage":
        for file in index.iterdir():
            file.write_bytes(b"\x00garbage\xff" * 20)
    else:
        (shelf / "CURRENT").write_bytes(b"\xff../..")
    async with open_desk(nats_url, shelf, publisher) as desk:
        await desk.reaches(last)
        assert await desk.ids(q="teachers") == ["it"]
    assert len(list(shelf.glob("index-*"))) == 1


@pytest.mark.parametrize("what", ["index", "shelf"])
async def test_an_index_deleted_under_it_heals_and_serves_all_the_while(desk: Desk, what: str) -> None:
    await desk.reaches(await desk.publisher.publish(practice("it")))
    shutil.rmtree(desk.shelf if what == "shelf" else desk.shelf / (desk.shelf / "CURRENT").read_text())
    assert await desk.ids() == ["it"]
    await desk.publisher.publish(practice("next"))

    async def healed() -> bool:
        found = await desk.ids()
        assert "it" in found
        return "next" in found

    await eventually(healed, 20)
    await desk.swapped()
    assert (desk.shelf / (desk.shelf / "CURRENT").read_text() / "meta.json").exists()


async def test_a_quiet_loss_is_noticed_too(desk: Desk) -> None:
    await desk.reaches(await desk.publisher.publish(practice("it")))
    shutil.rmtree(desk.shelf / (desk.shelf / "CURRENT").read_text())
    await desk.swapped()
    assert await desk.ids() == ["it"]


async def test_a_rebuild_never_fails_a_query(desk: Desk) -> None:
    made = [practice(f"p{n:03}", title=f"Teachers abroad {n}") for n in range(120)]
    await desk.reaches(await desk.publisher.publish_all(made))
    answers, stop = 0, asyncio.Event()

    async def ask() -> None:
        nonlocal answers
        while not stop.is_set():
            assert (await desk.get("/search", q="teachers abroad", theme="staff-mobility"))["total"] >= len(made)
            answers += 1

    async def publish() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await desk.publisher.publish(practice(f"new{number}", title="Teachers abroad too"))
            await asyncio.sleep(0.02)

    asking = [asyncio.create_task(ask()), asyncio.create_task(ask()), asyncio.create_task(publish())]
    rebuilt = None
    for _ in range(3):
        assert (await desk.rebuild())["reason"] == "asked for"
        rebuilt = (await desk.swapped(rebuilt))["rebuilt_at"]
    stop.set()
    await asyncio.gather(*asking)
    assert answers > 20
    await desk.reaches(await desk.publisher.publish(practice("last", title="Unmistakable")))
    assert await desk.ids(q="unmistakable") == ["last"]


async def test_a_rebuild_that_fails_as_nobody_foresaw_is_told_and_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.reaches(await desk.publisher.publish(practice("it")))

    def fail(_: Shelf) -> SearchIndex:
        raise RuntimeError("nobody foresaw this")

    async def told() -> bool:
        rebuild = (await desk.get("/status"))["rebuild"]
        return bool(rebuild and "nobody foresaw this" in (rebuild["trouble"] or ""))

    with monkeypatch.context() as broken:
        broken.setattr(Shelf, "new", fail)
        await desk.rebuild()
        await eventually(told)
        await desk.reaches(await desk.publisher.publish(practice("meanwhile")))
    await desk.swapped()
    assert set(await desk.ids()) == {"it", "meanwhile"}


async def test_what_is_found_never_goes_back_when_indexes_are_swapped(desk: Desk) -> None:
    found: set[str] = set()
    await desk.rebuild()
    for number in range(40):
        await desk.reaches(await desk.publisher.publish(practice(f"p{number}")))
        now = set(await desk.ids(limit=100))
        assert now >= found
        found = now | {f"p{number}"}
    await desk.swapped()
    assert set(await desk.ids(limit=100)) == found


async def test_what_cannot_be_read_is_a_dead_letter_and_the_rest_goes_on(desk: Desk, publisher: Publisher) -> None:
    good = practice("good")
    unknown = body(PracticePublished(practice=good), "unknown", 1).replace(
        b"practice.published.v1", b"practice.published.v9"
    )
    await publisher.send("garbage", b"\xff not JSON")
    await publisher.send("unknown", unknown)
    status = await desk.reaches(await publisher.publish(good))
    assert status["unreadable"] == 2
    assert await desk.ids() == ["good"]
    letters = await dead_letters(publisher.js, durable="search")
    caretaker = desk.issuer.headers(roles=["coordinator"])
    told = (await desk.client.get("/status/dead-letters", headers=caretaker)).json()
    assert (told["count"], [one["id"] for one in told["newest"]]) == (2, [one.number for one in letters[::-1]])
    assert [letter.subject for letter in letters] == ["catalogue.garbage", "catalogue.unknown"]
    assert "not a CloudEvents" in letters[0].reason
    assert "unknown event type" in letters[1].reason


async def test_a_stream_made_anew_is_read_from_its_beginning(desk: Desk) -> None:
    for n in range(3):
        last = await desk.publisher.publish(practice(f"old{n}"))
    await desk.reaches(last)
    js = desk.publisher.js
    await js.delete_stream(CATALOGUE)
    await provision(js)
    await desk.publisher.publish(practice("new"))

    async def only_new() -> bool:
        return await desk.ids() == ["new"]

    await eventually(only_new, 30)


async def test_while_a_lost_stream_is_filled_again_everything_is_found(desk: Desk) -> None:
    names = [f"one{n}" for n in range(3)]
    for name in names:
        last = await desk.publisher.publish(practice(name))
    await desk.reaches(last)
    js = desk.publisher.js
    await js.delete_stream(CATALOGUE)
    await provision(js)

    async def empty_one_was_read() -> bool:
        found = (await desk.get("/status"))["rebuild"]
        return found is not None and "not the stream" in found["reason"]

    await eventually(empty_one_was_read)
    for name in names:
        assert sorted(await desk.ids()) == names
        await desk.publisher.publish(practice(name))

    async def swapped() -> bool:
        assert sorted(await desk.ids()) == names
        return (await desk.get("/status"))["rebuilt_at"] is not None

    await eventually(swapped)


async def test_a_consumer_deleted_under_it_is_made_again(desk: Desk) -> None:
    await desk.reaches(await desk.publisher.publish(practice("one")))
    js = desk.publisher.js
    for consumer in await js.consumers_info(CATALOGUE):
        await js.delete_consumer(CATALOGUE, consumer.name)
    await desk.reaches(await desk.publisher.publish(practice("two")))
    assert set(await desk.ids()) == {"one", "two"}


async def test_the_catalogue_may_go_away_and_come_back(nats_server: NatsServer, tmp_path: Path) -> None:
    connection = await nats.connect(nats_server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    publisher = Publisher(connection)
    await provision(publisher.js)
    async with open_desk(nats_server.url, tmp_path / "shelf", publisher) as desk:
        await desk.reaches(await publisher.publish(practice("before")))
        await nats_server.kill()
        assert await desk.ids() == ["before"]
        await nats_server.restart()

        async def published() -> int:
            try:
                return await publisher.publish(practice("after"))
            except NatsError:
                return 0

        await desk.reaches(await eventually(published, 20))
        assert set(await desk.ids()) == {"before", "after"}
    await connection.close()


async def test_it_needs_no_more_than_it_may(nats_with_users: NatsWithUsers, tmp_path: Path) -> None:
    maker, sayer = await nats_with_users.connect("provision"), await nats_with_users.connect("submissions")
    await provision(maker.jetstream())
    publisher = Publisher(sayer)
    word = SecretStr(nats_with_users.passwords["search"])
    async with open_desk(nats_with_users.url, tmp_path / "shelf", publisher, user="search", password=word) as desk:
        await publisher.send("garbage", b"garbage")
        await desk.reaches(await publisher.publish(practice("it")))
        await desk.rebuild()
        await desk.swapped()
        assert await desk.ids() == ["it"]
    await maker.close()
    await sayer.close()
