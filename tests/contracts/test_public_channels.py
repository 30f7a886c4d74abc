"""What really comes out on the channels, and the programs of the public page, run as they stand there."""

import asyncio
import contextlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import jsonschema
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from local.nats_users import OBSERVER, OPERATOR, PROVISION
from shared.bus.partners.snippets import program
from shared.bus.relay import publish_row
from shared.bus.topology import provision
from shared.events.asyncapi import document
from shared.events.channels import CHANNELS
from shared.events.envelope import decode, parse_envelope
from shared.events.registry import EVENTS, PUBLIC
from shared.events.schemas import sample
from shared.ids import new_id
from shared.store.outbox import _targets
from tests.servers import NatsWithUsers
from tests.waiting import eventually

PAGE = Path(__file__).parents[2] / "docs" / "events" / "public.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    """A connection to an empty server with our streams."""
    connected = await nats.connect(nats_url)
    await provision(connected.jetstream())
    yield connected
    await connected.close()


async def _say(connection: Client, body: dict[str, Any]) -> None:
    """Publish an envelope as the relay does."""
    event = decode(parse_envelope(json.dumps(body).encode()))
    await publish_row(
        connection.jetstream(),
        {
            "_id": event.id,
            "aggregate": event.aggregate,
            "version": event.version,
            "targets": _targets(event.data, event.aggregate),
            "body": event.envelope.to_bytes(),
        },
    )


async def test_every_public_event_comes_on_each_channel_as_described_and_no_other_does(connection: Client) -> None:
    heard: dict[str, list[Msg]] = {channel.name: [] for channel in CHANNELS}

    def hearing(channel: str) -> Callable[[Msg], Awaitable[None]]:
        async def hear(message: Msg) -> None:
            heard[channel].append(message)

        return hear

    for channel in CHANNELS:
        await connection.subscribe(re.sub(r"\{\w+\}", "*", channel.address), cb=hearing(channel.name))
    for event in EVENTS:
        await _say(connection, sample(event))
    await eventually(lambda: all(len(came) >= len(PUBLIC) for came in heard.values()))

    messages = document()["components"]["messages"]
    for channel in CHANNELS:
        came = heard[channel.name]
        assert [json.loads(message.data) for message in came] == [sample(event) for event in PUBLIC]
        for message, event in zip(came, PUBLIC, strict=True):
            pattern = re.sub(r"\\\{\w+\\\}", "[^.]+", re.escape(channel.address))
            assert re.fullmatch(pattern, message.subject)
            described = messages[event.__name__]
            headers = described["headers"]
            assert set(channel.headers) <= set(message.headers or {})
            jsonschema.validate(message.headers, headers, cls=jsonschema.Draft7Validator)
            assert (message.headers or {})["content-type"] == described["contentType"]
            assert (message.headers or {})["Nats-Msg-Id"] == json.loads(message.data)["id"]


@contextlib.asynccontextmanager
async def _running(program: str, server: NatsWithUsers, user: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run a program of the page as a partner would; yields what it prints."""
    given = {"NATS_URL": server.url, "NATS_USER": user, "NATS_PASSWORD": server.passwords[user]}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, env=os.environ | given, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def _line(printed: asyncio.StreamReader) -> str:
    return (await asyncio.wait_for(printed.readline(), 20)).decode().strip()


async def test_the_programs_of_the_page_hear_what_it_says(nats_with_users: NatsWithUsers) -> None:
    """As the users that the page names for trying it."""
    server, (listens, begins_with_the_catalogue, keeps_a_place) = nats_with_users, PROGRAMS
    assert keeps_a_place == program("python", "ext-acme"), "run where partners are tried"
    provisioning, connection = await server.connect(PROVISION), await server.connect(OPERATOR)
    await provision(provisioning.jetstream())
    first, last = sample(PUBLIC[0]), sample(PUBLIC[-1])
    await _say(connection, first)

    async def say_again_and_again() -> None:
        """It may not listen yet, and what is said before is not for it."""
        while True:
            await _say(connection, {**last, "id": new_id()})
            await asyncio.sleep(0.2)

    async with (
        _running(begins_with_the_catalogue, server, OPERATOR) as snapshots,
        _running(listens, server, OBSERVER) as happened,
    ):
        assert await _line(snapshots) == f"live {first['data']['practice']['address']}", "said before it came"
        saying = asyncio.create_task(say_again_and_again())
        assert (await _line(happened)).split() == [last["type"], last["subject"]]
        assert await _line(snapshots) == f"taken down: {last['subject']}"
        saying.cancel()
    await connection.close()
    await provisioning.close()
