"""The OpenAPI documents of the services, made from the routes as they stand in the code: it needs no servers."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient
from nats.aio.client import Client
from pymongo import AsyncMongoClient

from services.notifications import app as notifications
from services.notifications.render import Renderer
from services.notifications.settings import NotificationSettings
from services.notifications.store import Records as NotificationRecords
from services.notifications.words import load_words
from services.review import app as review
from services.review.settings import ReviewSettings
from services.search import app as search
from services.search.drift import DriftCheck, Record
from services.search.index import open_index
from services.search.labels import Labels
from services.search.lag import Progress
from services.search.learning.tally import Tally
from services.search.replica import Replica
from services.search.settings import SearchSettings
from services.search.shelf import Shelf
from services.submissions import app as submissions
from services.submissions.records import Records as SubmissionRecords
from services.submissions.settings import SubmissionsSettings
from services.syndication import app as syndication
from services.syndication.receipts.partners import Partners
from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records as SyndicationRecords
from services.syndication.stream.compose import streams_of
from services.syndication.webhooks.resolve import Resolver
from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE
from shared.clock import utc_now
from shared.errors import Unauthenticated
from shared.http.access import Principal
from shared.http.compatibility import Document, breaking_changes
from shared.status.look import Look, look_at
from shared.store.client import Store
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from shared.vocabulary import Vocabularies


class _Nobody:
    """Lets nobody in: these applications are described and never called."""

    async def verify(self, _: str) -> Principal:
        raise Unauthenticated


def documents() -> dict[str, Document]:
    """Return the OpenAPI document of each service by its name."""
    return {name: app.openapi() for name, app in asyncio.run(applications()).items()}


async def applications() -> dict[str, FastAPI]:
    """Return each service's application by its name, connected to nothing: its routes can be read and not called."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient()  # connects when it is first used, which is never
    store = Store(client, "nowhere", source="/nobody", clock=utc_now)
    labels = Labels(Vocabularies.load())
    with TemporaryDirectory() as folder, closing(Shelf(Path(folder), partial(open_index, labels=labels))) as shelf:
        apps = (
            _submissions(store),
            _review(store),
            _search(store, shelf, labels),
            _notifications(store),
            _syndication(store),
        )
    await store.close()
    return {app.state.service: app for app in apps}


def _parts(name: str) -> dict[str, Any]:
    return {
        "verifier": _Nobody(),
        "checks": {},
        "metrics": Metrics(name),
        "log": configure(name, level="CRITICAL"),
    }


def _look(name: str, store: Store) -> Look:
    return look_at(name, store=store, connection=Client())  # as the store: connects nowhere


# ``model_construct`` gives the settings' defaults whatever the environment says.


def _submissions(store: Store) -> FastAPI:
    records = SubmissionRecords.of(store, SubmissionsSettings.model_construct())
    return submissions.application(records, _look(submissions.NAME, store), **_parts(submissions.NAME))


def _review(store: Store) -> FastAPI:
    policy = ReviewSettings.model_construct().policy
    return review.application(store, policy, _look(review.NAME, store), **_parts(review.NAME))


def _notifications(store: Store) -> FastAPI:
    settings, words = NotificationSettings.model_construct(), load_words()
    renderer = Renderer(words, notifications.links_of(settings))
    records = NotificationRecords.of(store.db)
    parts = _parts(notifications.NAME)
    live = notifications.live_of(settings, records, parts["log"])
    look = _look(notifications.NAME, store)
    return notifications.application(store, records, settings, words, renderer, live, look, **parts)


def _syndication(store: Store) -> FastAPI:
    settings, records = SyndicationSettings.model_construct(), SyndicationRecords.of(store.db)
    look, parts = _look(syndication.NAME, store), _parts(syndication.NAME)
    streams = streams_of(settings, records, Client(), metrics=parts["metrics"], log=parts["log"])
    return syndication.application(
        store, records, settings, Resolver(), streams, look, partners=Partners(Client().jetstream()), **parts
    )


def _search(store: Store, shelf: Shelf, labels: Labels) -> FastAPI:
    parts, progress = _parts(search.NAME), Progress(utc_now)
    threads = ThreadPoolExecutor()  # has no thread until it is given work
    connection = Client()
    catalogue = StoredStream(connection, CATALOGUE)
    replica = Replica(shelf, catalogue, progress=progress, writing=threads, clock=utc_now, log=parts["log"])
    settings, log = SearchSettings.model_construct(), parts["log"]
    record = Record(AsyncClient(), str(settings.submissions_url))
    drift = DriftCheck(replica, record, progress=progress, threads=threads, seconds=1, clock=utc_now, log=log)
    site = str(settings.web_url)
    return search.application(
        replica,
        labels,
        connection,
        store,
        progress=progress,
        threads=threads,
        counting=threads,
        site=site,
        tally=Tally(),
        drift=drift,
        **parts,
    )


def text_of(document: Document) -> str:
    """Return a document as it is written: the same for the same routes, whatever order they were declared in."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def broken_by_now(folder: Path, current: dict[str, Document]) -> list[str]:
    """Compare the documents in ``folder``, as last written, with those of the code: what would break clients."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.stem not in current:
            found.append(f"{path.stem}: the service was removed")
            continue
        before = json.loads(path.read_text("utf-8"))
        found += [f"{path.stem}: {change}" for change in breaking_changes(before, current[path.stem])]
    return found
