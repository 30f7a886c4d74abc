"""What is heard is kept whole, and the practice as its latest event tells it."""

from functools import partial
from typing import Any

from services.syndication.hear_practices import HearPractices
from services.syndication.store import Records
from shared.events.envelope import Received
from shared.events.practices import PracticePublished, PracticeRevised, PracticeWithdrawn
from shared.store.client import Store
from tests.services.syndication.saying import NOW, practice, said


async def test_the_log_has_every_event_and_the_practice_is_its_latest(mongodb_url: str, database: str) -> None:
    store = await Store.connect(mongodb_url, database, service="syndication")
    records = Records.of(store.db)
    await records.make_indexes()
    hear = HearPractices(records)
    first, second = practice("p1"), practice("p1", version=2, countries=["PT"])
    gone = PracticeWithdrawn(practice_id="p1", version=2, title={}, reason_code="rights", withdrawn_at=NOW)
    events = [
        said(PracticePublished(practice=first), "p1", 1),
        said(PracticeRevised(practice=second, before=first.found_under()), "p1", 2),
        said(gone, "p1", 3),
    ]

    async def hear_all(some: list[Received[Any]]) -> None:
        for event in some:
            await store.transact(partial(hear.on_published, event))

    await hear_all(events[:2])
    row = await store.db["practices"].find_one({"_id": "p1"})
    assert row is not None
    assert (row["state"], row["said"], row["found_under"]["countries"]) == ("live", 2, ["PT"])
    await hear_all(events[2:])
    row = await store.db["practices"].find_one({"_id": "p1"})
    assert row is not None
    # An event that does not say what it was found under leaves what is known.
    assert (row["state"], row["said"], row["found_under"]["countries"]) == ("withdrawn", 3, ["PT"])
    assert "practice" not in row["data"]
    log = await store.db["events"].find().sort("said").to_list(None)
    assert [bytes(one["body"]) for one in log] == [event.envelope.to_bytes() for event in events]
    assert [len(one["found_under"]) for one in log] == [1, 2, 0]
    await store.close()


async def test_an_event_that_is_heard_late_brings_back_nothing_of_what_came_after_it(
    mongodb_url: str, database: str
) -> None:
    """A dead letter is replayed when later events of its practice were heard long ago."""
    store = await Store.connect(mongodb_url, database, service="syndication")
    records = Records.of(store.db)
    await records.make_indexes()
    hear = HearPractices(records)
    first, second = practice("p1"), practice("p1", version=2, countries=["PT"])
    revised = said(PracticeRevised(practice=second, before=first.found_under()), "p1", 2)
    gone = PracticeWithdrawn(practice_id="p1", version=2, title={}, reason_code="rights", withdrawn_at=NOW)
    for event in (said(gone, "p1", 3), revised, said(PracticePublished(practice=first), "p1", 1)):
        await store.transact(partial(hear.on_published, event))
    known = await records.shelf.one("p1")
    assert known is not None
    assert (known.state, known.practice, known.reason_code) == ("withdrawn", None, "rights")
    past = (await records.practices.pasts(["p1"]))["p1"]
    assert past.said == 3
    assert {country for codes in past.found_under for country in codes.countries} == {"FI", "PT"}
    assert await store.db["events"].count_documents({}) == 3, "each can be sent again"
    await store.close()
