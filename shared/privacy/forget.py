"""Erasing a person everywhere: said by one event, done by every service, then in the streams, then looked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from nats.aio.client import Client

from shared.bus.say import say_at_once
from shared.clock import utc_now
from shared.errors import Unavailable
from shared.events.persons import PersonErased
from shared.privacy.erase import ERASURES, erase_from
from shared.privacy.find import Documents, Found, find
from shared.privacy.person import Person
from shared.privacy.streams import erase_from_streams, heard_by_all

LISTENING: Final = ("submissions", "review", "notifications", "syndication")  # the others are on no durable
_SOURCE: Final = "/privacy"

Told = Callable[[str], None]


async def say(connection: Client, person: Person) -> None:
    """Publish that the person is to be forgotten, and wait until that is stored."""
    data = PersonErased(
        person_id=person.person_id, pseudonym=person.pseudonym, names=person.names, emails=person.emails
    )
    await say_at_once(
        connection.jetstream(timeout=5),
        data,
        source=_SOURCE,
        subject=person.pseudonym,
        aggregate=f"person:{person.pseudonym}",
        time=utc_now(),
    )


async def forget(
    client: Documents, connection: Client, databases: Sequence[str], person: Person, *, seconds: float, told: Told
) -> Found:
    """Erase the person, and return what still names them: nothing, when all went well.

    Raises Unavailable when a service does not do its part in time. Saying it again is harmless and goes on.
    """
    await heard_by_all(connection, seconds=seconds)  # or an event of before would bring the person back
    await say(connection, person)
    listening = [name for name in databases if name.rpartition("_")[2] in LISTENING]
    await _done_by(client, listening, person, seconds=seconds, told=told)
    for name in databases:
        if name not in listening:
            counts = await erase_from(client[name], person)
            told(f"{name}: {sum(counts.values()):,} documents erased or changed")
    await heard_by_all(connection, seconds=seconds)
    for stream, count in (await erase_from_streams(connection, person)).items():
        told(f"stream {stream}: {count:,} messages erased")
    return await find(client, connection, databases, person)


async def _done_by(client: Documents, databases: Sequence[str], person: Person, *, seconds: float, told: Told) -> None:
    waiting = list(databases)
    try:
        async with asyncio.timeout(seconds):
            while waiting:
                for name in list(waiting):
                    row = await client[name][ERASURES].find_one({"_id": person.pseudonym, "done_at": {"$exists": True}})
                    if row:
                        waiting.remove(name)
                        told(f"{name}: {row['documents']:,} documents erased or changed")
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Unavailable(
            f"{', '.join(waiting)} not erased after {seconds:.0f} s: is the worker of the service running? It goes on"
            " by itself; say it again then, for the streams"
        ) from None
