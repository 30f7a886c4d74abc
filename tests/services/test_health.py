"""Each service tells what it needs and does not have, stays alive meanwhile, and goes on by itself once it is back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from local.mongod import Mongod
from local.nats import NatsServer, running_nats
from local.nats_users import users
from tests.journeys import steps
from tests.journeys.house import House, Json, open_house
from tests.servers import NatsWithUsers, scratch
from tests.waiting import eventually

ON_MONGODB = ("submissions", "review", "notifications", "syndication")
ALL = (*ON_MONGODB, "search")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakable:
    house: House
    mongod: Mongod
    nats: NatsServer

    async def ready(self, service: str) -> tuple[int, Json]:
        answer = await self.house.clients[service].get("/health/ready")
        return answer.status_code, answer.json()

    async def until(self, status: int, *services: str, **checks: str) -> None:
        """Wait until these services answer with that status and these checks; all must be alive at every moment."""

        async def so() -> bool:
            for service in ALL:
                assert (await self.house.clients[service].get("/health/live")).status_code == 200
            for service in services:
                code, told = await self.ready(service)
                if code != status or told["checks"] != checks:
                    return False
            return True

        await eventually(so)

    async def works(self) -> None:
        """See an event through: submissions, outbox, NATS, review and back."""
        author = await self.house.author()
        await steps.in_review(author)

        async def told() -> bool:
            return bool(await author.inbox())

        await eventually(told)


@pytest.fixture
async def breakable(mongod: Mongod) -> AsyncIterator[Breakable]:
    table = {user: f"password-of-{user.name}" for user in users()}
    with scratch() as folder:
        async with running_nats(folder / "nats", users=table) as server:
            nats = NatsWithUsers(url=server.url, passwords={user.name: word for user, word in table.items()})
            async with open_house(mongod.url, "health", nats, folder) as house:
                breakable = Breakable(house=house, mongod=mongod, nats=server)
                await breakable.until(200, "search", index="ok")
                await breakable.until(200, *ON_MONGODB, mongodb="ok", nats="ok")
                yield breakable


async def test_without_mongodb_services_say_so_and_go_on_once_it_is_back(breakable: Breakable) -> None:
    await breakable.mongod.kill()
    await breakable.until(503, *ON_MONGODB, mongodb="failed", nats="ok")
    code, told = await breakable.ready("review")
    assert (code, told["detail"]) == (503, "These do not answer: mongodb.")
    assert "pymongo" not in str(told).lower()
    await breakable.until(200, "search", index="ok")
    await breakable.mongod.restart()
    await breakable.until(200, *ON_MONGODB, mongodb="ok", nats="ok")
    await breakable.works()


async def test_without_nats_services_say_so_and_go_on_once_it_is_back(breakable: Breakable) -> None:
    await breakable.nats.kill()
    await breakable.until(503, *ON_MONGODB, mongodb="ok", nats="failed")
    await breakable.until(200, "search", index="ok")  # it goes on answering from its index and tells its lag
    author = await breakable.house.author()
    begun = await steps.draft(author)
    await steps.submit(author, begun["id"])  # taken all the same: the outbox keeps the event
    await breakable.nats.restart()
    await breakable.until(200, *ON_MONGODB, mongodb="ok", nats="ok")
    await steps.come_to(author, begun["id"], "in_review")
    await breakable.works()


async def test_without_either_both_are_named(breakable: Breakable) -> None:
    await breakable.nats.kill()
    await breakable.mongod.kill()
    await breakable.until(503, *ON_MONGODB, mongodb="failed", nats="failed")
    await breakable.mongod.restart()
    await breakable.nats.restart()
    await breakable.until(200, *ON_MONGODB, mongodb="ok", nats="ok")
