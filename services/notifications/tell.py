"""Telling people something: the rows that make it so, written in the transaction of what it comes from.

Nothing is sent here. Preferences decide at this moment between the queue, the digest and silence; whoever has not
signed in yet gets the defaults, and their mail is held.
"""

from dataclasses import dataclass, field
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
    """One thing to tell: ``event_id`` makes it this thing and no other, ``reminder_id`` lets it be taken back.

    With ``daily`` its mail waits for the digest, also where the person has its kind at once.
    """

    event_id: str
    at: datetime
    kind: Kind
    facts: Facts
    reminder_id: str | None = None
    daily: bool = False


@dataclass(slots=True, kw_only=True)
class Rows:
    """What telling some things at ``now`` comes to: mails, lines for the next digests, inbox entries."""

    now: datetime
    mails: list[Delivery] = field(default_factory=list)
    lines: list[Waiting] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def tell(self, telling: Telling, person_id: str, person: Person | None) -> None:
        """Add what it takes to tell one person, by the channels they want; ``person`` is None before they sign in."""
        preferences = person.preferences if person else _DEFAULTS
        frequency = preferences.frequency(telling.kind, Channel.MAIL)
        match Frequency.DAILY if telling.daily and frequency is Frequency.AT_ONCE else frequency:
            case Frequency.AT_ONCE:
                reason = person.unreachable if person else _UNKNOWN
                state = State.HELD if reason else State.QUEUED
                self.mails.append(_mail(telling, person_id, state, self.now, reason=reason))
            case Frequency.DAILY:
                self.lines.append(_line(telling, person_id, person, self.now))
        if preferences.frequency(telling.kind, Channel.INBOX) is Frequency.AT_ONCE:
            self.notices.append(_notice(telling, person_id))

    def hold(self, telling: Telling, role: str) -> None:
        """Add a mail that waits for the first to sign in with this role."""
        self.mails.append(_mail(telling, role_holder(role), State.HELD, self.now, reason=_UNKNOWN))

    async def write(self, records: Records, session: Session) -> frozenset[str]:
        """Enter everything that is not there already; returns the keys of the mails that were not."""
        entered = await records.deliveries.add(self.mails, session)
        await records.digest_lines.add(self.lines, session)
        await records.notices.add(self.notices, session)
        return entered


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
        rows = Rows(now=now)
        for one in held:
            if one.kind is None or one.facts is None:
                continue
            event_id = one.key.partition(f":{holder}:")[0]
            telling = Telling(event_id=event_id, at=one.entry.queued_at, kind=one.kind, facts=one.facts)
            rows.tell(telling, person.person_id, person)
        if held:
            await rows.write(records, session)
            keys = [one.key for one in held]
            await records.deliveries.cancel("handed over", now, keys=keys, session=session)


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
