"""People who submit, review and publish on a site while something happens to it, and a system that listens.

Nobody asks twice: each request that does not go through at once is noted as a failure. What the proxy retries nobody
sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import httpx

from shared.ids import new_id
from shared.tasks import stopped
from tests.compose.webhooks import Hook, Request
from tests.contents import complete_content, said
from tests.journeys.site import CALL_SECONDS, Site, named
from tests.journeys.steps import rare_word
from tests.life import Life, People, Refused
from tests.waiting import eventually


@dataclass(slots=True)
class History:
    """What the people were told. ``approved`` maps the id of each practice to the rare word in its title, ``found`` are
    those that search found; ``heard`` maps the events that the listening system got to what each tells of;
    ``deliveries`` are the requests that a webhook, ``hook``, was sent."""

    requests: int = 0
    failures: list[str] = field(default_factory=list)
    approved: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    heard: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    hook: Hook | None = None
    deliveries: Sequence[Request] = ()


class Load:
    """``clients`` lives at a time, each by people of its own."""

    def __init__(self, site: Site, *, clients: int) -> None:
        self.history = History()
        self._site = site
        self._clients = clients
        self._issuer = site.signed_in()
        self._over = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[History]:
        """Live until the block ends, and then every life that has begun to its end."""
        listening = asyncio.create_task(self._listen())
        lives = [asyncio.create_task(self._live_on(number)) for number in range(self._clients)]
        lives.append(asyncio.create_task(self._read_on()))
        try:
            yield self.history
        finally:
            self._over.set()
            await asyncio.gather(*lives)
            with contextlib.suppress(AssertionError):  # who looks at the history sees what was not heard
                heard = self.history.heard
                await eventually(lambda: set(self.history.approved) <= set(heard.values()), CALL_SECONDS)
            await stopped(listening)

    def client(self, service: str, **claims: object) -> httpx.AsyncClient:
        """Return a client of one service, signed in with these claims, through the proxy."""

        async def counted(_: httpx.Request) -> None:
            self.history.requests += 1

        headers = named(self._site.url) | (self._issuer.headers(expires_in=7200, **claims) if claims else {})
        return httpx.AsyncClient(
            base_url=self._site.at if service == "web" else f"{self._site.at}/api/{service}",
            headers=headers,
            verify=self._site.trusting,
            timeout=CALL_SECONDS,
            event_hooks={"request": [counted]},
        )

    def _people(self, name: str) -> People:
        return People(
            member=self.client("submissions", sub=f"m-{name}", roles=["member"], organisation="org-a"),
            reviewers=(self.client("review", sub=f"r-{name}", roles=["reviewer"], organisation="org-r"),),
            coordinator=self.client("review", sub=f"c-{name}", roles=["coordinator"], organisation="org-c"),
            reader=self.client("search"),
        )

    async def _live_on(self, number: int) -> None:
        people = self._people(f"{new_id()[-8:]}-{number}")
        try:
            while not self._over.is_set():
                try:
                    await self._live(people)
                except (Refused, TimeoutError) as error:
                    self.history.failures.append(str(error))
        finally:
            await people.close()

    async def _live(self, people: People) -> None:
        word = rare_word(new_id())
        life = Life(people=people, content=complete_content("lesson_learned", title=said(f"Learned {word}")))
        life.patience = CALL_SECONDS
        await life.create()
        await life.submit()
        await life.review()
        await life.approve()
        self.history.approved[life.id] = word
        await life.found(word, every=0.2)
        self.history.found.append(life.id)

    async def _read_on(self) -> None:
        """Read pages as people do who are only looking."""
        async with self.client("web") as client:
            while not self._over.is_set():
                newest = [f"/practices/{one}" for one in self.history.found[-1:]]
                for path in ("/", "/search?q=school", *newest):
                    try:
                        answer = await client.get(path)
                        if not answer.is_success:
                            self.history.failures.append(f"GET {path}: {answer.status_code}")
                    except httpx.HTTPError as error:
                        self.history.failures.append(f"GET {path}: {error!r}")
                await asyncio.sleep(0.2)

    async def _listen(self) -> None:
        """Follow the public events; who is cut off goes on after the last one."""
        last: str | None = None
        async with self.client("syndication") as client:
            while True:
                self.history.connections += 1
                headers = {"Last-Event-ID": last} if last else {}
                with contextlib.suppress(httpx.HTTPError):
                    async with client.stream("GET", "/events", headers=headers) as answer:
                        if answer.is_error:
                            self.history.failures.append(f"GET /events: {answer.status_code}")
                        async for line in answer.aiter_lines():
                            name, _, value = line.partition(": ")
                            if name == "id":
                                last = value
                            elif name == "data":
                                event = json.loads(value)
                                self.history.heard[event["id"]] = event["subject"]
                await asyncio.sleep(0.5)
