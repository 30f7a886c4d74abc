"""Looking at a service: does what it needs answer, does it keep up, and what could it not handle.

It looks at the database and at NATS, never at a process: an API tells of its worker, wherever that runs.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import NotFoundError
from pymongo import ASCENDING
from pymongo.errors import PyMongoError

from shared.bus.topology import DURABLES, EVENTS, Durable
from shared.status.letters import letters
from shared.status.shapes import Answers, DurableStatus, LettersStatus, OutboxStatus, ServiceStatus, Word
from shared.store.client import Store
from shared.store.outbox import OUTBOX

LATE_SECONDS = 60.0
NEWEST_LETTERS = 20
_ANSWER_SECONDS = 3.0
_NATS_SECONDS = 1.0

Look = Callable[[], Awaitable[ServiceStatus]]
ResultT = TypeVar("ResultT")


def look_at(service: str, *, store: Store, connection: Client, says: bool = True, filed_by: str | None = None) -> Look:
    """Return what looks at a service; ``says`` is whether it has an outbox. ``filed_by`` is the name that its dead
    letters are filed by, where that is none of its durables.
    """

    async def look() -> ServiceStatus:
        own = [durable for durable in DURABLES if durable.service == service]
        names = [durable.name for durable in own] + ([filed_by] if filed_by else [])
        ping, outbox, durables, dead = await asyncio.gather(
            _told(_answers(store)),
            _told(_outbox(store)),
            _told(_durables(connection, own)),
            _told(_dead_letters(connection, names)),
        )
        answers = Answers(mongodb=ping is not None, nats=durables is not None)
        status = ServiceStatus(
            service=service,
            at=store.clock(),
            well=True,
            words=[],
            answers=answers,
            durables=durables or [],
            outbox=outbox if says else None,
            dead_letters=dead,
        )
        words = words_of(status)
        return status.model_copy(update={"well": not words, "words": words})

    return look


async def _told(asked: Awaitable[ResultT]) -> ResultT | None:
    """Return what was asked for, or None where it does not answer in time."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await asked
    except (PyMongoError, NatsError, TimeoutError, OSError):
        return None


async def _answers(store: Store) -> bool:
    await store.ping()
    return True


async def _outbox(store: Store) -> OutboxStatus:
    rows = store.db[OUTBOX]
    waiting = {"pending": True}
    first = await rows.find_one(waiting, {"said_at": 1}, sort=[("_id", ASCENDING)])  # ids are in the order of time
    if first is None:
        return OutboxStatus(waiting=0, oldest_seconds=None)
    return OutboxStatus(
        waiting=await rows.count_documents(waiting), oldest_seconds=_age(first["said_at"], store.clock())
    )


async def _durables(connection: Client, own: list[Durable]) -> list[DurableStatus]:
    _require_connection(connection)
    return list(await asyncio.gather(*(_durable(connection, durable) for durable in own)))


async def _durable(connection: Client, durable: Durable) -> DurableStatus:
    js = connection.jetstream(timeout=_NATS_SECONDS)
    try:
        info = await js.consumer_info(EVENTS, durable.name)
    except NotFoundError:
        return DurableStatus(name=durable.name, missing=True)
    waiting, in_hand = info.num_pending or 0, info.num_ack_pending or 0
    oldest = None
    if waiting or in_hand:
        done = info.ack_floor.stream_seq if info.ack_floor else 0
        with contextlib.suppress(NotFoundError, NatsTimeoutError):  # done in the meantime, or not for us to read
            message = await js.get_msg(EVENTS, seq=done + 1, subject=durable.filter_subject, direct=True, next=True)
            oldest = _age(message.time, datetime.now(UTC)) if message.time else None  # by the server's own clock
    return DurableStatus(
        name=durable.name,
        waiting=waiting,
        in_hand=in_hand,
        redelivered=info.num_redelivered or 0,
        oldest_seconds=oldest,
    )


async def _dead_letters(connection: Client, names: list[str]) -> LettersStatus:
    _require_connection(connection)
    found = await asyncio.gather(*(letters(connection, name, most=NEWEST_LETTERS) for name in names))
    newest = sorted((letter for one in found for letter in one.newest), key=lambda letter: letter.id, reverse=True)
    return LettersStatus(count=sum(one.count for one in found), newest=newest[:NEWEST_LETTERS])


def _require_connection(connection: Client) -> None:
    if not connection.is_connected:
        raise ConnectionError("not connected to NATS")


def _age(at: datetime, now: datetime) -> float:
    return round(max(0.0, (now - at).total_seconds()), 1)


def words_of(status: ServiceStatus) -> list[Word]:
    """Name everything that is not well; what is late is told to fail where it was tried before."""
    late = [one for one in status.durables if one.oldest_seconds is not None and one.oldest_seconds > LATE_SECONDS]
    wrong = {
        Word.MONGODB_SILENT: not status.answers.mongodb,
        Word.NATS_SILENT: not status.answers.nats,
        Word.DURABLE_MISSING: any(one.missing for one in status.durables),
        Word.EVENTS_LATE: any(not one.redelivered for one in late),
        Word.EVENTS_FAILING: any(one.redelivered for one in late),
        Word.OUTBOX_LATE: status.outbox is not None and (status.outbox.oldest_seconds or 0) > LATE_SECONDS,
        Word.DEAD_LETTERS_UNKNOWN: status.answers.nats and status.dead_letters is None,
        Word.DEAD_LETTERS: status.dead_letters is not None and status.dead_letters.count > 0,
    }
    return [word for word, is_so in wrong.items() if is_so]
