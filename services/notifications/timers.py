"""What happens by the clock: reminders, digests, and mails that were held.

Everything due is a row with a date, so a day on which nothing ran is made up for, once. Several replicas may run this:
each step is a transaction that finds its row still waiting, or does nothing.
"""

import asyncio
from functools import partial

from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from services.notifications.domain.digest import gather
from services.notifications.domain.kinds import Channel
from services.notifications.domain.ledger import Entry, State, delivery_key
from services.notifications.domain.schedule import still_applies, superseded
from services.notifications.hearing import Hearings
from services.notifications.store.deliveries import DIGEST, Delivery
from services.notifications.store.reminders import Reminder, ReminderState
from services.notifications.tell import Telling, role_of, take_over
from shared.store.client import Store
from shared.store.outbox import Transaction

EVERY_SECONDS = 20.0


class Timers:
    def __init__(self, store: Store, hearings: Hearings, *, log: FilteringBoundLogger) -> None:
        self._store = store
        self._hearings = hearings
        self._records = hearings.records
        self._log = log

    async def run(self) -> None:
        """Look for what is due, for ever."""
        while True:
            try:
                await self.catch_up()
            except PyMongoError as error:
                self._log.warning("what is due cannot be looked up; the next round does it", error=str(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def catch_up(self) -> None:
        """Do everything that is due by now."""
        await self.remind()
        await self.make_digests()
        await self.release_held()
        ended = await self._records.deliveries.give_up_held(self._store.clock())
        if ended:
            self._log.warning("mails were held too long and are not sent any more", count=ended)

    async def remind(self) -> int:
        """Tell the reminders that are due; returns how many were looked at."""
        seen = 0
        while due := await self._records.reminders.due(self._store.clock()):
            for reminder in due:
                await self._store.transact(partial(self._remind, reminder))
            seen += len(due)
        return seen

    async def _remind(self, reminder: Reminder, tx: Transaction) -> None:
        records, session = self._records, tx.session
        present = await records.reminders.present(reminder, session)
        if present is None or present.due_at > tx.now:
            return
        state = await self._state(present, tx)
        await records.reminders.end(present, state, session)
        if state is ReminderState.FIRED:
            telling = Telling(
                event_id=present.source,
                at=tx.now,
                kind=present.kind,
                facts=present.facts,
                reminder_id=present.reminder_id,
            )
            self._hearings.of(tx).tell(telling, (present.person_id,))

    async def _state(self, reminder: Reminder, tx: Transaction) -> ReminderState:
        if reminder.standing:
            contribution = await self._records.contributions.get(reminder.about, tx.session)
            now_standing = contribution.standing if contribution else None
            applies = still_applies(reminder.kind, reminder.standing, now_standing)
            return ReminderState.FIRED if applies else ReminderState.CANCELLED
        dates = await self._records.reminders.due_dates(reminder.about, reminder.person_id, tx.session)
        late = superseded(reminder.kind, dates, tx.now)
        return ReminderState.SUPERSEDED if late else ReminderState.FIRED

    async def make_digests(self) -> int:
        """Queue the digests that are due; returns how many. Whoever cannot be reached keeps their lines waiting.

        What its reader has turned off since takes no place in it.
        """
        made = 0
        people = await self._records.people.known(await self._records.digest_lines.due_people(self._store.clock()))
        for person in people.values():
            if not person.unreachable:
                made += await self._store.transact(partial(self._make_digest, person.person_id))
        return made

    async def _make_digest(self, person_id: str, tx: Transaction) -> int:
        lines = await self._records.digest_lines.due(person_id, tx.now, tx.session)
        person = await self._records.people.get(person_id, tx.session)
        if person is None or not lines:
            return 0
        await self._records.digest_lines.gathered(lines, tx.session)
        digest = gather([line for line in lines if person.wants_mail(line.kind)])
        if digest is None:
            return 0
        delivery = Delivery(
            key=delivery_key(digest.event_id, person_id, Channel.MAIL, DIGEST),
            person_id=person_id,
            entry=Entry(state=State.QUEUED, queued_at=tx.now, not_before=tx.now),
            digest=digest,
        )
        await self._records.deliveries.add([delivery], tx.session)
        return 1

    async def release_held(self) -> None:
        """Queue what is held though it need not be: an event and a first sign-in may pass each other unseen."""
        holders = await self._records.deliveries.holders()
        roles = {holder: role for holder in holders if (role := role_of(holder))}
        people = await self._records.people.known(holder for holder in holders if holder not in roles)
        for person in people.values():
            if not person.unreachable:
                await self._records.deliveries.release(person.person_id, self._store.clock())
        for role in roles.values():
            await self._hand_over(role)

    async def _hand_over(self, role: str) -> None:
        async def act(tx: Transaction) -> None:
            for person in (await self._records.people.in_role(role, tx.session)).values():
                await take_over(self._records, person, now=tx.now, session=tx.session)

        await self._store.transact(act)
