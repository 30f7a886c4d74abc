"""A small installation to back up: one service's database with files, its streams, a dead letter, two durables."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import nats
import pytest
import structlog
from gridfs import AsyncGridFSBucket
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from shared.backup.__main__ import main
from shared.bus.dead_letters import bury
from shared.bus.relay import Relay
from shared.bus.topology import EVENTS, PUBLIC, PUBLIC_SUBJECTS, provision
from shared.events.base import EventData
from shared.store.client import Store
from shared.telemetry.metrics import Metrics
from tests.shared.bus.house import drafted
from tests.shared.bus.test_relay import _withdrawn as withdrawn
from tests.waiting import eventually

PARTNER = "ext-acme"
DURABLE = "review-submissions"
FILE = bytes(range(256)) * 4096  # a megabyte: several pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    code: int
    out: str
    err: str


@dataclass(slots=True, kw_only=True)
class Installation:
    mongodb_url: str
    store: Store
    connection: Client
    url: str
    sign_in: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def at(cls, mongodb_url: str, database: str, nats_url: str) -> Installation:
        store = Store.at(mongodb_url, database, service="submissions")
        return cls(mongodb_url=mongodb_url, store=store, connection=await nats.connect(nats_url), url=nats_url)

    @property
    def js(self) -> JetStreamContext:
        return self.connection.jetstream()

    async def close(self) -> None:
        await self.connection.close()
        await self.store.close()

    async def fill(self) -> None:
        """Let it have something of everything that a backup is about."""
        await self.store.prepare()
        await provision(self.js)
        db = self.store.db
        await db["notes"].insert_many(
            [{"_id": f"n{number}", "version": 1, "says": "é" * number} for number in range(30)]
        )
        await db["notes"].create_index([("version", 1), ("says", -1)], name="by_version", unique=False)
        await db.create_collection("named", collation={"locale": "fr"})
        await AsyncGridFSBucket(db, bucket_name="attachments").upload_from_stream_with_id("file-1", "a.bin", FILE)
        for number in range(1, 6):
            await self.say(drafted(f"c{number}"), aggregate=f"contribution:c{number}", version=1)
        for number in range(1, 5):
            await self.say(withdrawn(number), aggregate="practice:p1", version=number)
        await self.publish()
        await self.bury("the first")
        partner = ConsumerConfig(
            durable_name=PARTNER,
            name=PARTNER,
            filter_subjects=[PUBLIC_SUBJECTS],
            ack_policy=AckPolicy.EXPLICIT,
            metadata={"organisation": "Acme"},
        )
        await self.js.add_consumer(PUBLIC, partner)
        await self.take(PUBLIC, PARTNER, 2)
        await self.take(EVENTS, DURABLE, 4)

    async def say(self, data: EventData, *, aggregate: str, version: int) -> str:
        return await self.store.transact(lambda tx: _said(tx.say(data, aggregate=aggregate, version=version)))

    async def publish(self) -> None:
        """Publish what the outbox holds."""
        relay = Relay(self.store, self.js, metrics=Metrics("test"), log=structlog.get_logger())
        while (await relay.publish_pending())[1]:
            pass

    async def bury(self, reason: str, *, sequence: int = 1) -> None:
        await bury(
            self.js,
            durable=DURABLE,
            reason=reason,
            subject="submissions.drafted",
            stream=EVENTS,
            sequence=sequence,
            attempts=3,
            body=b'{"id": "x"}',
            headers={"aggregate": "contribution:c1", "aggregateversion": "1"},
        )

    async def take(self, stream: str, durable: str, many: int) -> list[str]:
        """Take messages for a durable and acknowledge them; returns their ids."""
        reader = await self.js.pull_subscribe_bind(durable, stream=stream)

        async def there() -> bool:
            info = await self.js.consumer_info(stream, durable)
            return (info.num_pending or 0) >= many

        await eventually(there)
        messages = await reader.fetch(many, timeout=5)
        for message in messages:
            await message.ack_sync()
        await reader.unsubscribe()
        return [json.loads(message.data)["id"] for message in messages]

    async def run(self, *arguments: str | Path) -> Done:
        """Run the command on a thread of this process, with a loop of its own."""
        return await asyncio.to_thread(_run, [str(one) for one in arguments], self.environment)

    async def ok(self, *arguments: str | Path) -> str:
        done = await self.run(*arguments)
        assert (done.code, done.err) == (0, ""), done
        return done.out

    async def save(self, to: Path) -> str:
        return await self.ok("save", to, "--databases", self.store.db.name)

    @property
    def environment(self) -> dict[str, str]:
        return {"NATS_URL": self.url, "MONGODB_URL": self.mongodb_url, **self.sign_in}


async def _said(identifier: str) -> str:
    return identifier


def _run(arguments: list[str], environment: dict[str, str]) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code=code, out=out.getvalue(), err=err.getvalue())
