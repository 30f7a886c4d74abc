"""Group commit: together what comes together, and each as safe as by itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError, OperationFailure

from shared.events.submissions import SubmissionDrafted
from shared.store.client import Store
from shared.store.group_commit import GroupCommit
from shared.store.outbox import OUTBOX, Transaction
from shared.telemetry.trace import current_trace, trace_scope

THINGS = "things"
Act = Callable[[Transaction], Awaitable[str]]


class Crowd:
    """Units of work of which the first is held until all others wait."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.group = GroupCommit(store)
        self.ran: list[str] = []
        self.sessions: dict[str, int] = {}
        self._free = asyncio.Event()

    def keeping(self, name: str, *, key: str = "") -> Act:
        async def act(tx: Transaction) -> str:
            self.ran.append(name)
            self.sessions[name] = id(tx)
            tx.insert(THINGS, {"_id": key or name})
            tx.say(SubmissionDrafted(contribution_id=name, author_ids=()), aggregate=f"contribution:{name}", version=1)
            return f"kept {name}"

        return act

    async def together(self, *acts: Act) -> list[str | BaseException]:
        """Send the first alone and all others while it is under way."""
        tasks = await self.waiting(*acts)
        return await self.finish(*tasks)

    async def waiting(self, *acts: Act) -> list[asyncio.Task[str]]:
        async def held(tx: Transaction) -> str:
            await self._free.wait()
            return await acts[0](tx)

        tasks = [asyncio.create_task(self.group.transact(act)) for act in (held, *acts[1:])]
        await asyncio.sleep(0)  # each of them has begun
        return tasks

    async def finish(self, *tasks: "asyncio.Task[str]") -> list[str | BaseException]:
        self._free.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def kept(self) -> list[str]:
        return sorted([row["_id"] async for row in self.store.db[THINGS].find()])


@pytest.fixture
async def crowd(mongodb_url: str, database: str) -> AsyncIterator[Crowd]:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db.create_collection(THINGS)
    yield Crowd(store)
    await store.close()


async def test_who_comes_alone_goes_at_once(crowd: Crowd) -> None:
    assert await crowd.group.transact(crowd.keeping("a")) == "kept a"
    assert await crowd.group.transact(crowd.keeping("b")) == "kept b"
    assert await crowd.kept() == ["a", "b"]


async def test_who_comes_meanwhile_shares_the_next_transaction(crowd: Crowd) -> None:
    names = [f"{number:02}" for number in range(8)]
    answers = await crowd.together(*(crowd.keeping(name) for name in names))
    assert answers == [f"kept {name}" for name in names]
    assert await crowd.kept() == names
    assert len({crowd.sessions[name] for name in names[1:]}) == 1
    assert await crowd.store.db[OUTBOX].count_documents({}) == len(names)


async def test_each_keeps_its_own_trace(crowd: Crowd) -> None:
    traces: dict[str, str] = {}

    async def asked(name: str) -> str:
        with trace_scope() as trace:
            traces[name] = trace.trace_id
            return await crowd.group.transact(crowd.keeping(name))

    await asyncio.gather(*(asked(name) for name in "abc"))
    assert len(set(traces.values())) == 3
    assert current_trace() is None
    async for row in crowd.store.db[OUTBOX].find():
        envelope = json.loads(row["body"])
        assert envelope["traceparent"].split("-")[1] == traces[envelope["subject"]]


async def test_one_that_raises_takes_nobody_along(crowd: Crowd) -> None:
    async def refuse(tx: Transaction) -> str:
        await crowd.keeping("refused")(tx)
        raise LookupError("not this one")

    answers = await crowd.together(crowd.keeping("a"), crowd.keeping("b"), refuse, crowd.keeping("c"))
    assert [answers[place] for place in (0, 1, 3)] == ["kept a", "kept b", "kept c"]
    assert isinstance(answers[2], LookupError)
    assert await crowd.kept() == ["a", "b", "c"]
    assert await crowd.store.db[OUTBOX].count_documents({}) == 3


async def test_a_key_that_is_taken_fails_its_own_alone(crowd: Crowd) -> None:
    answers = await crowd.together(
        crowd.keeping("a"), crowd.keeping("b"), crowd.keeping("again", key="a"), crowd.keeping("c")
    )
    assert [answers[place] for place in (0, 1, 3)] == ["kept a", "kept b", "kept c"]
    assert isinstance(answers[2], DuplicateKeyError)
    assert await crowd.kept() == ["a", "b", "c"]


async def test_what_may_be_committed_is_not_done_again(crowd: Crowd, mongodb_url: str) -> None:
    tasks = await crowd.waiting(crowd.keeping("a"), crowd.keeping("b"), crowd.keeping("c"))
    with MongoClient[dict[str, object]](mongodb_url) as client:
        # 50, MaxTimeMSExpired: the driver gives up asking.
        failing = {"failCommands": ["commitTransaction"], "errorCode": 50}
        failing["errorLabels"] = ["UnknownTransactionCommitResult"]
        client.admin.command({"configureFailPoint": "failCommand", "mode": {"skip": 1}, "data": failing})
        try:
            answers = await crowd.finish(*tasks)
        finally:
            client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    assert answers[0] == "kept a"
    assert all(isinstance(answer, OperationFailure) for answer in answers[1:])
    assert crowd.ran == ["a", "b", "c"]
    assert await crowd.group.transact(crowd.keeping("d")) == "kept d"


async def test_who_has_gone_is_not_served_and_holds_nobody_up(crowd: Crowd) -> None:
    first, second, third = await crowd.waiting(crowd.keeping("a"), crowd.keeping("b"), crowd.keeping("c"))
    second.cancel()
    first.cancel()
    answers = await crowd.finish(first, second, third)
    assert answers[2] == "kept c"
    assert await crowd.kept() == ["c"]
    assert crowd.ran == ["c"]
