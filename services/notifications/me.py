"""What people say about themselves: their settings and what they want to be told."""

from collections.abc import Mapping
from dataclasses import replace

from services.notifications.domain.kinds import ALLOWED, Channel, Frequency, Kind
from services.notifications.domain.person import Person
from services.notifications.domain.preferences import NotAllowed
from services.notifications.domain.schedule import is_zone, next_digest, zone
from services.notifications.store import Records
from services.notifications.words import LANGUAGES
from shared.errors import FieldError, Invalid
from shared.http.etag import require_version_unless_first
from shared.store.client import Store
from shared.store.outbox import Transaction


async def set_up(
    store: Store,
    records: Records,
    person: Person,
    *,
    language: str | None,
    time_zone: str | None,
    retry_address: bool,
    seen: int | None,
) -> Person:
    """Keep a person's own settings; a new time zone moves what waits for the next digest with it.

    Raises Invalid, and Stale or PreconditionRequired by the version that was seen.
    """
    _check(language, time_zone)

    async def act(tx: Transaction) -> Person:
        before = await records.people.get(person.person_id, tx.session) or person
        require_version_unless_first(seen, before.settings_version)
        after = replace(
            before,
            chosen_language=language,
            time_zone=time_zone,
            bounces=0 if retry_address else before.bounces,
            settings_version=before.settings_version + 1,
        )
        await records.people.save(after, tx.session)
        if after.time_zone != before.time_zone:
            due_at = next_digest(tx.now, zone(after.time_zone))
            await records.digest_lines.move(after.person_id, due_at, tx.session)
        if retry_address and not after.unreachable:
            await records.deliveries.release(after.person_id, tx.now, tx.session)
        return after

    return await store.transact(act)


async def choose(
    store: Store,
    records: Records,
    person: Person,
    choices: Mapping[tuple[Kind, Channel], Frequency],
    *,
    seen: int | None,
) -> Person:
    """Keep exactly these choices; raises Invalid, and Stale or PreconditionRequired by the version seen."""
    for (kind, channel), frequency in choices.items():
        if frequency not in ALLOWED[channel]:
            error = NotAllowed(channel)
            pointer = f"/kinds/{kind}/{channel}"
            raise Invalid(errors=(FieldError(pointer=pointer, code="enum", message=str(error), allowed=error.allowed),))

    async def act(tx: Transaction) -> Person:
        before = await records.people.get(person.person_id, tx.session) or person
        require_version_unless_first(seen, before.preferences_version)
        after = before.with_preferences(before.preferences.choose(choices))
        await records.people.save(after, tx.session)
        return after

    return await store.transact(act)


def _check(language: str | None, time_zone: str | None) -> None:
    wrong: list[FieldError] = []
    if language is not None and language not in LANGUAGES:
        message = f"Choose one of: {', '.join(LANGUAGES)}."
        wrong.append(FieldError(pointer="/language", code="enum", message=message, allowed=LANGUAGES))
    if time_zone is not None and not is_zone(time_zone):
        message = "Name an IANA time zone, for example Europe/Brussels."
        wrong.append(FieldError(pointer="/time_zone", code="time-zone", message=message))
    if wrong:
        raise Invalid(errors=tuple(wrong))
