"""The whole demo as a process of its own, and people who come to it: through its pages, or through the APIs."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from local.addresses import Ports
from local.idp.accounts import PASSWORD, Account, Accounts
from local.launcher import NOT_READY
from local.process import DidNotStart, Process, ready
from local.sign_in import Client, sign_in, through_pages
from shared.http.claims import person_id
from shared.ids import new_id
from tests.blocks import free_block

Json = dict[str, Any]

# All of it is plain http on the loopback, so clients are made with ``verify=False``: it takes 25 ms of a processor to
# read the certificates of all authorities, for every client.
PATIENCE_SECONDS = 60.0
FRESH_SECONDS = 400.0  # tokens live for ten minutes
_TRIES = 3
CLIENT_ID = "practice-exchange-demo"


@dataclass(slots=True, kw_only=True)
class Site:
    """Everything, running on one block of ports. ``login`` is the ``sub`` of a demo account (``member-1``).

    ``folder`` is where it keeps its data, known for a site that a test started.
    """

    ports: Ports
    folder: Path | None = None
    tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.ports.url("web")

    def account(self, sub: str) -> Account:
        account = Accounts.load().with_sub(sub)
        assert account
        return account

    def person_id(self, sub: str) -> str:
        return person_id(self.ports.url("sign-in"), sub)

    def browser(self) -> httpx.AsyncClient:
        """A browser without scripts that nobody has signed in with; it sends what browsers send with forms."""
        headers = {"origin": self.url, "accept-language": "en"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30, trust_env=False, verify=False)

    @contextlib.asynccontextmanager
    async def signed_in(self, sub: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser without scripts in which somebody has signed in through the pages."""
        async with self.browser() as http:
            first = await http.get("/sign-in")
            first = await http.get(first.headers["location"])
            back = f"{self.url}/signed-in"
            login = self.account(sub).login
            answer = await through_pages(http, first, back, login=login, password=PASSWORD)
            done = await http.get("/signed-in", params=answer)
            assert done.status_code == 303, done.text
            yield http

    async def token(self, sub: str) -> str:
        """An access token of somebody, for calling the APIs directly."""
        if sub not in self.tokens or monotonic() - self.tokens[sub][0] > FRESH_SECONDS:
            client = Client(client_id=CLIENT_ID, redirect_uri=f"{self.url}/signed-in")
            async with httpx.AsyncClient(timeout=30, trust_env=False, verify=False) as http:
                login = self.account(sub).login
                answer = await sign_in(http, self.ports.url("sign-in"), client, login=login, password=PASSWORD)
            self.tokens[sub] = monotonic(), answer["access_token"]
        return self.tokens[sub][1]

    async def call(self, sub: str | None, service: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call a service as somebody (None: nobody); returns the JSON of the answer, and fails on a refusal."""
        answer = await self.ask(sub, service, method, path, body, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def ask(
        self, sub: str | None, service: str, method: str, path: str, body: Any = None, **more: Any
    ) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if sub:
            headers["authorization"] = f"Bearer {await self.token(sub)}"
        async with httpx.AsyncClient(timeout=30, trust_env=False, verify=False) as http:
            return await http.request(method, self.ports.url(service) + path, json=body, headers=headers, **more)


@contextlib.asynccontextmanager
async def running_site(folder: Path) -> AsyncIterator[Site]:
    """Run everything in one process of its own until the block ends."""
    for tries in range(_TRIES):
        site, process = _started(folder)
        try:
            await _answering(site, process)
        except DidNotStart:
            await process.stop()
            if tries + 1 == _TRIES or process.code != NOT_READY:
                raise
            continue  # somebody took one of its ports since we looked
        try:
            yield site
        finally:
            await process.stop()
        return


def _started(folder: Path) -> tuple[Site, Process]:
    ports = free_block()
    limits = {"LOAD_CAP": "1000000", "QUORUM": '{"practice": 1, "lesson_learned": 1, "joint_action": 1}'}
    process = Process(
        [sys.executable, "-m", "local", "up", "--data", str(folder), "--first-port", str(ports.first)],
        log=folder / "site.log",
        environment={**os.environ, **limits},
    )
    return Site(ports=ports, folder=folder), process


async def _answering(site: Site, process: Process) -> None:
    async def answers() -> bool:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            with contextlib.suppress(httpx.HTTPError):
                return (await http.get(f"{site.url}/health/ready")).is_success
        return False

    await ready(process, answers, name="the site", patience=PATIENCE_SECONDS)


def fresh(text: str) -> str:
    """The text made unlike any other, so that one finds it again among what other tests left."""
    return f"{text} {new_id()[-8:]}"
