"""What the events of one transaction come to, gathered from their handlers and written at its end in one go.

Events are handled several at a time: the contributions they tell of are loaded at once, everybody they concern is
looked up at once, and so is written what people are told and will be reminded of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.notifications.domain.contribution import Contribution
from services.notifications.domain.ledger import State
from services.notifications.domain.person import Person
from services.notifications.domain.reach import publication_of
from services.notifications.store import Records
from services.notifications.store.deliveries import Delivery
from services.notifications.store.reminders import Cancellation, Reminder
from services.notifications.tell import Rows, Telling
from services.notifications.tray import Handed, Tray
from shared.events.envelope import Received
from shared.store.outbox import Transaction


class Hearing:
    """Of one transaction."""

    def __init__(self, records: Records, tray: Tray | None, tx: Transaction) -> None:
        self._records = records
        self._tray = tray
        self._tx = tx
        self._told: list[tuple[Telling, tuple[str, ...]]] = []
        self._told_roles: list[tuple[Telling, str]] = []
        self._reminders: list[Reminder] = []
        self._cancellations: list[Cancellation] = []
        self._no_news: set[str] = set()
        self._expected: set[str] = set()
        self._loaded: dict[str, Contribution] = {}
        self._changed: set[str] = set()

    def expect(self, contribution_id: str) -> None:
        """Note that a contribution will be asked for."""
        self._expected.add(contribution_id)

    async def contribution(self, contribution_id: str) -> Contribution:
        """Return what is remembered of a contribution, with what this transaction has changed of it."""
        self.expect(contribution_id)
        if new := self._expected - self._loaded.keys():
            found = await self._records.contributions.load(new, self._tx.session)
            self._loaded |= {one: found.get(one) or Contribution(contribution_id=one) for one in new}
        return self._loaded[contribution_id]

    def remember(self, contribution: Contribution) -> Contribution:
        """Remember a contribution as it is now; returns it."""
        self._loaded[contribution.contribution_id] = contribution
        self._changed.add(contribution.contribution_id)
        return contribution

    def tell(self, telling: Telling, person_ids: Iterable[str]) -> None:
        """Tell these people, each by the channels they want."""
        self._told.append((telling, tuple(dict.fromkeys(person_ids))))

    def tell_role(self, telling: Telling, role: str) -> None:
        """Tell everybody whose last sign-in had the role; held for the role's first while there is nobody."""
        self._told_roles.append((telling, role))

    def remind(self, reminders: Sequence[Reminder]) -> None:
        """Set reminders; each takes the place of one set before for the same kind, person and thing."""
        self._reminders.extend(reminders)

    def take_back(self, about: str, *, person_id: str | None = None) -> None:
        """Cancel the reminders of a contribution or a case, of everybody or of one person, wherever they are by now:
        waiting, queued, or in the next digest.
        """
        self._cancel(Cancellation(about=about, person_id=person_id))

    def take_back_told(self, about: str) -> None:
        """Cancel those reminders only that were told already and whose mails did not go yet."""
        self._cancel(Cancellation(about=about, told_only=True))

    def take_back_news(self, practice_id: str) -> None:
        """Cancel what readers were told of a practice and did not get yet: it is no longer public."""
        news = news_of(practice_id)
        self._told = [(telling, people) for telling, people in self._told if telling.reminder_id != news]
        self._no_news.add(news)

    def _cancel(self, cancellation: Cancellation) -> None:
        self._reminders = [one for one in self._reminders if not cancellation.takes(one)]
        self._cancellations.append(cancellation)

    async def write(self) -> None:
        """Write everything that was gathered."""
        session = self._tx.session
        await self._records.contributions.save([self._loaded[one] for one in sorted(self._changed)], session)
        await self._take_back()
        await self._records.reminders.plan(self._reminders, session)
        publications = {publication_of(telling.kind, telling.facts) for telling, _ in self._told}
        await self._records.reaches.watch({one for one in publications if one}, self._tx.now, session)
        ids = {one for _, people in self._told for one in people}
        roles = {role for _, role in self._told_roles}
        if not ids and not roles:
            return
        people = await self._records.people.concerned(ids, roles, session)
        rows = Rows(now=self._tx.now)
        for telling, person_ids in self._told:
            for person_id in person_ids:
                rows.tell(telling, person_id, people.get(person_id))
        for telling, role in self._told_roles:
            holders = [person for person in people.values() if role in person.roles]
            for person in holders:
                rows.tell(telling, person.person_id, person)
            if not holders:
                rows.hold(telling, role)
        await self._enter(rows, people)

    async def _enter(self, rows: Rows, people: dict[str, Person]) -> None:
        """Write the rows, with as many mails as there is room for claimed for the sender beside us."""
        queued = [mail for mail in rows.mails if mail.entry.state is State.QUEUED]
        tray = self._tray
        if tray is None or not (room := tray.room()):
            await rows.write(self._records, self._tx.session)
            return
        claimed = {mail.key: tray.claimed(mail, self._tx.now) for mail in queued[:room]}
        rows.mails = [claimed.get(mail.key, mail) for mail in rows.mails]
        entered = await rows.write(self._records, self._tx.session)
        handed = [_handed(mail, people) for key, mail in claimed.items() if key in entered]
        self._tx.once_committed(lambda: tray.lay(handed))

    async def _take_back(self) -> None:
        told = [*await self._records.reminders.cancel(self._cancellations, self._tx.session), *self._no_news]
        if told:
            session = self._tx.session
            await self._records.deliveries.cancel("no longer needed", self._tx.now, reminders=told, session=session)
            gathered = await self._records.digest_lines.cancel(told, session)
            await self._records.deliveries.take_out(gathered, session)


def news_of(practice_id: str) -> str:
    """Return the name under which what readers are told of a practice can be taken back."""
    return f"news/{practice_id}"


def _handed(mail: Delivery, people: dict[str, Person]) -> Handed:
    return Handed(delivery=mail, person=people[mail.person_id])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearings:
    """Where every handler finds the hearing of its transaction. ``tray`` leads to a sender in the same process."""

    records: Records
    tray: Tray | None = None

    def of(self, tx: Transaction) -> Hearing:
        return tx.gathered(self._begin)

    def beforehand(self, event: Received[Any], tx: Transaction) -> None:
        """Note what an event will ask for; every event that is heard here tells of a contribution."""
        self.of(tx).expect(event.data.contribution_id)

    def _begin(self, tx: Transaction) -> Hearing:
        return Hearing(self.records, self.tray, tx)
