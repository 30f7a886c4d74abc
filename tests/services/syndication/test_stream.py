"""The stream of public events and the catalogue: nothing missed, nothing told twice, and what of slow readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.syndication.stream import tail
from services.syndication.stream.position import PlaceLost, Position, Way, read_position
from services.syndication.stream.tail import BUFFER_ITEMS
from shared.bus.topology import CATALOGUE, PUBLIC, streams
from shared.errors import Unavailable
from shared.ids import new_id
from tests.services.syndication.stream_desk import Desk, Reader, open_desk
from tests.waiting import eventually


@pytest.fixture
async def desk(mongodb_url: str, database: str, nats_url: str) -> AsyncIterator[Desk]:
    async with open_desk(mongodb_url, database, nats_url) as desk:
        yield desk


async def test_everybody_hears_from_now_on_what_is_for_them(desk: Desk) -> None:
    await desk.publish("p0")
    await desk.settled()
    everybody = await desk.following()
    finland = await desk.following(countries=["FI"])
    gone = await desk.following(types=["practice.withdrawn"])
    await desk.publish("p1", countries=["FI"])
    await desk.publish("p2", countries=["PT"])
    await desk.publish("p1", countries=["PT"])  # leaves Finland, which is told
    await desk.publish("p1", countries=["DE"])  # which is nothing to Finland any more
    await desk.withdraw("p2")
    told = [("published", "p1"), ("published", "p2"), ("revised", "p1"), ("revised", "p1"), ("withdrawn", "p2")]
    await everybody.follows(*told)
    await finland.follows(told[0], told[2])
    await gone.follows(told[-1])
    assert [read_position(frame.id).sequence for frame in everybody.frames] == [2, 3, 4, 5, 6]  # type: ignore[union-attr]
    assert everybody.parser.retry == 3000


async def test_who_comes_again_goes_on_without_a_gap_or_a_double(desk: Desk) -> None:
    await desk.publish("p0")
    await desk.settled()
    first = await desk.following()
    begun = first.last_id
    for number in range(1, 6):
        await desk.publish(f"p{number}")
    told = [("published", f"p{number}") for number in range(1, 6)]
    await first.follows(*told)
    for number, frame in enumerate(first.frames):
        await (again := desk.follow(frame.id)).follows(*told[number + 1 :])
        await again.leave()
    await desk.follow(begun).follows(*told)


async def test_what_the_tail_no_longer_has_comes_from_the_stream(
    mongodb_url: str, database: str, nats_url: str
) -> None:
    """So it is after a restart of the service, too: the id holds, whoever answers it."""
    told = [("published", f"p{number}") for number in range(1500)]
    async with open_desk(mongodb_url, database, nats_url) as desk:
        first = await desk.following()
        begun = first.last_id
        await asyncio.gather(*(desk.publish(f"p{number}", heard=False) for number in range(1500)))
        await desk.settled()
        await eventually(lambda: first.ended or len(first.told) == 1500)
    async with open_desk(mongodb_url, database, nats_url) as desk:
        again = desk.follow(begun)
        await eventually(lambda: len(again.told) == 1500)
        assert sorted(again.told) == sorted(told)
        ids = [read_position(frame.id) for frame in again.frames]
        assert [one.sequence for one in ids if one] == list(range(1, 1501))
        finland = desk.follow(begun, countries=["PT"])
        await eventually(lambda: finland.last_id == again.last_id)
        assert finland.told == []


async def test_an_id_that_cannot_be_gone_on_from_is_refused(desk: Desk) -> None:
    await desk.publish("p1")
    await desk.settled()
    client = await desk.following()
    position = read_position(client.last_id)
    assert position
    for wrong, reason in (
        (Position(way=Way.EVENTS, made="1", sequence=1), "remade"),
        (Position(way=Way.EVENTS, made=position.made, sequence=2), "ahead"),
        (Position(way=Way.CATALOGUE, made=position.made[:-1], sequence=0), "remade"),
    ):
        with pytest.raises(PlaceLost) as refused:
            await anext(desk.streams.following.follow(desk.asked(str(wrong))))
        assert refused.value.extra["reason"] == reason


async def test_an_id_that_is_too_old_is_refused(mongodb_url: str, database: str, nats_url: str) -> None:
    async with open_desk(mongodb_url, database, nats_url) as desk:
        begun = (await desk.following()).last_id
        js = desk.connection.jetstream()
        (public,) = (stream for stream in streams() if stream.name == PUBLIC)
        public.max_msgs = 3  # forgets by number as it does by age
        await js.update_stream(public)
        for number in range(6):
            await desk.publish(f"p{number}")
        await desk.settled()
    position = read_position(begun)
    assert position
    # The next process has not heard what was forgotten.
    async with open_desk(mongodb_url, database, nats_url) as desk:
        # Provisioning made it as it should be; what it had forgotten stays forgotten.
        for sequence in (0, 1, 2):
            old = Position(way=Way.EVENTS, made=position.made, sequence=sequence)
            with pytest.raises(PlaceLost) as refused:
                await anext(desk.streams.following.follow(desk.asked(str(old))))
            assert refused.value.extra["reason"] == "expired"
        last = Position(way=Way.EVENTS, made=position.made, sequence=3)
        await desk.follow(str(last)).follows(*(("published", f"p{number}") for number in (3, 4, 5)))


async def test_what_is_taken_out_of_the_stream_is_told_no_more_and_is_in_nobodys_way(
    mongodb_url: str, database: str, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "_WAIT_SECONDS", 0.2)
    async with open_desk(mongodb_url, database, nats_url) as desk:
        begun = (await desk.following()).last_id
        for number in range(6):
            await desk.publish(f"p{number}")
        await desk.settled()
        await desk.connection.jetstream().delete_msg(PUBLIC, 2)
        left = [("published", f"p{number}") for number in (0, 2, 3, 4, 5)]
        await eventually(lambda: desk.streams.following.tail(Way.EVENTS).begun > 1)
        await (await desk.following(begun)).follows(*left)
    position = read_position(begun)
    assert position
    async with open_desk(mongodb_url, database, nats_url) as desk:
        desk.streams.following.tail(Way.EVENTS)._kept_items = 1  # so that it is read from the stream
        for sequence in (0, 1, 2):
            place = Position(way=Way.EVENTS, made=position.made, sequence=sequence)
            await desk.follow(str(place)).follows(*left[min(sequence, 1) :])


async def test_a_stream_that_was_made_anew_ends_everybodys_and_then_works(desk: Desk) -> None:
    await desk.publish("p1")
    await desk.settled()
    client = await desk.following()
    js = desk.connection.jetstream()
    await js.delete_stream(PUBLIC)
    (public,) = (stream for stream in streams() if stream.name == PUBLIC)
    await js.add_stream(public)
    await eventually(lambda: client.ended)
    with pytest.raises(PlaceLost):
        await anext(desk.streams.following.follow(desk.asked(client.last_id)))
    again = await desk.following()
    await desk.publish("p2")
    await again.follows(("published", "p2"))


async def test_the_catalogue_from_the_start_has_every_live_practice_once_and_follows(desk: Desk) -> None:
    for number in range(4):
        await desk.publish(f"p{number}")
    await desk.publish("p1", countries=["PT"])
    await desk.withdraw("p2")
    await desk.settled()
    client = await desk.following(start=True)
    there = [("published", "p0"), ("published", "p3"), ("revised", "p1")]
    await client.follows(*there)
    await eventually(lambda: client.frames[-1].event == "caught-up")
    await desk.publish("p4")
    await desk.withdraw("p0")
    await client.follows(*there, ("published", "p4"), ("withdrawn", "p0"))
    # From any place of it, what is the latest of each practice that changed since; of those taken down, that.
    again = await desk.following(client.frames[0].id)
    await again.follows(("published", "p3"), ("revised", "p1"), ("withdrawn", "p2"), *client.told[3:])
    assert again.frames[-1].event == "caught-up"


async def test_a_download_and_what_changed_since(desk: Desk) -> None:
    assert (await desk.download())[0] == []
    for number in range(3):
        await desk.publish(f"p{number}")
    await desk.withdraw("p0")
    await desk.settled()
    told, cursor = await desk.download()
    assert told == [("published", "p1"), ("published", "p2")]
    assert await desk.download(cursor) == ([], cursor)
    await desk.withdraw("p1")
    await desk.publish("p3")
    await desk.settled()
    told, later = await desk.download(cursor)
    assert told == [("withdrawn", "p1"), ("published", "p3")]
    client = await desk.following(cursor)
    await client.follows(*told)
    assert client.last_id == later


async def test_a_mirror_that_was_away_hears_that_a_practice_left_its_filter(desk: Desk) -> None:
    """Though the event that told so was replaced in the catalogue by one that does not."""
    await desk.publish("p1", countries=["FI"])
    await desk.publish("p2", countries=["PT"])
    await desk.settled()
    told, cursor = await desk.download(countries=["FI"])
    assert told == [("published", "p1")]
    await desk.publish("p1", countries=["PT"])
    await desk.confirm("p1", countries=["PT"])
    await desk.confirm("p2", countries=["PT"])
    await desk.settled()
    assert (await desk.download(cursor, countries=["FI"]))[0] == [("confirmed", "p1")]
    assert (await desk.download(countries=["FI"]))[0] == [], "who begins has nothing to take out"
    # Where this service has not heard of it yet, nobody is passed over.
    await desk.confirm("p2", countries=["PT"], heard=False)
    await desk.confirm("p2", countries=["PT"], heard=False)
    await desk.settled()
    assert ("confirmed", "p2") in (await desk.download(cursor, countries=["FI"]))[0]


async def test_who_falls_behind_reads_on_at_their_own_pace_and_misses_nothing(desk: Desk) -> None:
    slow = Reader(desk.streams.following.follow(desk.asked()))
    slow.take(await anext(slow.stream))
    quick = await desk.following()
    for _ in range(2):  # more than the buffer holds, and then more than the tail keeps
        many = 3 * BUFFER_ITEMS
        await asyncio.gather(*(desk.publish(f"{new_id()}", heard=False) for _ in range(many)))
        await desk.settled()
    await eventually(lambda: len(quick.told) == 2 * many)
    assert len(desk.streams.following.tail(Way.EVENTS)._items) < 2 * many
    while len(slow.told) < 2 * many:
        slow.take(await anext(slow.stream))
    await slow.stream.aclose()
    assert [frame.id for frame in slow.frames] == [frame.id for frame in quick.frames]


async def test_a_reader_who_takes_nothing_is_dropped_and_the_others_hear_on(desk: Desk) -> None:
    """One who takes nothing for a while holds a place, and neither memory nor anybody up."""
    stuck = desk.streams.following.follow(desk.asked())
    await anext(stuck)
    quick = await desk.following()
    await asyncio.gather(*(desk.publish(f"p{number}", heard=False) for number in range(2 * BUFFER_ITEMS)))
    await eventually(lambda: len(quick.told) == 2 * BUFFER_ITEMS)
    (listener,) = (one for one in desk.streams.following.tail(Way.EVENTS).listeners() if one.behind)
    assert listener.take(1_000_000) == []
    await stuck.aclose()


async def refused(desk: Desk, address: str) -> None:
    with pytest.raises(Unavailable) as told:
        await anext(desk.streams.following.follow(desk.asked(address=address)))
    assert told.value.headers["Retry-After"] == "10"


async def test_there_is_room_for_so_many_and_so_many_of_one_address(
    mongodb_url: str, database: str, nats_url: str
) -> None:
    async with open_desk(mongodb_url, database, nats_url, stream_clients=3, stream_clients_each=2) as desk:
        first = await desk.following(address="a")
        await desk.following(address="a")
        await refused(desk, address="a")
        await desk.following(address="b")
        await refused(desk, address="b")  # nor anybody else
        await first.leave()
        await desk.following(address="c")


async def test_a_stream_shows_life_with_an_id_and_ends_after_its_time(
    mongodb_url: str, database: str, nats_url: str
) -> None:
    async with open_desk(mongodb_url, database, nats_url, heartbeat_seconds=0.05, stream_minutes=0.02) as desk:
        finland = await desk.following(countries=["FI"])
        begun = finland.last_id
        await desk.publish("p1", countries=["PT"])
        # It is not for them, and yet their id moves on: it would grow too old otherwise.
        await eventually(lambda: finland.last_id != begun)
        await eventually(lambda: finland.ended)
        assert finland.parser.comments > 1
        assert finland.frames == []


async def test_whoever_is_let_in_is_told_something_however_short_the_time(
    mongodb_url: str, database: str, nats_url: str
) -> None:
    async with open_desk(mongodb_url, database, nats_url, stream_minutes=1e-9) as desk:
        for start in (False, True):
            client = desk.follow(start=start)
            await eventually(lambda client=client: client.ended)  # type: ignore[misc]  # bound now
            assert client.last_id


async def test_everybodys_stream_ends_with_the_service(mongodb_url: str, database: str, nats_url: str) -> None:
    async with open_desk(mongodb_url, database, nats_url) as desk:
        clients = [await desk.following(), await desk.following(start=True)]
        following = desk.streams.following
    await eventually(lambda: all(client.ended for client in clients))
    with pytest.raises(Unavailable):
        await anext(following.follow(desk.asked()))


def test_a_position_is_written_as_it_is_read() -> None:
    for text in ("e-19b3f0c2a4d-0", "c-0-1234"):
        assert str(read_position(text)) == text
    for wrong in ("", "1", "e-1", "x-1-1", "e-1-01", "e-1--1", "e-1-1 ", "e-1-1\n", "e-G-1", f"e-1-{10**30}"):
        assert read_position(wrong) is None


def test_the_catalogue_forgets_nothing_by_age() -> None:
    (catalogue,) = (stream for stream in streams() if stream.name == CATALOGUE)
    assert not catalogue.max_age
