"""People who have signed in: how to reach them and what they want."""

from collections.abc import Collection, Iterable
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.kinds import Channel, Frequency, Kind
from services.notifications.domain.person import Person
from services.notifications.domain.preferences import Preferences
from services.notifications.store.documents import Document, Session


class People:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["people"]

    async def make_indexes(self) -> None:
        await self._rows.create_indexes(
            [
                IndexModel([("unsubscribe_key", ASCENDING)], unique=True, name="unsubscribe_key"),
                IndexModel([("roles", ASCENDING)], name="roles"),
            ]
        )

    async def get(self, person_id: str, session: Session = None) -> Person | None:
        row = await self._rows.find_one({"_id": person_id}, session=session)
        return _person(row) if row else None

    async def by_unsubscribe_key(self, key: str, session: Session = None) -> Person | None:
        row = await self._rows.find_one({"unsubscribe_key": key}, session=session)
        return _person(row) if row else None

    async def known(self, person_ids: Iterable[str], session: Session = None) -> dict[str, Person]:
        """Return those of these people who have signed in, by id."""
        rows = await self._rows.find({"_id": {"$in": list(person_ids)}}, session=session).to_list(None)
        return {row["_id"]: _person(row) for row in rows}

    async def in_role(self, role: str, session: Session = None) -> dict[str, Person]:
        """Return the people whose last sign-in had that role, by id."""
        return {row["_id"]: _person(row) async for row in self._rows.find({"roles": role}, session=session)}

    async def concerned(
        self, person_ids: Collection[str], roles: Collection[str], session: Session
    ) -> dict[str, Person]:
        """Return those of these people who have signed in, and everybody whose last sign-in had one of these roles."""
        which = [{"_id": {"$in": list(person_ids)}}, {"roles": {"$in": list(roles)}}]
        wanted = [query for query, asked in zip(which, (person_ids, roles), strict=True) if asked]
        rows = await self._rows.find({"$or": wanted}, session=session).to_list(None) if wanted else []
        return {row["_id"]: _person(row) for row in rows}

    async def save(self, person: Person, session: Session = None) -> None:
        """Write the person whole; read them in the same transaction, or a change between is lost."""
        await self._rows.replace_one({"_id": person.person_id}, _row(person), upsert=True, session=session)

    async def bounced(self, person: Person) -> Person | None:
        """Count a refusal of the address the mail went to; None when the person has another one by now."""
        row = await self._rows.find_one_and_update(
            {"_id": person.person_id, "email": person.email},
            {"$inc": {"bounces": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return _person(row) if row else None

    async def arrived(self, person: Person) -> None:
        """Forget the refusals of an address that took a mail."""
        await self._rows.update_one({"_id": person.person_id, "email": person.email}, {"$set": {"bounces": 0}})


def _row(person: Person) -> Document:
    chosen: dict[str, dict[str, str]] = {}
    for (kind, channel), frequency in person.preferences.chosen.items():
        chosen.setdefault(channel.value, {})[kind.value] = frequency.value
    stopped = {
        scope: {kind.value: frequency.value for kind, frequency in kinds.items()}
        for scope, kinds in person.preferences.stopped.items()
    }
    return {
        "_id": person.person_id,
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "roles": sorted(person.roles),
        "unsubscribe_key": person.unsubscribe_key,
        "signed_in_at": person.signed_in_at,
        "chosen_language": person.chosen_language,
        "time_zone": person.time_zone,
        "bounces": person.bounces,
        "chosen": chosen,
        "stopped": stopped,
        "settings_version": person.settings_version,
        "preferences_version": person.preferences_version,
    }


def _person(row: Document) -> Person:
    return Person(
        person_id=row["_id"],
        name=row["name"],
        email=row["email"],
        language=row["language"],
        roles=frozenset(row["roles"]),
        unsubscribe_key=row["unsubscribe_key"],
        signed_in_at=row["signed_in_at"],
        chosen_language=row["chosen_language"],
        time_zone=row["time_zone"],
        bounces=row["bounces"],
        preferences=_preferences(row),
        settings_version=row["settings_version"],
        preferences_version=row["preferences_version"],
    )


def _preferences(row: dict[str, Any]) -> Preferences:
    # A kind that this version no longer knows is passed over: its mails are not sent any more either.
    known = set(Kind)
    chosen = {
        (Kind(kind), Channel(channel)): Frequency(frequency)
        for channel, kinds in row["chosen"].items()
        for kind, frequency in kinds.items()
        if kind in known
    }
    stopped = {
        scope: {Kind(kind): Frequency(frequency) for kind, frequency in kinds.items() if kind in known}
        for scope, kinds in row["stopped"].items()
    }
    return Preferences(chosen=chosen, stopped=stopped)
