"""What really comes out on the channels, and the programs of the public page, run as they stand there."""

import asyncio
import base64
import contextlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from standardwebhooks import Webhook

from local.free_ports import free_port
from local.nats_users import OBSERVER, OPERATOR, PROVISION
from shared.bus.partners.snippets import program
from shared.bus.publish import publish_row
from shared.bus.topology import provision
from shared.events.asyncapi import document
from shared.events.channels import CHANNELS, DURABLE, PRACTICES, SNAPSHOTS, STREAM, WEBHOOKS, Channel
from shared.events.envelope import decode, parse_envelope
from shared.events.registry import EVENTS, PUBLIC
from shared.events.schemas import sample
from shared.ids import new_id
from shared.store.outbox import _targets
from tests.servers import NatsWithUsers
from tests.services.syndication.test_stream_http import running, settings_for
from tests.waiting import eventually

PAGE = Path(__file__).parents[2] / "docs" / "events" / "public.md"
# By the heading that each stands under.
PROGRAMS = {
    section.partition("\n")[0].partition(":")[0]: re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    for section in PAGE.read_text("utf-8").split("\n### ")[1:]
}
ON_NATS = [channel for channel in CHANNELS if channel.server.protocol == "nats"]


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
    heard: dict[str, list[Msg]] = {channel.name: [] for channel in ON_NATS}

    def hearing(channel: str) -> Callable[[Msg], Awaitable[None]]:
        async def hear(message: Msg) -> None:
            heard[channel].append(message)

        return hear

    for channel in ON_NATS:
        await connection.subscribe(re.sub(r"\{\w+\}", "*", channel.address or ""), cb=hearing(channel.name))
    for event in EVENTS:
        await _say(connection, sample(event))
    await eventually(lambda: all(len(came) >= len(PUBLIC) for came in heard.values()))

    messages = document()["components"]["messages"]
    for channel in ON_NATS:
        came = heard[channel.name]
        assert [json.loads(message.data) for message in came] == [sample(event) for event in PUBLIC]
        for message, event in zip(came, PUBLIC, strict=True):
            pattern = re.sub(r"\\\{\w+\\\}", "[^.]+", re.escape(channel.address or ""))
            assert re.fullmatch(pattern, message.subject)
            described = messages[event.__name__]
            headers = described["headers"]
            assert set(channel.headers) <= set(message.headers or {})
            jsonschema.validate(message.headers, headers, cls=jsonschema.Draft7Validator)
            assert (message.headers or {})["content-type"] == described["contentType"]
            assert (message.headers or {})["Nats-Msg-Id"] == json.loads(message.data)["id"]


@contextlib.asynccontextmanager
async def _running(channel: Channel, **given: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run the program of a channel as a partner would; yields what it prints."""
    (program,) = PROGRAMS[channel.title]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, env=os.environ | given, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


def _signed_in(server: NatsWithUsers, user: str) -> dict[str, str]:
    return {"NATS_URL": server.url, "NATS_USER": user, "NATS_PASSWORD": server.passwords[user]}


async def _line(printed: asyncio.StreamReader) -> str:
    return (await asyncio.wait_for(printed.readline(), 20)).decode().strip()


async def test_the_programs_of_the_page_for_nats_hear_what_it_says(nats_with_users: NatsWithUsers) -> None:
    """As the users that the page names for trying it."""
    server = nats_with_users
    assert PROGRAMS[DURABLE.title] == [program("python", "ext-acme")], "run where partners are tried"
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
        _running(SNAPSHOTS, **_signed_in(server, OPERATOR)) as snapshots,
        _running(PRACTICES, **_signed_in(server, OBSERVER)) as happened,
    ):
        assert await _line(snapshots) == f"live {first['data']['practice']['address']}", "said before it came"
        saying = asyncio.create_task(say_again_and_again())
        assert (await _line(happened)).split() == [last["type"], last["subject"]]
        assert await _line(snapshots) == f"taken down: {last['subject']}"
        saying.cancel()
    await connection.close()
    await provisioning.close()


async def test_the_program_for_the_stream_hears_what_comes(
    mongodb_url: str, database: str, nats_url: str, connection: Client
) -> None:
    settings = settings_for(mongodb_url, database, nats_url)
    async with (
        running(settings) as client,
        _running(STREAM, EVENTS_URL=f"{client.base_url}/events?from=start") as printed,
    ):
        await _say(connection, sample(PUBLIC[0]))
        assert (await _line(printed)).split() == [PUBLIC[0].type, sample(PUBLIC[0])["subject"]]
        operation = document()["operations"]["receiveStream"]
        described = (await client.get("/openapi.json")).json()["paths"]["/events"]["get"]["parameters"]
        in_query = {one["name"] for one in described if one["in"] == "query"}
        assert set(operation["bindings"]["http"]["query"]["properties"]) == in_query


async def test_the_program_for_webhooks_takes_what_is_signed_once_and_nothing_else() -> None:
    secret = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()
    event, port = sample(PUBLIC[0]), free_port()
    body, now = json.dumps(event), datetime.now(UTC)
    signed = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event["id"], now, body),
    }
    assert set(signed) == set(WEBHOOKS.headers) - {"content-type"}
    async with (
        _running(WEBHOOKS, WEBHOOK_SECRET=secret, PORT=str(port)) as printed,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):

        async def send(**headers: str) -> int:
            with contextlib.suppress(httpx.ConnectError):
                return (await client.post("/", content=body, headers=signed | headers)).status_code
            return 0

        async def is_refused() -> bool:
            return await send(**{"webhook-signature": "v1,AAAA"}) == httpx.codes.BAD_REQUEST

        await eventually(is_refused)
        assert await send(**{"webhook-signature": "nonsense"}) == httpx.codes.BAD_REQUEST
        assert [await send(), await send()] == [httpx.codes.NO_CONTENT] * 2
        assert await _line(printed) == f"{event['type']} {event['subject']}"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(printed.readline(), 0.2)
