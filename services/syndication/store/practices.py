"""Every practice that ever was public, as it is now: what feeds and harvesters are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.domain.published import Published
from shared.events.found_under import FoundUnder
from shared.privacy.person import Person
from shared.store.outbox import Transaction

PRACTICES: Final = "practices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Everything that a practice ever was found under, as of its event ``said``."""

    said: int
    found_under: tuple[FoundUnder, ...]


class Practices:
    """One row a practice, by its id: its latest public event. One that was taken down stays, without its content.

    ``changed_at`` is when this service heard of the change, in whole milliseconds; ``found_under`` what it is found
    under now, or was before it was taken down; ``earlier`` what else it ever was found under.
    """

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db[PRACTICES]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes([IndexModel([("changed_at", ASCENDING), ("_id", ASCENDING)], name="changed")])

    async def put(self, tx: Transaction, event: Published) -> None:
        """Keep the practice as this event tells it.

        One that is heard after a later one of its practice, as a dead letter that is replayed may be, adds to what the
        practice ever was found under and brings back nothing.
        """
        row: dict[str, Any] = {
            "state": event.state.value,
            "type": event.type,
            "time": event.time,
            "said": event.said,
            "event_id": event.event_id,
            "changed_at": tx.now,
            "data": event.envelope.data,
        }
        codes = [one.model_dump(mode="json") for one in event.found_under]
        if codes:
            row["found_under"] = codes[0]
        key = {"_id": event.practice_id}
        if event.said > 1:
            before = key | {"said": {"$lt": event.said}}
            change = {"$set": row} | _adding(codes[1:])
            if (await self._rows.update_one(before, change, session=tx.session)).matched_count:
                return
        first = row | ({"earlier": codes[1:]} if codes[1:] else {})
        done = await self._rows.update_one(key, {"$setOnInsert": first}, upsert=True, session=tx.session)
        if done.upserted_id is None and codes:
            await self._rows.update_one(key, _adding(codes), session=tx.session)

    async def forget(self, tx: Transaction, practice_id: str, person: Person) -> None:
        """Take a person out of what is kept of a practice, which is a change of it like any other."""
        row = await self._rows.find_one({"_id": practice_id}, session=tx.session)
        if row is not None and person.is_in(row):
            cleaned = person.without(row) | {"changed_at": tx.now}
            await self._rows.replace_one({"_id": practice_id}, cleaned, session=tx.session)

    async def pasts(self, practice_ids: Iterable[str]) -> dict[str, Past]:
        """Return what these practices ever were found under, of those that are known."""
        wanted = {"said": 1, "found_under": 1, "earlier": 1}
        found = self._rows.find({"_id": {"$in": list(practice_ids)}}, wanted)
        return {row["_id"]: Past(said=row["said"], found_under=_ever(row)) async for row in found}


def _adding(codes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"$addToSet": {"earlier": {"$each": codes}}} if codes else {}


def _ever(row: dict[str, Any]) -> tuple[FoundUnder, ...]:
    codes = [row["found_under"]] if "found_under" in row else []
    return tuple(map(FoundUnder.model_validate, [*codes, *row.get("earlier", ())]))
