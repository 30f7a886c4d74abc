"""An installation that was restored is the one that was backed up; the checker notices whatever is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from gridfs import AsyncGridFSBucket
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError
from pymongo import AsyncMongoClient, MongoClient, WriteConcern

from local.nats_users import OPERATOR
from shared.backup.documents import raw_client
from shared.backup.folder import MANIFEST
from shared.backup.progress import Progress
from shared.backup.save import save
from shared.bus.dead_letters import dead_letter, dead_letters, replay
from shared.bus.refill import PUBLISHED_INTO, Refill
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, EVENTS, PUBLIC, provision
from tests.servers import NatsWithUsers
from tests.shared.backup.installation import DURABLE, FILE, PARTNER, Installation
from tests.shared.bus.house import drafted


async def _restored(source: Installation, target: Installation, folder: Path) -> None:
    await source.save(folder)
    await target.ok("restore", folder)


async def test_what_was_restored_is_what_was_backed_up(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    backup = tmp_path / "b"
    await _restored(source, target, backup)
    assert "record and streams: as in the backup" in await target.ok("compare", backup)
    assert "record and streams: as in the backup" in await source.ok("compare", backup)
    bucket = AsyncGridFSBucket(target.store.db, bucket_name="attachments")
    stream = await bucket.open_download_stream("file-1")
    assert await stream.read() == FILE
    (letter,) = await dead_letters(target.js)
    assert (letter.reason, letter.durable) == ("the first", DURABLE)
    info = await target.js.consumer_info(PUBLIC, PARTNER)
    assert info.config is not None
    assert (info.config.metadata or {})["organisation"] == "Acme"


async def test_a_relay_takes_restored_streams_for_those_that_it_publishes_into(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    before = Refill(source.store, source.js, log=structlog.get_logger())
    await before.begin()
    await before.replaced()
    assert await source.store.db[PUBLISHED_INTO].count_documents({}) == 1
    await _restored(source, target, tmp_path / "b")
    after = Refill(target.store, target.js, log=structlog.get_logger())
    await after.begin()
    assert await after.replaced() == []
    assert "record and streams: as in the backup" in await source.ok("compare", tmp_path / "b")


async def test_durables_go_on_where_they_were(source: Installation, target: Installation, tmp_path: Path) -> None:
    await _restored(source, target, tmp_path / "b")
    for stream, durable, left in ((PUBLIC, PARTNER, 2), (EVENTS, DURABLE, 1)):
        assert await target.take(stream, durable, left) == await source.take(stream, durable, left)
        info = await target.js.consumer_info(stream, durable)
        assert (info.num_pending, info.num_ack_pending, info.num_redelivered) == (0, 0, 0)


async def test_a_dead_letter_can_be_replayed_though_its_number_was_used_before(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    await replay(source.js, await dead_letter(source.js, 1))
    await source.bury("the second", sequence=2)
    await _restored(source, target, tmp_path / "b")
    (letter,) = await dead_letters(target.js)
    before = (await target.js.stream_info(EVENTS)).state.messages
    await replay(target.js, await dead_letter(target.js, letter.number))
    assert (await target.js.stream_info(EVENTS)).state.messages == before + 1
    await target.bury("another", sequence=2)  # of the new stream: not the one of that number before
    assert [one.reason for one in await dead_letters(target.js)] == ["another"]


def _without_one(messages: list[RawStreamMsg]) -> list[RawStreamMsg]:
    return messages[:3] + messages[4:]


def _backwards(messages: list[RawStreamMsg]) -> list[RawStreamMsg]:
    return messages[::-1]


async def _with_events(target: Installation, change: Callable[[list[RawStreamMsg]], list[RawStreamMsg]]) -> None:
    """Make the stream anew with other events: nothing can be taken out of it."""
    messages = [await target.js.get_msg(EVENTS, number) for number in range(1, 10)]
    await target.js.delete_stream(PUBLIC)
    await target.js.delete_stream(EVENTS)
    await provision(target.js)
    for message in change(messages):
        await target.js.publish(message.subject or "", message.data or b"", headers=message.headers)


async def test_each_planted_difference_of_the_record_is_told(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    await _restored(source, target, tmp_path / "b")
    db = target.store.db
    await db["notes"].delete_one({"_id": "n3"})
    await db["notes"].update_one({"_id": "n4"}, {"$set": {"version": 2}})
    await db["notes"].update_one({"_id": "n5"}, {"$set": {"says": "other words"}})
    await db["notes"].insert_one({"_id": "new"})
    await db["other"].insert_one({"_id": 1})
    await db["notes"].drop_index("by_version")
    await db["attachments.chunks"].update_one({"n": 2}, {"$set": {"data": b"no"}})
    await db["named"].drop()
    await db.create_collection("named", collation={"locale": "de"})
    done = await target.run("compare", tmp_path / "b", "--only", "record", "--quiet")
    name = db.name
    piece = await source.store.db["attachments.chunks"].find_one({"n": 2})
    assert piece is not None
    assert done.code == 1
    assert done.out.splitlines() == [
        f"{name}.other: is not in the backup",
        f"{name}.attachments.chunks: {piece['_id']!r} is not the same",
        f"{name}.attachments.files: 'file-1' has {len(FILE) - 255 * 1024 + 2} of its {len(FILE)} bytes",
        f"{name}.named: was made with other options",
        f"{name}.named: the index _id_ is missing or another",
        f"{name}.notes: 'n3' is missing",
        f"{name}.notes: 'n4' is not the same: version 1 in the backup, 2 here",
        f"{name}.notes: 'n5' is not the same",
        f"{name}.notes: 'new' is not in the backup",
        f"{name}.notes: the index by_version is missing or another",
        "record: 10 differences",
    ]


async def test_each_planted_difference_of_the_streams_is_told(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    await _restored(source, target, tmp_path / "b")

    async def told() -> str:
        done = await target.run("compare", tmp_path / "b", "--only", "streams", "--quiet")
        assert done.code == 1
        return done.out

    await target.js.purge_stream(CATALOGUE, subject="catalogue.p1")
    await target.js.delete_msg(DEAD_LETTERS, 1)
    await _with_events(target, _without_one)
    partner = (await source.js.consumer_info(PUBLIC, PARTNER)).config
    assert partner is not None
    await target.js.add_consumer(PUBLIC, partner)
    found = await told()
    assert "EVENTS: " in found
    assert "(submissions.drafted) is missing" in found
    assert "is in the outbox and not in the stream" in found
    assert "CATALOGUE: catalogue.p1 lacks the snapshot 4" in found
    assert "DLQ: 1 of dlq.review-submissions missing or not the same" in found
    assert "durables: review-submissions is done with 0 messages, and was with 4" in found
    assert "durables: ext-acme is done with 0 messages, and was with 2" in found
    await target.js.delete_consumer(PUBLIC, PARTNER)
    assert "consumer not found" in await told()


async def test_another_order_of_events_is_told(source: Installation, target: Installation, tmp_path: Path) -> None:
    await _restored(source, target, tmp_path / "b")
    partner = (await source.js.consumer_info(PUBLIC, PARTNER)).config
    assert partner is not None
    await _with_events(target, _backwards)
    await target.js.add_consumer(PUBLIC, partner)
    done = await target.run("compare", tmp_path / "b", "--only", "streams", "--quiet")
    assert "stands before an event that it came after" in done.out
    assert not [line for line in done.out.splitlines() if line.startswith("EVENTS: ") and "is missing" in line]


async def test_a_damaged_backup_is_refused_and_nothing_is_written(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    backup = tmp_path / "b"
    await source.save(backup)
    path = next(backup.glob("record/*/notes.bson.gz"))
    path.write_bytes(path.read_bytes()[:-9])
    for command in ("restore", "compare", "check"):
        done = await target.run(command, backup)
        assert (done.code, done.out) == (2, "")
        assert "is damaged: record/" in done.err
    assert target.store.db.name not in await target.store.client.list_database_names()
    with pytest.raises(NotFoundError):
        await target.js.stream_info(EVENTS)


async def test_an_installation_that_holds_something_is_refused(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    await source.save(tmp_path / "b")
    await provision(target.js)
    await target.js.publish("submissions.drafted", b"{}")
    await target.store.db["notes"].insert_one({"_id": "mine"})
    done = await target.run("restore", tmp_path / "b")
    assert done.code == 2
    assert f"not empty: {target.store.db.name}.notes, the stream EVENTS (1 messages)" in done.err
    assert await target.store.db["notes"].find().to_list(None) == [{"_id": "mine"}]


async def test_a_restore_that_did_not_end_is_known(source: Installation, target: Installation, tmp_path: Path) -> None:
    await source.save(tmp_path / "b")
    manifest = json.loads((tmp_path / "b" / MANIFEST).read_text())
    await target.store.client["practice_exchange_restore"]["unfinished"].insert_one(
        {"backup": manifest["id"], "at": target.store.clock()}
    )
    done = await target.run("restore", tmp_path / "b")
    assert done.code == 2
    assert "did not come to its end" in done.err


async def test_it_is_of_one_moment_over_all_databases_while_they_are_written(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    """A writer keeps two databases equal in transactions; another makes documents without end."""
    names = (source.store.db.name, f"{source.store.db.name}_other")
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(source.mongodb_url)
    for name in names:
        await client[name].create_collection("counts")
        await client[name]["counts"].insert_many([{"_id": number, "n": 0} for number in range(3000)])
    stop = asyncio.Event()

    async def write() -> int:
        done = 0
        while not stop.is_set():
            done += 1
            async with (
                client.start_session() as session,
                await session.start_transaction(write_concern=WriteConcern("majority")),
            ):
                for name in names:
                    where = {"_id": {"$in": [0, 1500, 2999]}}
                    await client[name]["counts"].update_many(where, {"$set": {"n": done}}, session=session)
            await source.say(drafted(f"w{done}"), aggregate=f"contribution:w{done}", version=1)
            await source.publish()
        return done

    writing = asyncio.create_task(write())
    try:
        await source.ok("save", tmp_path / "b", "--databases", *names)
    finally:
        stop.set()
        done = await writing
        await client.drop_database(names[1])
        await client.close()
    assert done > 3
    await target.ok("restore", tmp_path / "b")
    await target.ok("compare", tmp_path / "b")
    counted = {row["n"] for name in names async for row in target.store.client[name]["counts"].find({"n": {"$gt": 0}})}
    assert len(counted) == 1
    assert 0 < counted.pop() < done


async def test_a_collection_that_comes_meanwhile_has_it_read_anew(source: Installation, tmp_path: Path) -> None:
    class Interfering(Progress):
        def __init__(self) -> None:
            super().__init__(quiet=True)
            self.said: list[str] = []
            self.made = False

        def done(self, words: str) -> None:
            self.said.append(words)
            if "notes" in words and not self.made:
                self.made = True
                with MongoClient[Any](source.mongodb_url) as client:  # there before anything else happens
                    client[source.store.db.name]["late"].insert_one({"_id": 1})

    progress = Interfering()
    async with raw_client(source.mongodb_url) as client:
        manifest = await save(
            client, source.connection, tmp_path / "b", databases=[source.store.db.name], progress=progress
        )
    assert any("read anew" in words for words in progress.said)
    assert "late" in {collection.name for collection in manifest.databases[0].collections}


async def test_words_that_are_wrong_are_told(source: Installation, tmp_path: Path) -> None:
    for arguments, words in (
        (("save", tmp_path / "b", "--databases", "nobody"), "there is no database nobody"),
        (("compare", tmp_path / "none"), "is no backup"),
        (("compare", tmp_path / "none", "--only", "search"), "go together"),
    ):
        done = await source.run(*arguments)
        assert (done.code, done.out) == (2, "")
        assert words in done.err
    assert not (tmp_path / "b").exists()


async def test_the_operator_may_do_all_of_it_on_a_server_with_users(
    source: Installation, target: Installation, nats_with_users: NatsWithUsers, tmp_path: Path
) -> None:
    await source.save(tmp_path / "b")
    target.url = nats_with_users.url
    target.sign_in = {"NATS_USER": OPERATOR, "NATS_PASSWORD": nats_with_users.passwords[OPERATOR]}
    await target.ok("restore", tmp_path / "b")
    await target.ok("compare", tmp_path / "b")
    await target.save(tmp_path / "again")
    await target.ok("compare", tmp_path / "again")
