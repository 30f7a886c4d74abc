"""The inbox: how far a consumer is with each aggregate, so that every event takes effect once and in order.

One row per durable and aggregate: ``position`` is the version of the last event done with, ``skipped`` the versions
before it that had no effect because they went to the dead letters; a replay of one of those is let through.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.store.outbox import Transaction

INBOX = "inbox"

Database = AsyncDatabase[dict[str, Any]]
Rows = AsyncCollection[dict[str, Any]]


class Turn(Enum):
    """What to do with an event, by its aggregate version."""

    NEXT = "next"
    REPLAY = "replay"
    DONE = "done"
    EARLY = "early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Events of one aggregate without a gap, from the version ``first`` to ``last``."""

    durable: str
    aggregate: str
    first: int
    last: int


class NotNext(Exception):
    """One of the events is not simply the next of its aggregate. The transaction is lost; look at each by itself."""


def _turn(row: dict[str, Any] | None, version: int) -> Turn:
    position = row["position"] if row else 0
    if version == position + 1:
        return Turn.NEXT
    if version > position:
        return Turn.EARLY
    if row and version in row.get("skipped", ()):
        return Turn.REPLAY
    return Turn.DONE


async def all_done(db: Database, *, durable: str, places: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Return those of these events, by aggregate and version, that would have no effect."""
    wanted = list(places)
    keys = {f"{durable}/{aggregate}" for aggregate, _ in wanted}
    rows = {row["_id"]: row async for row in db[INBOX].find({"_id": {"$in": sorted(keys)}})}
    return {
        (aggregate, version)
        for aggregate, version in wanted
        if _turn(rows.get(f"{durable}/{aggregate}"), version) is Turn.DONE
    }


async def take_turn(tx: Transaction, *, durable: str, aggregate: str, version: int) -> Turn:
    """Say whether it is this event's turn and, if so, record it as done in the same transaction."""
    rows = tx.db[INBOX]
    key = f"{durable}/{aggregate}"
    if version > 1 and await _step(rows, key, version, tx.session):
        return Turn.NEXT  # as nearly always: one round trip
    row = await rows.find_one({"_id": key}, session=tx.session)
    turn = _turn(row, version)
    if turn is Turn.NEXT:
        await rows.update_one({"_id": key}, {"$set": {"position": version}}, upsert=True, session=tx.session)
    elif turn is Turn.REPLAY:
        await rows.update_one({"_id": key}, {"$pull": {"skipped": version}}, session=tx.session)
    return turn


async def take_turns(tx: Transaction, runs: Iterable[Run]) -> None:
    """Record all these events as done in one round trip; raises NotNext when it is not the turn of every one.

    Nobody has looked before, because nearly always it is. ``runs`` names each durable and aggregate once.
    """
    await _take_turns(tx.db, runs, tx.session)


async def pass_all_by(db: Database, runs: Iterable[Run]) -> None:
    """Record events that have no effect as done, as ``take_turns`` does but without a transaction.

    When it raises NotNext those whose turn it was are recorded all the same.
    """
    await _take_turns(db, runs, None)


async def _take_turns(db: Database, runs: Iterable[Run], session: AsyncClientSession | None) -> None:
    steps = [_step_of(run) for run in runs]
    try:
        done = await db[INBOX].bulk_write(steps, ordered=False, session=session)
    except BulkWriteError as error:
        if error.has_error_label("TransientTransactionError"):
            raise
        raise NotNext from error
    if done.matched_count + done.upserted_count != len(steps):
        raise NotNext


def _step_of(run: Run) -> UpdateOne:
    row = {"_id": f"{run.durable}/{run.aggregate}"}
    to = {"$set": {"position": run.last}}
    if run.first == 1:  # a row that is there already makes it fail, as a key that is taken
        return UpdateOne({**row, "position": {"$exists": False}}, to, upsert=True)
    return UpdateOne({**row, "position": run.first - 1}, to)


async def pass_by(db: Database, *, durable: str, aggregate: str, version: int) -> bool:
    """Record an event that has no effect as done, without a transaction; False when it was not simply the next."""
    rows = db[INBOX]
    key = f"{durable}/{aggregate}"
    if version > 1:
        return await _step(rows, key, version, None)
    try:
        await rows.insert_one({"_id": key, "position": version})
    except DuplicateKeyError:
        return False
    return True


async def _step(rows: Rows, key: str, version: int, session: AsyncClientSession | None) -> bool:
    done = await rows.update_one(
        {"_id": key, "position": version - 1}, {"$set": {"position": version}}, session=session
    )
    return done.matched_count == 1


async def skip(tx: Transaction, *, durable: str, aggregate: str, version: int) -> None:
    """Let the aggregate go on without this event, and without any missing before it; each may still be replayed."""
    rows = tx.db[INBOX]
    key = f"{durable}/{aggregate}"
    row = await rows.find_one({"_id": key}, session=tx.session)
    turn = _turn(row, version)
    position = row["position"] if row else 0
    if turn in (Turn.NEXT, Turn.EARLY):
        await rows.update_one(
            {"_id": key},
            {
                "$set": {"position": version},
                "$addToSet": {"skipped": {"$each": list(range(position + 1, version + 1))}},
            },
            upsert=True,
            session=tx.session,
        )
