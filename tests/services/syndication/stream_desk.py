"""The stream and the catalogue for tests: real servers, and clients that read server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from nats.aio.client import Client

from services.syndication.domain.filters import Filter
from services.syndication.hear_practices import HearPractices
from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from services.syndication.stream.compose import Streams
from services.syndication.stream.download import plain
from services.syndication.stream.follow import Asked
from services.syndication.stream.position import read_position
from shared.bus.publish import publish_row
from shared.bus.topology import CATALOGUE, EVENTS, PUBLIC
from shared.events.base import EventData
from shared.events.envelope import Received
from shared.events.practices import PracticeConfirmed, PracticePublished, PracticeRevised, PracticeWithdrawn
from shared.store.client import Store
from shared.store.outbox import _targets
from tests.services.syndication.saying import NOW, practice, said
from tests.services.syndication.streaming import streaming
from tests.waiting import eventually


@dataclass(slots=True)
class Frame:
    """One server-sent event, as the specification has it read."""

    id: str = ""
    event: str = ""
    data: str = ""

    @property
    def told(self) -> tuple[str, str]:
        """What happened to which practice."""
        event = json.loads(self.data)
        return event["type"].removeprefix("eu.practice-exchange.practice.").removesuffix(".v1"), event["subject"]


class Parser:
    """Reads a stream of events (WHATWG HTML, section 9.2.6): those with data, and the last id."""

    def __init__(self) -> None:
        self.last_id = ""
        self.comments = 0
        self.retry: int | None = None
        self._now = Frame()

    def feed(self, line: str) -> Frame | None:
        """Take a line; return the event that it ends, if it has data."""
        if not line:
            done, self._now = self._now, Frame()
            done.id = self.last_id
            return done if done.data else None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                self.comments += 1
            case "id":
                self.last_id = value
            case "event":
                self._now.event = value
            case "data":
                self._now.data += ("\n" if self._now.data else "") + value
            case "retry":
                self.retry = int(value)
        return None


@dataclass
class Reader:
    """Somebody who follows; what they were told stands in ``told``."""

    stream: Any
    parser: Parser = field(default_factory=Parser)
    frames: list[Frame] = field(default_factory=list)
    ended: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def told(self) -> list[tuple[str, str]]:
        return [frame.told for frame in self.frames if not frame.event]

    @property
    def last_id(self) -> str:
        return self.parser.last_id

    def take(self, some: bytes) -> None:
        for line in some.decode().split("\n")[:-1]:
            if frame := self.parser.feed(line):
                self.frames.append(frame)

    async def read(self) -> None:
        async with contextlib.aclosing(self.stream) as stream:
            async for some in stream:
                self.take(some)
        self.ended = True

    async def follows(self, *told: tuple[str, str]) -> None:
        await eventually(lambda: self.told == list(told) or self._not_yet(list(told)))

    def _not_yet(self, told: list[tuple[str, str]]) -> bool:
        raise AssertionError(f"{self.told} and not {told}")

    async def leave(self) -> None:
        assert self.task
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@dataclass
class Desk:
    """The streams under test, and who says what they tell."""

    streams: Streams
    connection: Client
    store: Store
    records: Records
    counts: dict[str, int] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    clients: list[Reader] = field(default_factory=list)

    def received(self, data: EventData, practice_id: str) -> Received[Any]:
        self.counts[practice_id] = self.counts.get(practice_id, 0) + 1
        return said(data, practice_id, self.counts[practice_id])

    async def say(self, data: EventData, practice_id: str, *, heard: bool = True) -> Received[Any]:
        """Publish an event as the relay does, ``heard`` by the service's own durable before."""
        event = self.received(data, practice_id)
        if heard:
            await self.store.transact(partial(HearPractices(self.records).on_published, event))
        await publish_row(
            self.connection.jetstream(),
            {
                "_id": event.id,
                "aggregate": event.aggregate,
                "version": event.version,
                "targets": _targets(event.data, event.aggregate),
                "body": event.envelope.to_bytes(),
            },
        )
        return event

    async def publish(self, practice_id: str, *, heard: bool = True, **content: Any) -> None:
        """Publish a practice, or a new version of it."""
        made = practice(practice_id, **content)
        before = self.codes.get(practice_id)
        self.codes[practice_id] = made.found_under()
        event = PracticeRevised(practice=made, before=before) if before else PracticePublished(practice=made)
        await self.say(event, practice_id, heard=heard)

    async def confirm(self, practice_id: str, *, heard: bool = True, **content: Any) -> None:
        await self.say(PracticeConfirmed(practice=practice(practice_id, **content)), practice_id, heard=heard)

    async def withdraw(self, practice_id: str) -> None:
        before = self.codes.pop(practice_id)
        gone = PracticeWithdrawn(
            practice_id=practice_id, version=1, title={}, reason_code="rights", withdrawn_at=NOW, before=before
        )
        await self.say(gone, practice_id)

    def asked(self, last_id: str = "", *, start: bool = False, address: str = "here", **wanted: Any) -> Asked:
        filter_ = Filter(**{name: frozenset(codes) for name, codes in wanted.items()})
        return Asked(wanted=filter_, position=read_position(last_id), from_start=start, address=address)

    def follow(self, last_id: str = "", **more: Any) -> Reader:
        client = Reader(self.streams.following.follow(self.asked(last_id, **more)))
        client.task = asyncio.create_task(client.read())
        self.clients.append(client)
        return client

    async def following(self, last_id: str = "", **more: Any) -> Reader:
        """Follow, and return when the client hears what is said from now on."""
        client = self.follow(last_id, **more)
        await eventually(lambda: client.last_id)
        return client

    async def download(self, after: str = "", **wanted: Any) -> tuple[list[tuple[str, str]], str]:
        """Return what a download tells, and its cursor."""
        body = b""
        async for some in plain(self.streams.downloads.lines(self.asked(after, start=True, **wanted))):
            body += some
        *lines, last = body.decode().splitlines()
        end = json.loads(last)
        assert end["events"] == len(lines)
        return [Frame(data=line).told for line in lines], end["cursor"]

    async def settled(self) -> None:
        """Wait until the tails have all that was said."""
        js = self.connection.jetstream()
        events, catalogue = self.streams.following._tails.values()

        async def same() -> bool:
            # Nothing but public events is said here.
            ends = [(await js.stream_info(name)).state.last_seq for name in (EVENTS, PUBLIC, CATALOGUE)]
            return ends == [events.last, events.last, catalogue.last]

        await eventually(same)


@asynccontextmanager
async def open_desk(
    mongodb_url: str, database: str, nats_url: str, *, heartbeat_seconds: float = 15.0, **settings: Any
) -> AsyncIterator[Desk]:
    store = await Store.connect(mongodb_url, database, service="syndication")
    records = Records.of(store.db)
    await records.make_indexes()
    chosen = SyndicationSettings(**settings)
    async with streaming(chosen, records, nats_url, heartbeat_seconds=heartbeat_seconds) as (streams, connection):
        desk = Desk(streams=streams, connection=connection, store=store, records=records)
        yield desk
    for client in desk.clients:
        await client.leave()
    await store.close()


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://syndication.test")
