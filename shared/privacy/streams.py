"""Taking a person out of the streams, once every service has heard and done what was said.

Messages that name the person are deleted from ``EVENTS``, ``PUBLIC`` and the dead letters, and overwritten on the disk.
Of ``CATALOGUE``, whose messages are all there is of a practice for who starts from it, the snapshot is published anew
without the person; the one before goes with that, and whoever follows the catalogue has the new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError

from shared.bus.reading import Message, StoredStream
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS, PUBLIC
from shared.errors import Unavailable
from shared.ids import new_id
from shared.privacy.person import Person

STREAMS: Final = (EVENTS, PUBLIC, CATALOGUE, DEAD_LETTERS)
MESSAGE_ID: Final = "Nats-Msg-Id"
LAST: Final = "Nats-Expected-Last-Subject-Sequence"
_NOT_LAST: Final = 10071  # JSStreamWrongLastSequenceErrF in nats-server's errors.json
_SEQUENCE_NOT_FOUND: Final = 10043  # JSSequenceNotFoundErrF in nats-server's errors.json


async def messages_with(connection: Client, name: str, person: Person) -> AsyncIterator[Message]:
    """Yield the messages of a stream that name the person, in their bodies or headers."""
    stream = StoredStream(connection, name)
    last, sequence = (await stream.head()).last, 0
    while sequence < last and (messages := await stream.after(sequence)):
        for message in messages:
            if _names(message, person):
                yield message
        sequence = messages[-1].sequence


def _names(message: Message, person: Person) -> bool:
    if any(person.is_in(value) for value in message.headers.values()):
        return True
    return person.may_be_in(message.body) and person.without(message.body) != message.body


async def heard_by_all(connection: Client, *, seconds: float) -> None:
    """Wait until every durable of ours is done with all that is in ``EVENTS`` now.

    Raises Unavailable when one is not in time: what it has not heard must not be deleted before.
    """
    js = connection.jetstream(timeout=5)
    last = (await js.stream_info(EVENTS)).state.last_seq
    behind: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            while behind := [  # noqa: ASYNC110 - a durable tells nobody how far it is
                one.name for one in DURABLES if not await _is_past(connection, one.name, last)
            ]:
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise Unavailable(
            f"{', '.join(behind)} not done with their events after {seconds:.0f} s: is the service running? Look at"
            " 'python -m shared.bus status' and say it again; nothing is lost by that"
        ) from None


async def _is_past(connection: Client, durable: str, sequence: int) -> bool:
    info = await connection.jetstream(timeout=5).consumer_info(EVENTS, durable)
    if not info.num_pending and not info.num_ack_pending:
        return True
    return bool(info.ack_floor and info.ack_floor.stream_seq >= sequence)


async def erase_from_streams(connection: Client, person: Person) -> dict[str, int]:
    """Take the person out of every stream; returns how many messages of which were deleted or published anew.

    Raises Unavailable when a stream was made by an earlier release that lets nothing be deleted from it.
    """
    counts: dict[str, int] = {}
    for name in STREAMS:
        found = [message async for message in messages_with(connection, name, person)]
        for message in found:
            await _erase(connection, name, message, person)
        if found:
            counts[name] = len(found)
    return counts


async def _erase(connection: Client, stream: str, message: Message, person: Person) -> None:
    js = connection.jetstream(timeout=5)
    if stream == CATALOGUE:
        headers = {key: person.without(value) for key, value in message.headers.items()}
        headers |= {MESSAGE_ID: f"erased:{new_id()}", LAST: str(message.sequence)}
        try:
            await js.publish(message.subject, person.without(message.body), stream=CATALOGUE, headers=headers)
        except APIError as error:
            if error.err_code != _NOT_LAST:
                raise
            return  # the practice was told anew meanwhile; whether that names the person is looked at in the end
    try:
        await js.delete_msg(stream, message.sequence)
    except NotFoundError:
        pass  # gone with the one that took its place
    except APIError as error:
        # Gone as well, as releases of nats-server say it.
        if error.err_code == _SEQUENCE_NOT_FOUND or "no message found" in str(error.description):
            return
        raise Unavailable(
            f"{stream} lets nothing be deleted ({error.description}): it was made by an earlier release. Back up and"
            " restore into empty servers (docs/backup.md), which makes it anew, then erase again"
        ) from error
