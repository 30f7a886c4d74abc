"""The composition root of search: everything is wired here and nowhere else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import httpx
from fastapi import FastAPI
from nats.aio.client import Client

from services.search.analysis import Analysis
from services.search.api import Searching, router
from services.search.behind import Behind
from services.search.correct import Corrections
from services.search.drift import DriftCheck, Record
from services.search.index import open_index
from services.search.indexed import Indexed
from services.search.labels import Labels
from services.search.lag import Progress
from services.search.learning.api import Learning, learning_routes
from services.search.learning.cells import Row, rows_of
from services.search.learning.store import Askings
from services.search.learning.tally import Tally, keep_counting
from services.search.migrations import MIGRATIONS
from services.search.paging import Kept
from services.search.replica import Replica
from services.search.saved.alerts import Alerts, place_of
from services.search.saved.api import Saved, saved_routes
from services.search.saved.feed import News, newest
from services.search.saved.keep import Keeping
from services.search.saved.matching import Matcher
from services.search.saved.searches import SavedSearch
from services.search.saved.store import SavedSearches
from services.search.settings import SearchSettings
from services.search.shelf import Shelf
from services.search.suggest import Suggestions
from shared.bus.connect import connect_nats
from shared.bus.reading import StoredStream
from shared.bus.relay import Relay
from shared.bus.topology import CATALOGUE
from shared.clock import Clock, utc_now
from shared.http.access import Verifier
from shared.http.app import create_app
from shared.http.health import Check
from shared.http.idempotency import idempotency_indexes
from shared.http.oidc import TokenVerifier
from shared.rates.rates import Rates
from shared.rates.sharing import Sharing
from shared.service import Service
from shared.status.figures import measure_status
from shared.status.look import look_at
from shared.status.route import letters_router
from shared.store.client import Store
from shared.store.migrate import migrate
from shared.tasks import side_by_side, stopped
from shared.telemetry.eyes import eyes_of
from shared.telemetry.logs import Log, configure
from shared.telemetry.metrics import Metrics
from shared.vocabulary import Vocabularies

NAME = "search"
VERSION = "0.1.0"
DESCRIPTION = "Full text over published practices, with facets, snippets and suggestions."
_INDEX_THREADS = 2  # one follows, one may rebuild


async def build(settings: SearchSettings, *, verifier: Verifier | None = None, clock: Clock = utc_now) -> Service:
    """Open this replica's index and connect to NATS; raises when no NATS server answers or the folder is in use.

    The database may be away: then what is saved waits for it, and queries are answered all the same. ``clock`` stands
    in for the real time.
    """
    log, metrics = configure(NAME, level=settings.log_level), eyes_of(settings, NAME)
    labels, progress = Labels(Vocabularies.load()), Progress(clock)
    writing = ThreadPoolExecutor(_INDEX_THREADS, thread_name_prefix="search-index")
    threads = ThreadPoolExecutor(settings.search_threads, thread_name_prefix="search-query")
    counting = ThreadPoolExecutor(settings.search_threads, thread_name_prefix="search-counting")
    connection = await connect_nats(
        str(settings.nats_url),
        name=NAME,
        user=settings.nats_user,
        password=settings.nats_password,
        ca=settings.nats_ca,
        log=log,
    )
    store = Store.at(str(settings.mongodb_url), settings.database, service=NAME, clock=clock)
    try:
        shelf = Shelf(settings.index_dir, partial(open_index, labels=labels))
        catalogue = StoredStream(connection, CATALOGUE)
        replica = Replica(
            shelf, catalogue, progress=progress, writing=writing, clock=clock, spans=metrics.spans, log=log
        )
        await replica.open()
    except BaseException:
        await connection.close()
        await store.close()
        raise
    http = httpx.AsyncClient(timeout=30, trust_env=False)
    drift = DriftCheck(
        replica,
        Record(http, str(settings.submissions_url)),
        progress=progress,
        threads=threads,
        seconds=settings.drift_minutes * 60,
        clock=clock,
        log=log,
    )
    matching = ThreadPoolExecutor(1, thread_name_prefix="search-matching")
    searches, askings, tally = SavedSearches(store.db), Askings(store.db, store.clock), Tally()
    alerts = Alerts(store, searches, replica, catalogue, Matcher(labels), threads=matching)
    indexed = Indexed(store, catalogue, lambda: replica.snapshot.position, threads=matching)
    behind = Behind(store, (alerts, indexed), log=log)
    replica.heard = behind.heard
    _watch(metrics, store, connection, replica, progress, drift)
    rates = Rates(settings, Sharing(store.db), metrics=metrics, log=log)
    app = application(
        replica,
        labels,
        connection,
        store,
        progress=progress,
        threads=threads,
        counting=counting,
        site=str(settings.web_url).rstrip("/"),
        tally=tally,
        drift=drift,
        verifier=verifier or TokenVerifier.from_settings(settings),
        checks={"index": partial(_complete, replica)},
        metrics=metrics,
        log=log,
        rates=rates,
    )

    async def close() -> None:
        await replica.close()
        for pool in (threads, counting, writing, matching):
            await asyncio.to_thread(pool.shutdown)
        await connection.close()
        await store.close()
        await http.aclose()

    relay = Relay(store, connection.jetstream(timeout=5), metrics=metrics, log=log)

    async def remember() -> None:
        await _prepare(store, searches, askings, log)
        await side_by_side(relay.run(), behind.run(), keep_counting(tally, askings.add, log=log))

    # Each replica follows the catalogue for itself, there is no worker apart; what it hears is matched beside it.
    following = partial(_running, replica.run, "following the catalogue failed and starts again", log)
    comparing = partial(_running, drift.run, "comparing the index with the record failed", log)
    remembering = partial(_running, remember, "saved searches wait for the database", log)
    return Service(
        name=NAME,
        settings=settings,
        app=app,
        log=log,
        spans=metrics.spans,
        close=close,
        serving=(following, remembering, comparing, rates.running),
    )


def application(
    replica: Replica,
    labels: Labels,
    connection: Client,
    store: Store,
    *,
    progress: Progress,
    threads: Executor,
    counting: Executor,
    site: str,
    tally: Tally,
    drift: DriftCheck,
    verifier: Verifier,
    checks: Mapping[str, Check],
    metrics: Metrics,
    log: Log,
    rates: Rates | None = None,
) -> FastAPI:
    """Return the HTTP side alone. ``site`` is the address of the pages that people read."""
    analysis = Analysis()
    searching = Searching(
        replica=replica,
        labels=labels,
        analysis=analysis,
        suggestions=Suggestions(labels, analysis),
        corrections=Corrections(labels, analysis),
        progress=progress,
        kept=Kept(),
        tally=tally,
        drift=drift,
        threads=threads,
        counting=counting,
        seconds=metrics.histogram("search_query_duration_seconds", "Time of one query, waiting for a thread included."),
    )

    async def newest_of(search: SavedSearch) -> tuple[News, ...]:
        return await searching.run(lambda snapshot: newest(search, snapshot, analysis))

    async def rows() -> tuple[Row, ...]:
        return await searching.run(rows_of)

    learning = Learning(tally=tally, askings=Askings(store.db, store.clock), labels=labels, rows=rows)
    keeping = Keeping(searches=SavedSearches(store.db), place=lambda: place_of(replica.snapshot.position))
    saved = Saved(store=store, keeping=keeping, newest=newest_of, analysis=analysis, labels=labels, site=site)
    return create_app(
        service=NAME,
        version=VERSION,
        description=DESCRIPTION,
        routers=[router(searching), saved_routes(saved), learning_routes(learning), letters_router(connection, NAME)],
        verifier=verifier,
        checks=checks,
        metrics=metrics,
        log=log,
        rates=rates,
    )


@contextlib.asynccontextmanager
async def _running(work: Callable[[], Awaitable[None]], failed: str, log: Log) -> AsyncIterator[None]:
    """Keep an endless work running while the block runs; one that ends is told and begins again."""

    async def for_ever() -> None:
        while True:
            try:
                await work()
            except Exception:
                log.exception(failed)
            await asyncio.sleep(1)

    task = asyncio.create_task(for_ever())
    try:
        yield
    finally:
        await stopped(task)


async def _prepare(store: Store, searches: SavedSearches, askings: Askings, log: Log) -> None:
    await store.prepare()
    await migrate(store, MIGRATIONS, log)
    await idempotency_indexes(store.db)
    await searches.make_indexes()
    await askings.make_indexes()


async def _complete(replica: Replica) -> None:
    if not replica.snapshot.position.complete:
        raise RuntimeError("the catalogue has not been read to its end yet")


def _watch(
    metrics: Metrics, store: Store, connection: Client, replica: Replica, progress: Progress, drift: DriftCheck
) -> None:
    measure_status(metrics, look_at(NAME, store=store, connection=connection, filed_by=NAME))
    metrics.watch(
        "search_drift", "Practices that differed from the record.", lambda: len(drift.last.ids) if drift.last else 0
    )
    metrics.watch("search_connected", "1 while the catalogue is heard.", lambda: float(progress.lag().connected))
    metrics.watch("search_complete", "1 once the catalogue was read.", lambda: replica.snapshot.position.complete)
    metrics.watch("search_lag_events", "Events of the catalogue not found yet.", lambda: progress.lag().events)
    metrics.watch("search_lag_seconds", "Age of the oldest event not found yet.", lambda: progress.lag().seconds)
    metrics.watch("search_practices", "Practices that are found.", lambda: replica.snapshot.practices)
    metrics.watch("search_sequence", "Last catalogue message found.", lambda: replica.snapshot.position.sequence)
    metrics.watch("search_unreadable", "Catalogue messages put aside since the start.", lambda: progress.unreadable)
    metrics.watch("search_rebuilding", "1 while an index is being rebuilt.", lambda: float(replica.rebuild is not None))
