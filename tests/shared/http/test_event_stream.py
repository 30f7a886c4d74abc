"""Answers that go on: how they begin, end, and let go of readers who are gone or too slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.types import Message

from shared.errors import Unavailable
from shared.http.event_stream import EventStream, comment, event
from shared.http.head import HeadAsGet
from tests.waiting import eventually

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "headers": []}


class Source:
    """Events, and whether whoever gave them was told that it is over."""

    def __init__(self, *events: bytes, endless: bool = True) -> None:
        self.events = events
        self.endless = endless
        self.closed = False

    async def __call__(self) -> AsyncGenerator[bytes, None]:
        try:
            for one in self.events:
                yield one
            if self.endless:
                await asyncio.Event().wait()
        finally:
            self.closed = True


async def still_there() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def answered(source: Source, scope: dict[str, Any] = SCOPE) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await EventStream(source())(scope, still_there, send)
    return sent


def test_an_event_and_a_comment_are_written_as_the_standard_says() -> None:
    assert event("unread", {"unread": 3}, retry_seconds=1.5) == b'retry: 1500\nevent: unread\ndata: {"unread":3}\n\n'
    assert comment("still here") == b": still here\n\n"


async def test_it_is_told_whole_and_ends() -> None:
    source = Source(b"a", b"b", endless=False)
    start, *bodies = await answered(source)
    headers = dict(start["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in headers
    assert [(one["body"], one["more_body"]) for one in bodies] == [(b"a", True), (b"b", True), (b"", False)]
    assert source.closed


async def test_head_is_answered_without_an_event_and_at_once() -> None:
    source = Source(b"a")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await HeadAsGet(EventStream(source()))({**SCOPE, "method": "HEAD"}, still_there, send)
    assert [one.get("body") for one in sent] == [None, b""]
    assert source.closed


async def test_a_refusal_before_the_first_event_is_no_answer_yet() -> None:
    async def refusing() -> AsyncGenerator[bytes, None]:
        raise Unavailable
        yield b""

    async def send(message: Message) -> None:
        raise AssertionError(message)

    with pytest.raises(Unavailable):
        await EventStream(refusing())(SCOPE, still_there, send)


async def test_a_reader_who_is_gone_is_let_go() -> None:
    source = Source(b"a")
    begun = asyncio.Event()
    messages: list[Message] = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        await begun.wait()
        return messages.pop(0)

    async def send(_: Message) -> None:
        begun.set()

    async with asyncio.timeout(5):
        await EventStream(source())(SCOPE, receive, send)
    assert source.closed


async def test_a_reader_who_does_not_read_is_dropped() -> None:
    source = Source(b"a", b"b")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if message.get("body") == b"b":
            await asyncio.Event().wait()

    async with asyncio.timeout(5):
        await EventStream(source(), send_seconds=0.01)(SCOPE, still_there, send)
    assert sent[-1]["more_body"]  # no end: the server cuts the connection
    assert source.closed


async def test_stopping_the_server_stops_it() -> None:
    source = Source(b"a")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    task = asyncio.create_task(EventStream(source())(SCOPE, still_there, send))
    await eventually(lambda: len(sent) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.closed
