"""The stream and the catalogue, put together."""

from dataclasses import dataclass

from fastapi import APIRouter
from nats.aio.client import Client

from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from services.syndication.stream.api import stream_routes
from services.syndication.stream.download import Downloads
from services.syndication.stream.follow import HEARTBEAT_SECONDS, Following
from services.syndication.stream.places import Places
from services.syndication.stream.position import Way
from services.syndication.stream.read import reading_catalogue, reading_events
from services.syndication.stream.tail import Tail
from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE, PUBLIC
from shared.telemetry.logs import Log
from shared.telemetry.metrics import Metrics

OPEN_PATHS = ("/events", "/catalogue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Who follows, and who downloads. ``following.running`` has to be held open while they do."""

    following: Following
    downloads: Downloads

    def routes(self) -> APIRouter:
        return stream_routes(self.following, self.downloads)


def streams_of(
    settings: SyndicationSettings,
    records: Records,
    connection: Client,
    *,
    metrics: Metrics,
    log: Log,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> Streams:
    """Return both, with as many places as the settings let."""
    following = Following(
        (
            Tail(StoredStream(connection, PUBLIC), Way.EVENTS, reading_events(log), log=log),
            Tail(
                StoredStream(connection, CATALOGUE), Way.CATALOGUE, reading_catalogue(records.practices, log), log=log
            ),
        ),
        places=Places(room=settings.stream_clients, room_each=settings.stream_clients_each),
        seconds=settings.stream_minutes * 60,
        metrics=metrics,
        log=log,
        heartbeat_seconds=heartbeat_seconds,
    )
    places = Places(room=settings.catalogue_clients, room_each=settings.catalogue_clients_each)
    return Streams(following=following, downloads=Downloads(following, places))
