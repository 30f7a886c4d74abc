"""Reading from JetStream what the record does not have: the events in their order, dead letters, places of durables.

``CATALOGUE`` and ``PUBLIC`` are not read: one is made again from the outboxes, the other fills itself from ``EVENTS``.
The order matters. Durables and streams are read before the record, so that nothing is in the streams that the record
does not know of; what is said in between is published again from the outboxes. Dead letters are read a second time
after the record: of an event that the record has as given up, the letter is there. One that was replayed in between is
there too, and has no effect a second time.
"""

from __future__ import annotations

from bson import encode
from bson.raw_bson import RawBSONDocument
from nats.aio.client import Client
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from shared.backup.documents import write
from shared.backup.folder import Durable, Stream, Writing
from shared.backup.progress import Progress
from shared.bus.reading import Message, StoredStream
from shared.bus.topology import EVENTS, PUBLIC

MESSAGE_ID = "Nats-Msg-Id"


async def save_durables(connection: Client) -> tuple[Durable, ...]:
    """Return how far each durable is, those of partners too. Raises NotFoundError when a stream is missing."""
    found = []
    for stream in (EVENTS, PUBLIC):
        js = connection.jetstream(timeout=5)
        offset = 0
        while infos := await js.consumers_info(stream, offset):
            offset += len(infos)
            found += [await _durable(StoredStream(connection, stream), info) for info in infos if info.config]
    return tuple(sorted((one for one in found if one), key=lambda one: (one.stream, one.name)))


async def _durable(stream: StoredStream, info: ConsumerInfo) -> Durable | None:
    config = info.config
    if config is None or not config.durable_name:
        return None
    floor = info.ack_floor.stream_seq if info.ack_floor else 0
    return Durable(stream=stream.name, config=config.as_dict(), after=await _id_at(stream, floor))


async def _id_at(stream: StoredStream, sequence: int) -> str | None:
    if not sequence:
        return None
    try:
        message = await stream.js.get_msg(stream.name, sequence)
    except NotFoundError:
        return None  # it was too old to be kept, or gone with another message of its subject
    return (message.headers or {}).get(MESSAGE_ID)


async def save_stream(
    connection: Client, name: str, to: Writing, progress: Progress, *, after: int = 0, piece: int = 1
) -> Stream:
    """Write the messages that come after a sequence, up to the last there is now. Raises NotFoundError without it."""
    stream = StoredStream(connection, name)
    last = (await stream.head()).last
    path = f"streams/{name}-{piece}.bson.gz"
    first = count = 0
    sequence = after
    with to.file(path) as file:
        while sequence < last and (messages := await stream.after(sequence)):
            for message in messages:
                write(file, _document(message))
            first = first or messages[0].sequence
            sequence = messages[-1].sequence
            count += len(messages)
            progress.at(name, count)
    told = to.told(path)
    progress.done(f"{name}: {count:,} messages, {told.bytes:,} bytes packed")
    return Stream(name=name, messages=count, first=first, last=max(sequence, last), data=told)


def _document(message: Message) -> RawBSONDocument:
    row = {
        "_id": message.sequence,
        "stored": message.stored,
        "subject": message.subject,
        "headers": message.headers,
        "body": message.body,
    }
    return RawBSONDocument(encode(row))
