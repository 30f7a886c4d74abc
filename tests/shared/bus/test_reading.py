"""Reading a stream in pieces that leave nothing on the server, and following it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from local.nats_users import PROVISION
from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE, MADE, PUBLIC, provision, streams
from tests.servers import NatsWithUsers

NOW = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_url)
    await provision(connected.jetstream())
    yield connected
    await connected.close()


async def said(connection: Client, *names: str, bytes_: int = 10) -> None:
    js = connection.jetstream()
    for name in names:
        await js.publish(f"catalogue.{name}", f"{name}:".encode().ljust(bytes_, b"x"), headers={"aggregate": name})


async def test_a_piece_is_what_comes_after_a_place_in_order(connection: Client) -> None:
    stream = StoredStream(connection, CATALOGUE)
    assert await stream.after(0) == []
    await said(connection, "a", "b", "a", "c", "d")
    found = await stream.after(0, many=3)
    # ``a`` was said again: what it was before is no longer there.
    assert [(one.sequence, one.subject, one.behind) for one in found] == [
        (2, "catalogue.b", 3),
        (3, "catalogue.a", 2),
        (4, "catalogue.c", 1),
    ]
    assert [one.headers for one in found] == [{"aggregate": name} for name in "bac"]
    (last,) = await stream.after(4)
    assert (last.sequence, last.body, last.behind) == (5, b"d:xxxxxxxx", 0)
    assert await stream.after(5) == []
    assert (await connection.jetstream().stream_info(CATALOGUE)).state.consumer_count == 0


async def test_a_piece_is_bounded_in_bytes_and_has_one_message_at_least(connection: Client) -> None:
    stream = StoredStream(connection, CATALOGUE)
    await said(connection, *"abcdef", bytes_=1000)
    assert 1 <= len(await stream.after(0, most_bytes=2500)) <= 3
    assert [one.sequence for one in await stream.after(3, most_bytes=1)] == [4]


async def test_pieces_and_a_reader_find_the_same(connection: Client) -> None:
    stream = StoredStream(connection, CATALOGUE)
    await said(connection, *"abcde")
    async with stream.reading(1) as reader:
        read, asked = await reader.next(1.0), await stream.after(1)
    # One of them is told its time with rounding.
    assert [replace(one, stored=NOW) for one in read] == [replace(one, stored=NOW) for one in asked]
    assert len(asked) == 4


async def test_the_syndication_service_may_read_what_is_public_and_nothing_else(
    nats_with_users: NatsWithUsers,
) -> None:
    provisioning = await nats_with_users.connect(PROVISION)
    await provision(provisioning.jetstream())
    refusals: list[str] = []
    connection = await nats_with_users.connect("syndication", refusals)
    for name in (PUBLIC, CATALOGUE):
        assert await StoredStream(connection, name).after(0) == []
        async with StoredStream(connection, name).reading(0) as reader:
            assert await reader.next(0.1) == []
    assert refusals == []
    await connection.close()
    await provisioning.close()


async def test_a_stream_that_is_not_there_is_an_error(connection: Client) -> None:
    with pytest.raises((NatsError, TimeoutError)):
        await StoredStream(connection, "NOWHERE").after(0)


async def test_a_stream_keeps_the_time_it_was_made_however_often_it_is_provisioned(nats_url: str) -> None:
    connection = await nats.connect(nats_url)
    await provision(connection.jetstream())
    stream = StoredStream(connection, CATALOGUE)
    first = (await stream.head()).made
    await provision(connection.jetstream())
    assert (await stream.head()).made == first
    # What a server says of when it made its copy counts for nothing.
    (catalogue,) = (config for config in streams() if config.name == CATALOGUE)
    noted = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
    await connection.jetstream().update_stream(replace(catalogue, metadata={MADE: noted.isoformat()}))
    await provision(connection.jetstream())
    assert (await stream.head()).made == noted
    await connection.close()
