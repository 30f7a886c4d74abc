"""Learning who a person is from that person's own sign-in, and sending what waited for it."""

from datetime import timedelta

from services.notifications.domain.person import Person, SignIn
from services.notifications.store import Records
from services.notifications.tell import take_over
from shared.http.access import Principal
from shared.store.client import Store
from shared.store.outbox import Transaction

# A sign-in that says nothing new is written down at most this often.
_NOTED_EVERY = timedelta(days=1)


async def learn(store: Store, records: Records, principal: Principal) -> Person:
    """Return the person who calls, as of this call; a first sign-in releases everything that was held for them."""
    sign_in = SignIn(
        person_id=principal.person_id,
        name=principal.name,
        email=principal.email,
        language=principal.language,
        roles=frozenset(role.value for role in principal.roles),
    )
    known = await records.people.get(sign_in.person_id)
    if known and known.says_the_same(sign_in) and store.clock() - known.signed_in_at < _NOTED_EVERY:
        return known

    async def act(tx: Transaction) -> Person:
        before = await records.people.get(sign_in.person_id, tx.session)
        person = before.signed_in(sign_in, tx.now) if before else Person.first_seen(sign_in, tx.now)
        await records.people.save(person, tx.session)
        if person.unreachable == "":
            await records.deliveries.release(person.person_id, tx.now, tx.session)
        await take_over(records, person, now=tx.now, session=tx.session)
        return person

    return await store.transact(act)
