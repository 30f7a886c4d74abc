"""The servers of one machine start, stop, crash and come back with their data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from time import monotonic

import httpx
import nats
import psutil
import pytest
from pymongo import AsyncMongoClient

from local import mongod as mongod_room
from local.binaries import MONGOD, NATS_SERVER, ProgramMissing
from local.free_ports import free_port
from local.mongod import TRANSACTION_SECONDS, Mongod, running_mongod
from local.nats import NatsServer, running_nats
from local.nats_users import OPERATOR, users
from shared.bus.topology import DURABLES, EVENTS, provision
from tests.servers import scratch
from tests.waiting import eventually


async def test_mongod_runs_transactions(mongodb_url: str, database: str) -> None:
    async with AsyncMongoClient[dict[str, object]](mongodb_url) as client:
        notes = client[database]["notes"]
        async with client.start_session() as session, await session.start_transaction():
            await notes.insert_one({"_id": 1}, session=session)
            await notes.insert_one({"_id": 2}, session=session)
        assert await notes.count_documents({}) == 2


async def test_mongod_offers_no_wire_compression(mongodb_url: str) -> None:
    async with AsyncMongoClient[dict[str, object]](mongodb_url, compressors="zlib") as client:
        hello = await client.admin.command("hello", compression=["zlib", "snappy", "zstd"])
        assert not hello.get("compression")


async def test_mongod_keeps_what_was_acknowledged_before_a_crash(mongod: Mongod) -> None:
    async with AsyncMongoClient[dict[str, object]](mongod.url) as client:
        await client["pe"]["notes"].insert_one({"_id": "kept"})
        await mongod.kill()
        await mongod.restart()
        assert await client["pe"]["notes"].find_one({"_id": "kept"})


async def test_what_a_killed_process_left_open_keeps_nobody_from_it_for_long(mongod: Mongod) -> None:
    """A transaction of a process that is gone, as ``os._exit`` within one leaves it."""
    client = AsyncMongoClient[dict[str, object]](mongod.url)
    await client.app.rows.insert_one({"_id": 1, "by": 0})
    left = client.start_session()
    await left.start_transaction()
    await client.app.rows.update_one({"_id": 1}, {"$set": {"by": 1}}, session=left)
    began = monotonic()
    await client.app.rows.update_one({"_id": 1}, {"$set": {"by": 2}})
    assert monotonic() - began < 2 * TRANSACTION_SECONDS
    await client.close()


async def test_mongod_comes_back_on_another_port() -> None:
    with scratch() as folder:
        async with running_mongod(folder) as first, AsyncMongoClient[dict[str, object]](first.url) as client:
            await client["pe"]["notes"].insert_one({"_id": "kept"})
        async with running_mongod(folder) as second, AsyncMongoClient[dict[str, object]](second.url) as client:
            assert first.port != second.port
            assert await client["pe"]["notes"].find_one({"_id": "kept"})


def test_mongod_finds_the_carried_libcurl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_room, "runs", lambda _: False)
    variables = mongod_room.environment(tmp_path)
    assert (tmp_path / "libraries" / "libcurl.so.4").resolve().is_file()
    answer = subprocess.run([MONGOD.find(), "--version"], env=variables, check=True, capture_output=True)
    assert b"db version" in answer.stdout


async def test_nats_keeps_what_was_acknowledged_before_a_crash(nats_server: NatsServer) -> None:
    connection = await nats.connect(nats_server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.05)
    jetstream = connection.jetstream()
    await jetstream.add_stream(name="NOTES", subjects=["notes.>"])
    await jetstream.publish("notes.one", b"kept")
    await nats_server.kill()
    await nats_server.restart()
    await eventually(lambda: connection.is_connected)
    assert (await jetstream.get_last_msg("NOTES", "notes.one")).data == b"kept"
    await connection.close()


async def test_what_nats_may_store_does_not_depend_on_how_full_the_disk_was_as_it_started() -> None:
    with scratch() as folder:
        async with running_nats(folder, monitor_port=free_port()) as server:
            async with httpx.AsyncClient() as client:
                told = (await client.get(f"http://127.0.0.1:{server.monitor_port}/jsz")).json()
            assert told["config"]["max_storage"] > shutil.disk_usage(folder).total


async def test_nats_comes_back_on_another_port() -> None:
    with scratch() as folder:
        async with running_nats(folder) as first:
            connection = await nats.connect(first.url)
            await connection.jetstream().add_stream(name="NOTES", subjects=["notes.>"])
            await connection.close()
        async with running_nats(folder) as second:
            connection = await nats.connect(second.url)
            assert (await connection.jetstream().stream_info("NOTES")).config.name == "NOTES"
            await connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
async def test_servers_die_with_a_killed_parent(tmp_path: Path) -> None:
    program = f"""
        import asyncio
        from pathlib import Path
        from local.nats import running_nats
        async def main():
            async with running_nats(Path({str(tmp_path)!r})) as server:
                print(server.pid, flush=True)
                await asyncio.sleep(60)
        asyncio.run(main())
    """
    parent = subprocess.Popen(  # noqa: ASYNC220 - only to start it
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        os.kill(parent.pid, signal.SIGKILL)
        await eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_a_named_program_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    true = shutil.which("true")
    assert true
    monkeypatch.setenv("NATS_SERVER", true)
    assert NATS_SERVER.find() == Path(true)
    monkeypatch.setenv("NATS_SERVER", "/nowhere/nats-server")
    with pytest.raises(ProgramMissing, match="NATS_SERVER"):
        NATS_SERVER.find()


async def test_streams_from_before_there_were_accounts_are_taken_along() -> None:
    operator = next(user for user in users() if user.name == OPERATOR)
    with scratch() as folder:
        async with running_nats(folder) as server:
            connection = await nats.connect(server.url)
            await provision(connection.jetstream())
            await connection.jetstream().publish("practices.published", b"1", stream=EVENTS)
            await connection.close()
        async with running_nats(folder, users={operator: "word"}) as server:
            inbox = f"_INBOX.{OPERATOR}".encode()
            connection = await nats.connect(server.url, user=OPERATOR, password="word", inbox_prefix=inbox)
            kept = await connection.jetstream().get_msg(EVENTS, seq=1)
            assert kept.data == b"1"
            assert {one.name for one in await connection.jetstream().consumers_info(EVENTS)} >= {
                durable.name for durable in DURABLES
            }
            await connection.close()
