"""Telling people something: the rows that make it so, written in the transaction of the event it comes from.

Nothing is sent here. Preferences decide at this moment between the queue, the digest and silence; whoever has not
signed in yet gets the defaults, and their mail is held.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.notifications.domain.digest import Line
from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Channel, Frequency, Kind
from services.notifications.domain.ledger import Entry, State, delivery_key
from services.notifications.domain.person import Person
from services.notifications.domain.preferences import Preferences
from services.notifications.domain.schedule import next_digest, zone
from services.notifications.store import Records
from services.notifications.store.deliveries import Delivery
from services.notifications.store.digest_lines import Waiting
from services.notifications.store.documents import Session
from services.notifications.store.notices import Notice, notice_id

_UNKNOWN = "not-signed-in"
_ROLE = "role:"
_DEFAULTS = Preferences()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One thing to tell: ``event_id`` makes it this thing and no other, ``reminder_id`` lets it be taken back."""

    event_id: str
    at: datetime
    kind: Kind
    facts: Facts
    reminder_id: str | None = None


async def tell(
    records: Records, telling: Telling, person_ids: Iterable[str], *, now: datetime, session: Session
) -> None:
    """Tell these people, each by the channels they want."""
    wanted = tuple(dict.fromkeys(person_ids))
    if not wanted:
        return
    known = await records.people.known(wanted, session)
    await _write(records, telling, {one: known.get(one) for one in wanted}, now=now, session=session)


async def tell_role(records: Records, telling: Telling, role: str, *, now: datetime, session: Session) -> None:
    """Tell everybody whose last sign-in had the role; held for the role's first while there is nobody."""
    people = await records.people.in_role(role, session)
    if people:
        await _write(records, telling, dict(people), now=now, session=session)
        return
    held = _mail(telling, role_holder(role), State.HELD, now, reason=_UNKNOWN)
    await records.deliveries.add([held], session)


def role_holder(role: str) -> str:
    """Return the name under which things are held for a role that nobody has signed in with."""
    return f"{_ROLE}{role}"


def role_of(holder: str) -> str | None:
    """Return the role that something is held for, or None when it is held for a person."""
    return holder.removeprefix(_ROLE) if holder.startswith(_ROLE) else None


async def take_over(records: Records, person: Person, *, now: datetime, session: Session) -> None:
    """Give somebody who is the first of their roles what was held for these."""
    for role in sorted(person.roles):
        holder = role_holder(role)
        held = await records.deliveries.held_for(holder, now, session)
        for one in held:
            if one.kind is None or one.facts is None:
                continue
            event_id = one.key.partition(f":{holder}:")[0]
            telling = Telling(event_id=event_id, at=one.entry.queued_at, kind=one.kind, facts=one.facts)
            await _write(records, telling, {person.person_id: person}, now=now, session=session)
        if held:
            keys = [one.key for one in held]
            await records.deliveries.cancel("handed over", now, keys=keys, session=session)


async def _write(
    records: Records, telling: Telling, people: dict[str, Person | None], *, now: datetime, session: Session
) -> None:
    mails: list[Delivery] = []
    lines: list[Waiting] = []
    notices: list[Notice] = []
    for person_id, person in people.items():
        preferences = person.preferences if person else _DEFAULTS
        match preferences.frequency(telling.kind, Channel.MAIL):
            case Frequency.AT_ONCE:
                reason = person.unreachable if person else _UNKNOWN
                state = State.HELD if reason else State.QUEUED
                mails.append(_mail(telling, person_id, state, now, reason=reason))
            case Frequency.DAILY:
                lines.append(_line(telling, person_id, person, now))
        if preferences.frequency(telling.kind, Channel.INBOX) is Frequency.AT_ONCE:
            notices.append(_notice(telling, person_id))
    await records.deliveries.add(mails, session)
    await records.digest_lines.add(lines, session)
    await records.notices.add(notices, session)


def _mail(telling: Telling, person_id: str, state: State, now: datetime, *, reason: str) -> Delivery:
    not_before = now if state is State.QUEUED else None
    return Delivery(
        key=delivery_key(telling.event_id, person_id, Channel.MAIL, telling.kind),
        person_id=person_id,
        entry=Entry(state=state, queued_at=now, not_before=not_before, reason=reason),
        kind=telling.kind,
        facts=telling.facts,
        reminder_id=telling.reminder_id,
    )


def _line(telling: Telling, person_id: str, person: Person | None, now: datetime) -> Waiting:
    where = zone(person.time_zone) if person else UTC
    key = delivery_key(telling.event_id, person_id, Channel.MAIL, telling.kind)
    line = Line(key=key, kind=telling.kind, at=telling.at, facts=telling.facts)
    return Waiting(person_id=person_id, line=line, due_at=next_digest(now, where), reminder_id=telling.reminder_id)


def _notice(telling: Telling, person_id: str) -> Notice:
    key = delivery_key(telling.event_id, person_id, Channel.INBOX, telling.kind)
    return Notice(notice_id=notice_id(key), person_id=person_id, kind=telling.kind, at=telling.at, facts=telling.facts)
