"""PyMongo's async client, made to wait for a reply in the task that asked for it.

PyMongo 4.20 begins two tasks for every reply, one that reads and one that looks every half second whether the
connection was given up, waits for the first to end and then for the other to be cancelled. That is an eighth of the
processor time of a transaction. Here the reply is awaited in place, a timer looks as often, and all else is the same:
the time the socket or the operation has, what is raised, and that whoever is cancelled loses the connection.

Other versions of PyMongo are left as they are.
"""

import asyncio
import time
from typing import Any, Final

import pymongo
from pymongo import _csot
from pymongo.asynchronous import pool
from pymongo.common import MAX_MESSAGE_SIZE
from pymongo.errors import ProtocolError, _OperationCancelled
from pymongo.message import _UNPACK_REPLY, _OpMsg

KNOWN: Final = (4, 20)  # the version that this was written beside
_LOOK_SECONDS: Final = 0.5


async def _receive_in_place(conn: Any, request_id: int | None, max_message_size: int = MAX_MESSAGE_SIZE) -> _OpMsg:
    loop = asyncio.get_running_loop()
    given_up = conn.cancel_context
    timer: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal timer
        if given_up.cancelled:
            limit.reschedule(loop.time())
        else:
            timer = loop.call_later(_LOOK_SECONDS, look)

    timer = loop.call_later(_LOOK_SECONDS, look)
    try:
        async with asyncio.timeout(_seconds(conn)) as limit:
            data, code = await conn.conn.get_conn.read(request_id, max_message_size)
    except TimeoutError as error:
        if not limit.expired():
            raise
        if given_up.cancelled:
            raise _OperationCancelled("operation cancelled") from error
        raise TimeoutError("timed out") from error
    finally:
        timer.cancel()
    if code not in _UNPACK_REPLY:
        raise ProtocolError(f"Got opcode {code!r} but expected {_UNPACK_REPLY.keys()!r}")
    return _UNPACK_REPLY[code](data)


def _seconds(conn: Any) -> float | None:
    """Return how long the reply may take; None for any time."""
    if _csot.get_timeout():
        return max(_csot.get_deadline() - time.monotonic(), 0)
    return conn.conn.gettimeout or None


def read_in_place() -> None:
    """Let PyMongo wait for replies in place; once for the whole process, safe to repeat."""
    if pymongo.version_tuple[:2] == KNOWN:
        pool.async_receive_message = _receive_in_place  # type: ignore[attr-defined]
