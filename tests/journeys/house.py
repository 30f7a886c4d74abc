"""Where journeys are lived: all services in one process on real servers, each with its own rights on NATS.

A site that runs somewhere else is another such place (site.py). Everything a person is told is kept: each answer, and
each mail.
"""

import contextlib
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
from fastapi import FastAPI
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import Secret
from pydantic_core import Url

from local.nats_users import OBSERVER, OPERATOR, PROVISION
from services.notifications.app import build as build_notifications
from services.notifications.settings import NotificationSettings
from services.review.app import build as build_review
from services.review.settings import ReviewSettings
from services.search.app import build as build_search
from services.search.settings import SearchSettings
from services.submissions.app import build as build_submissions
from services.submissions.settings import SubmissionsSettings
from services.syndication.app import build as build_syndication
from services.syndication.settings import SyndicationSettings
from shared.bus.topology import provision
from shared.ids import new_id
from shared.service import Service
from tests.access_table import client_of
from tests.servers import NatsWithUsers
from tests.services.notifications.sink import Mail, Sink, running_sink
from tests.tokens import Issuer

Json = dict[str, Any]

PUBLIC_URL = "https://practices.example"


class Letters(Protocol):
    """The mails that arrived."""

    def to(self, address: str) -> list[Mail]: ...


@dataclass(slots=True, kw_only=True)
class House:
    """The services by name, as clients reach them, and what stands around them.

    ``apps`` tell the routes that there are, ``public_url`` is where people find practices, ``log`` returns what the
    services have logged so far.
    """

    issuer: Issuer
    apps: Mapping[str, FastAPI]
    clients: Mapping[str, httpx.AsyncClient]
    public_url: str
    letters: Letters
    operator: Client
    observer: Client
    log: Callable[[], str]
    mongodb_url: str = ""  # where we may look into the databases, ``<database>_<service>``
    database: str = ""

    @property
    def js(self) -> JetStreamContext:
        return self.operator.jetstream()

    def lines(self) -> list[Json]:
        """Return every log line of every service so far."""
        return [json.loads(line) for line in self.log().splitlines()]

    async def person(self, who: str, role: str, organisation: str | None, **claims: Any) -> "Person":
        """Let somebody nobody else knows sign in for the first time."""
        sub = f"{who}-{new_id()[-8:]}"
        full = {"sub": sub, "roles": [role], "organisation": organisation, "name": who.capitalize(), **claims}
        person = Person(house=self, sub=full["sub"], headers=self.issuer.headers(**full))
        await person.ok("notifications", "GET", "/me")
        return person

    async def author(self, organisation: str = "north-school", **claims: Any) -> "Person":
        return await self.person("ana", "member", organisation, **claims)

    async def reviewer(self, who: str = "rita", organisation: str = "east-institute", **claims: Any) -> "Person":
        return await self.person(who, "reviewer", organisation, **claims)

    async def coordinator(self, who: str = "carl", organisation: str = "secretariat", **claims: Any) -> "Person":
        return await self.person(who, "coordinator", organisation, **claims)

    def stranger(self) -> "Person":
        """Somebody who has not signed in."""
        return Person(house=self, sub="nobody", headers={})


@dataclass(slots=True)
class Person:
    """Somebody at work. ``told`` is what the services answered them, headers and all."""

    house: House
    sub: str
    headers: dict[str, str]
    told: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.house.issuer.person_id(self.sub)

    async def ask(self, service: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self.headers | more.pop("headers", {})
        answer = await self.house.clients[service].request(method, path, headers=headers, **more)
        self.told.append(f"{answer.status_code} {dict(answer.headers)} {answer.text}")
        return answer

    async def ok(self, service: str, method: str, path: str, **more: Any) -> Any:
        answer = await self.ask(service, method, path, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    @property
    def mails(self) -> list[Mail]:
        return self.house.letters.to(f"{self.sub}@example.org")

    async def inbox(self) -> list[Json]:
        items: list[Json] = (await self.ok("notifications", "GET", "/inbox"))["items"]
        return items


@contextlib.asynccontextmanager
async def open_house(mongodb_url: str, database: str, nats: NatsWithUsers, folder: Path) -> AsyncIterator[House]:
    """Run everything until the block ends. Databases are named ``<database>_<service>``."""
    provisioner = await nats.connect(PROVISION)
    await provision(provisioner.jetstream())
    await provisioner.close()
    issuer, log = Issuer(), io.StringIO()
    async with contextlib.AsyncExitStack() as stack:
        sink = await stack.enter_async_context(running_sink())
        apps = {}
        with contextlib.redirect_stdout(log):  # the services' loggers take hold of it as they are built
            built = await _build(mongodb_url, database, nats, folder, sink, issuer)
        for service in built:
            await stack.enter_async_context(service.running(http=False))
            apps[service.name] = service.app
        clients = {name: await stack.enter_async_context(client_of(app)) for name, app in apps.items()}
        operator, observer = await nats.connect(OPERATOR), await nats.connect(OBSERVER)
        stack.push_async_callback(operator.close)
        stack.push_async_callback(observer.close)
        yield House(
            issuer=issuer,
            apps=apps,
            clients=clients,
            public_url=PUBLIC_URL,
            letters=sink,
            operator=operator,
            observer=observer,
            log=log.getvalue,
            mongodb_url=mongodb_url,
            database=database,
        )


async def _build(
    mongodb_url: str, database: str, nats: NatsWithUsers, folder: Path, sink: Sink, issuer: Issuer
) -> tuple[Service, ...]:
    def common(service: str) -> dict[str, Any]:
        return {
            "mongodb_url": mongodb_url,
            "database": f"{database}_{service}",
            "nats_url": nats.url,
            "nats_user": service,
            "nats_password": nats.passwords[service],
        }

    verifier = issuer.verifier()
    return (
        await build_submissions(
            SubmissionsSettings(**common("submissions"), public_url=Url(PUBLIC_URL)), verifier=verifier
        ),
        await build_review(ReviewSettings(**common("review")), verifier=verifier),
        await build_search(SearchSettings(**common("search"), index_dir=folder / "index"), verifier=verifier),
        await build_notifications(
            NotificationSettings(
                **common("notifications"),
                smtp_url=Secret(Url(sink.url)),
                web_url=Url(PUBLIC_URL),
                live_minutes=0.001,  # some journeys call every route there is and wait for its end
            ),
            verifier=verifier,
        ),
        await build_syndication(
            SyndicationSettings(**common("syndication"), web_url=Url(PUBLIC_URL), stream_minutes=0.0001),
            verifier=verifier,
        ),
    )
