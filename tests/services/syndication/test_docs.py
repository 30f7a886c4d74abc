"""The contract as it is served: every page, schema and link of it leads somewhere, and nothing runs in it."""

import json
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import jsonschema
import pytest

from services.syndication.docs.addresses import Addresses
from services.syndication.docs.api import OPEN_PATHS, docs_routes
from services.syndication.docs.examples import PAGE, written
from services.syndication.docs.pages import NAMES, page
from shared.events.asyncapi import document
from shared.events.envelope import SCHEMA_BASE
from shared.events.registry import EVENTS, SENT_OUT
from shared.events.schemas import sample
from shared.http.app import create_app
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.access_table import client_of
from tests.tokens import Issuer

HERE = Addresses(own="https://events.example/out", web="https://site.example", nats="tls://bus.example:4222")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(
        service="syndication",
        version="1",
        routers=[docs_routes()],
        verifier=Issuer().verifier(),
        checks={},
        metrics=Metrics("syndication"),
        log=configure("syndication", level="CRITICAL"),
        open_paths=OPEN_PATHS,
    )
    async with client_of(app) as client:
        yield client


class Seen(HTMLParser):
    """What a page links to, the anchors in it, and what it would run or load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.runs: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.anchors.append(given["id"] or "")
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        if (
            tag in ("script", "style", "iframe", "img", "object")
            or "style" in given
            or any(n[:2] == "on" for n in given)
        ):
            self.runs.append(tag)


@pytest.mark.parametrize("name", NAMES)
async def test_every_link_of_a_page_leads_somewhere_and_nothing_runs_in_it(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(f"/docs/{name}")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    seen = Seen(answer.text)
    assert seen.runs == []
    assert len(seen.anchors) == len(set(seen.anchors)) >= 5
    for link in set(seen.links):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        other = await client.get(path or f"/docs/{name}")
        assert other.status_code == httpx.codes.OK, link
        assert not anchor or anchor in Seen(other.text).anchors, link
    assert (await client.get("/docs/style.css")).headers["content-type"].startswith("text/css")
    assert (await client.get("/docs")).headers["location"] == "/docs/events"


async def test_each_public_event_fits_the_schema_that_its_dataschema_names(client: httpx.AsyncClient) -> None:
    envelope = (await client.get("/schemas/envelope.json")).json()
    for event in SENT_OUT:
        file = sample(event)["dataschema"].removeprefix(SCHEMA_BASE)
        answer = await client.get(f"/schemas/{file}", headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        jsonschema.validate(sample(event)["data"], answer.json())
        jsonschema.validate(sample(event), envelope)
        again = await client.get(f"/schemas/{file}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (httpx.codes.NOT_MODIFIED, b"")
    described = json.loads(json.dumps(document()))
    for name, port in (("http", 8106), ("nats", 8122), ("partners", 8122)):
        described["servers"][name]["host"] = f"127.0.0.1:{port}"
        del described["servers"][name]["variables"]
    assert (await client.get("/asyncapi.json")).json() == described


async def test_pages_and_document_say_where_the_service_is() -> None:
    app = create_app(
        service="syndication",
        version="1",
        routers=[docs_routes(HERE)],
        verifier=Issuer().verifier(),
        checks={},
        metrics=Metrics("syndication"),
        log=configure("syndication", level="CRITICAL"),
        open_paths=OPEN_PATHS,
    )
    async with client_of(app) as client:
        for name in ("events", "harvesting"):
            text = (await client.get(f"/docs/{name}")).text
            assert "https://events.example/out/" in text
            assert "https://site.example/" in text
            assert not re.search(r"127\.0\.0\.1:81\d\d", text)
        events = (await client.get("/docs/events")).text
        servers = (await client.get("/asyncapi.json")).json()["servers"]
    assert "export NATS_URL=tls://bus.example:4222 " in events
    assert "{host}" not in events
    http = servers["http"]
    assert (http["protocol"], http["host"], http["pathname"]) == ("https", "events.example", "/out")
    assert (servers["nats"]["host"], servers["partners"]["host"]) == ("bus.example:4222", "bus.example:4222")
    assert not any("variables" in servers[name] for name in ("http", "nats", "partners"))


async def test_where_the_operator_tells_of_nats_the_pages_leave_it_open() -> None:
    at = Addresses(own=HERE.own, web=HERE.web)
    assert "At <code>{host}:{port}</code>: A NATS server" in page("events", at)
    assert at.hosts == {"http": "events.example"}


def test_the_page_of_examples_is_of_the_programs_as_they_are() -> None:
    assert PAGE.read_text("utf-8") == written(), "make docs writes it anew"


async def test_internal_events_and_other_names_are_not_there(client: httpx.AsyncClient) -> None:
    internal = [f"/schemas/{event.type}.json" for event in EVENTS if event not in SENT_OUT]
    assert internal
    for path in (*internal, "/schemas/nothing.json", "/docs/nothing", "/docs/pages.py"):
        assert (await client.get(path)).status_code == httpx.codes.NOT_FOUND
    for name in NAMES:
        assert not re.search(r"submission\.submitted|review\.assigned", (await client.get(f"/docs/{name}")).text)
