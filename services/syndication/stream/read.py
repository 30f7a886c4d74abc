"""From messages to items: of the events as they stand, of the catalogue with what each practice was found under.

The catalogue has the latest event of each practice alone. Who filters it, and was away while a practice left their
filter and then was confirmed, has to hear that it left; so an item of it concerns whoever the practice ever concerned.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from pymongo.errors import PyMongoError

from services.syndication.domain.published import Published, published
from services.syndication.store.practices import Practices
from services.syndication.stream.item import Item, item_of
from services.syndication.stream.position import Position, Way
from shared.bus.reading import Message
from shared.errors import Permanent
from shared.events.envelope import decode, parse_envelope
from shared.events.found_under import FoundUnder
from shared.telemetry.logs import Log

# Of a stream with this mark, the items of some messages.
Read = Callable[[str, Sequence[Message]], Awaitable[list[Item]]]
Heard = Sequence[tuple[Message, Published]]


def reading_events(log: Log) -> Read:
    """Return how the public events are read."""

    async def read(made: str, messages: Sequence[Message]) -> list[Item]:
        return [
            item_of(event, message.body, Position(way=Way.EVENTS, made=made, sequence=message.sequence))
            for message, event in _heard(messages, log)
        ]

    return read


def reading_catalogue(practices: Practices, log: Log) -> Read:
    """Return how the catalogue is read. Where the past of a practice is not known (yet), it concerns everybody."""

    async def read(made: str, messages: Sequence[Message]) -> list[Item]:
        heard = _heard(messages, log)
        past = await _past(heard, practices, log)
        return [
            item_of(
                event,
                message.body,
                Position(way=Way.CATALOGUE, made=made, sequence=message.sequence),
                before=past.get(event.practice_id, ()),
            )
            for message, event in heard
        ]

    return read


async def _past(heard: Heard, practices: Practices, log: Log) -> Mapping[str, Iterable[FoundUnder] | None]:
    """Return what practices were found under before their event; None where this service has not heard all of it."""
    asked = {event.practice_id: event.said for _, event in heard if event.said > 1}
    if not asked:
        return {}
    try:
        known = await practices.pasts(asked)
    except PyMongoError as error:
        log.warning("what practices were found under cannot be read", error=str(error))
        known = {}
    return {
        one: known[one].found_under if one in known and known[one].said >= said - 1 else None
        for one, said in asked.items()
    }


def _heard(messages: Sequence[Message], log: Log) -> Heard:
    """Read messages; one that cannot be read is left out, and is a dead letter of those who keep the events."""
    found = []
    for message in messages:
        try:
            found.append((message, published(decode(parse_envelope(message.body)))))
        except Permanent as error:
            log.warning("a public event cannot be read", sequence=message.sequence, reason=str(error))
    return found
