"""State and events commit together, whatever the database does on the way."""

from collections.abc import AsyncIterator

import pytest
from pymongo import MongoClient

from shared.events.submissions import SubmissionDrafted
from shared.store.client import Store
from shared.store.outbox import OUTBOX, Transaction


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db.create_collection("things")
    yield store
    await store.close()


@pytest.fixture
def fail(mongodb_url: str) -> object:
    """Make the server fail a command, as MongoDB's own driver tests do."""

    def arm(command: str, *, code: int, times: int, labels: list[str]) -> None:
        with MongoClient[dict[str, object]](mongodb_url) as client:
            client.admin.command(
                {
                    "configureFailPoint": "failCommand",
                    "mode": {"times": times},
                    "data": {"failCommands": [command], "errorCode": code, "errorLabels": labels},
                }
            )

    return arm


async def _write(tx: Transaction) -> None:
    await tx.db["things"].insert_one({"_id": "a"}, session=tx.session)
    tx.say(SubmissionDrafted(contribution_id="a", author_ids=()), aggregate="contribution:a", version=1)


async def _counts(store: Store) -> tuple[int, int]:
    return await store.db["things"].count_documents({}), await store.db[OUTBOX].count_documents({})


async def test_both_or_neither(store: Store) -> None:
    async def act(tx: Transaction) -> None:
        await _write(tx)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await store.transact(act)
    assert await _counts(store) == (0, 0)
    await store.transact(_write)
    assert await _counts(store) == (1, 1)


async def test_a_write_conflict_runs_it_again_and_says_it_once(store: Store, fail: object) -> None:
    assert callable(fail)
    fail("insert", code=112, times=1, labels=["TransientTransactionError"])
    await store.transact(_write)
    assert await _counts(store) == (1, 1)


async def test_an_unknown_commit_is_asked_again(store: Store, fail: object) -> None:
    assert callable(fail)
    fail("commitTransaction", code=8, times=2, labels=["UnknownTransactionCommitResult"])
    await store.transact(_write)
    assert await _counts(store) == (1, 1)


class _Gathered:
    """Writes one row for all that was gathered."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.names: list[str] = []

    async def write(self) -> None:
        await self.tx.db["things"].insert_one({"_id": "+".join(self.names)}, session=self.tx.session)


async def test_what_is_gathered_is_written_once_and_hints_are_given_after_the_commit(
    store: Store, fail: object
) -> None:
    assert callable(fail)
    hints: list[str] = []
    attempts = 0

    async def act(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        for name in ("a", "b"):
            tx.gathered(_Gathered).names.append(name)
            tx.once_committed(lambda name=name: hints.append(name))  # type: ignore[misc]
        assert hints == []

    fail("commitTransaction", code=112, times=1, labels=["TransientTransactionError"])
    await store.transact(act)
    assert attempts == 2
    assert [row["_id"] async for row in store.db["things"].find()] == ["a+b"]
    assert hints == ["a", "b"]


async def test_no_hint_is_given_of_what_failed(store: Store) -> None:
    hints: list[str] = []

    async def act(tx: Transaction) -> None:
        tx.once_committed(lambda: hints.append("a"))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await store.transact(act)
    assert hints == []
