"""A trail from which a person was taken is whole again; one that was tampered with before stays broken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.review.documents import step_document
from services.review.domain.trail import Head, Step, first_broken, next_step
from services.review.forget import reseal_trails
from services.review.store import Records
from shared.privacy.erase import erase_from
from shared.privacy.person import Person
from shared.store.client import Store
from tests.services.review.test_review_trail import START

ANNA = Person("77a1b4de-0d7e-5f0b-8d57-6c1f1f0c9b02", "pseudonym")


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    yield store
    await store.close()


async def _case(store: Store, case_id: str) -> Head:
    """Keep a case with a trail of three steps, of which the person is in the first and the last."""
    head = Head()
    steps: list[Step] = []
    for actor, facts in ((ANNA.person_id, {}), ("bela", {"n": 1}), ("bela", {"reviewer_id": ANNA.person_id})):
        steps.append(next_step(head, case_id=case_id, at=START, act="claimed", actor=actor, facts=facts))
        head = Head(number=steps[-1].number, seal=steps[-1].seal)
    await store.db["trail"].insert_many([step_document(step) for step in steps])
    await store.db["cases"].insert_one(
        {
            "_id": case_id,
            **{name: [] for name in ("author_ids", "authors", "author_names", "lead", "partners", "co_authors")},
            **{name: [] for name in ("sectors", "themes", "languages", "countries", "seats", "declared")},
            "took_part": [],
            "barred": [],
            "title": {},
            "verdict": None,
            "appealed": False,
            "state": "open",
            "contribution_id": "c",
            "version": 1,
            "kind": "practice",
            "round": 1,
            "sitting": 1,
            "quorum": 1,
            "opened_at": datetime(2026, 1, 1, tzinfo=UTC),
            "due_at": datetime(2026, 2, 1, tzinfo=UTC),
            "said": 1,
            "trail": {"number": head.number, "seal": head.seal},
        }
    )
    return head


async def _broken(store: Store, case_id: str) -> int | None:
    filed = await Records(store.db).filed(case_id)
    assert filed is not None
    return first_broken(await Records(store.db).trail(case_id), filed.head, case_id=case_id)


async def test_a_trail_is_sealed_again_without_the_person(store: Store) -> None:
    before = await _case(store, "c-1")
    for _ in range(2):  # twice is as good as once
        await reseal_trails(store, ANNA)
        await erase_from(store.db, ANNA)
        assert await _broken(store, "c-1") is None
    steps = await Records(store.db).trail("c-1")
    assert [(step.actor, dict(step.facts)) for step in steps] == [
        ("pseudonym", {}),
        ("bela", {"n": 1}),
        ("bela", {"reviewer_id": "pseudonym"}),
    ]
    filed = await Records(store.db).filed("c-1")
    assert filed is not None
    assert filed.head.number == before.number
    assert filed.head.seal != before.seal


async def test_erasing_a_person_hides_no_tampering(store: Store) -> None:
    await _case(store, "c-1")
    await store.db["trail"].update_one({"_id": "c-1:000002"}, {"$set": {"facts": {"n": 2}}})
    await reseal_trails(store, ANNA)
    await erase_from(store.db, ANNA)
    assert await _broken(store, "c-1") is not None
    assert ANNA.person_id not in str(await store.db["trail"].find().to_list(None))
