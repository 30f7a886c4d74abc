"""Who has read or harvested a practice gets it anew once a person was taken out of it."""

from __future__ import annotations

from services.syndication.forget import change_practices
from services.syndication.oai.datestamps import written
from shared.privacy.erase import erase_from
from shared.privacy.person import NAME_REMOVED, Person
from tests.services.syndication.outlets import Outlets

AINO = Person("77a1b4de-0d7e-5f0b-8d57-6c1f1f0c9b02", "somebody-1", names=("Aino Virtanen",))


async def test_feeds_and_harvesters_are_told_that_a_person_was_erased(out: Outlets) -> None:
    await out.publish("p1", authors=[{"name": "Aino Virtanen"}])
    await out.publish("p2", authors=[{"name": "Ben Virtanen"}])
    out.clock.on(minutes=5)
    feed, harvested = await out.client.get("/feed.atom"), written(out.clock.now)
    assert "Aino Virtanen" in feed.text
    await change_practices(out.store, AINO)
    await erase_from(out.store.db, AINO)
    again = await out.client.get("/feed.atom", headers={"If-None-Match": feed.headers["ETag"]})
    assert again.status_code == 200
    assert "Aino Virtanen" not in again.text
    out.clock.on(minutes=5)
    query = {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": harvested}
    records = (await out.client.get("/oai", params=query)).text
    assert (records.count("<record>"), NAME_REMOVED in records) == (1, True)
