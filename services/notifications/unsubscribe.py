"""Stopping mails by the link that every mail carries, without signing in (RFC 8058), and taking that back."""

from collections.abc import Callable
from enum import StrEnum

from services.notifications.domain.person import Person, read_token
from services.notifications.domain.preferences import ALL_SCOPE, Preferences
from services.notifications.store import Records
from shared.errors import NotFound
from shared.store.client import Store
from shared.store.outbox import Transaction


class Action(StrEnum):
    """What a POST does; ``stop`` is what mailbox providers send."""

    STOP = "stop"
    STOP_ALL = "stop_all"
    UNDO = "undo"
    UNDO_ALL = "undo_all"


_CHANGES: dict[Action, Callable[[Preferences, str], Preferences]] = {
    Action.STOP: lambda preferences, scope: preferences.unsubscribe(scope),
    Action.STOP_ALL: lambda preferences, _: preferences.unsubscribe(ALL_SCOPE),
    Action.UNDO: lambda preferences, scope: preferences.resubscribe(scope),
    Action.UNDO_ALL: lambda preferences, _: preferences.resubscribe(ALL_SCOPE),
}


async def look_up(records: Records, token: str) -> tuple[Person, str]:
    """Return whose link it is and what it speaks of, changing nothing; raises NotFound."""
    read = read_token(token)
    person = await records.people.by_unsubscribe_key(read[0]) if read else None
    if read is None or person is None:
        raise NotFound
    return person, read[1]


async def act_on(store: Store, records: Records, token: str, action: Action) -> tuple[Person, str]:
    """Do it and return the person as they are now, with the link's scope; raises NotFound. Repeating it is harmless."""
    found, scope = await look_up(records, token)

    async def act(tx: Transaction) -> Person:
        person = await records.people.get(found.person_id, tx.session)
        if person is None:
            raise NotFound
        changed = person.with_preferences(_CHANGES[action](person.preferences, scope))
        await records.people.save(changed, tx.session)
        return changed

    return await store.transact(act), scope
