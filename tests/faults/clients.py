"""Who uses the system while faults come: members who submit, a reviewer and a coordinator who see it through."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from shared.tasks import stopped
from tests.contents import complete_content
from tests.faults.checker import Told
from tests.life import Life, People, Refused
from tests.system import System

PEOPLE = (
    ("member", "member", "org-a"),
    ("coordinator", "coordinator", "org-coordination"),
    ("reviewer-0", "reviewer", "org-reviewers"),
    ("reader", "member", "org-reader"),
)
# What every contribution of a run answers.
SAVED_SEARCH = {"name": "Recognition", "filters": {"theme": ["recognition"]}, "frequency": "at_once"}
PATIENCE_SECONDS = 90.0


@dataclass(slots=True)
class History:
    """What the clients were told, as it happened."""

    created: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    unfinished: list[str] = field(default_factory=list)

    def told(self) -> Told:
        return Told(
            created=frozenset(self.created), submitted=frozenset(self.submitted), approved=frozenset(self.approved)
        )


async def live(people: People, history: History, marker: str) -> Life:
    """Take one contribution all its way; each step is asked again until it is answered. Raises Refused."""
    content = complete_content(kind="lesson_learned")
    content["title"][content["source_language"]]["text"] = marker
    life = Life(people=people, content=content, again=True, patience=PATIENCE_SECONDS)
    await life.create()
    history.created.add(life.id)
    await life.submit()
    history.submitted.add(life.id)
    await life.review()
    await life.approve()
    history.approved.add(life.id)
    return life


async def sign_everybody_in(system: System) -> None:
    """Notifications learns an address from a person's own sign-in."""
    for sub, role, organisation in PEOPLE:
        async with system.client(
            "notifications", sub=sub, roles=[role], organisation=organisation, email=f"{sub}@example.org"
        ) as client:
            (await client.get("/me")).raise_for_status()


async def save_a_search(people: People) -> None:
    """Let the reader be told at once of every practice."""
    (await people.reader.post("/saved-searches", json=SAVED_SEARCH)).raise_for_status()


@contextlib.asynccontextmanager
async def submitting(people: People, history: History, clients: int) -> AsyncIterator[None]:
    """Let clients submit one after another while inside; each finishes what it has begun."""
    over = asyncio.Event()

    async def submit(name: str) -> None:
        number = 0
        while not over.is_set():
            number += 1
            try:
                await live(people, history, f"Marked {name} {number}")
            except (Refused, KeyError) as error:
                history.unfinished.append(f"{name} {number}: {error}")

    tasks = [asyncio.create_task(submit(f"client-{number}")) for number in range(clients)]
    try:
        yield
        over.set()
        await asyncio.gather(*tasks)
    finally:
        await stopped(*tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A contribution that goes its way to show that all is well."""

    system: System
    people: People
    history: History

    async def goes_through(self, number: int) -> None:
        """Submit one, see it approved and found. Raises Refused or TimeoutError when it does not get there."""
        marker = f"Probe number{number}"
        life = await live(self.people, self.history, marker)
        await life.found(f"number{number}", every=0.05)

    async def seconds_until_well(self, number: int) -> float:
        """Return how long from now until every service is ready and a contribution has gone its way."""
        begun = time.monotonic()
        while not all(await asyncio.gather(*(self.system.is_ready(name) for name in self.system.services))):
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise TimeoutError("not every service is ready")
            await asyncio.sleep(0.1)
        await self.goes_through(number)
        return time.monotonic() - begun
