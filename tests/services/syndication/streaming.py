"""The stream and the catalogue for tests that call the application directly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client

from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from services.syndication.stream.compose import Streams, streams_of
from shared.bus.topology import provision
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics


def resting(settings: SyndicationSettings, records: Records, connection: Client | None = None, **more: Any) -> Streams:
    """Return streams that do not run: whoever asks for them is told to come again."""
    log, metrics = configure("syndication", level="CRITICAL"), Metrics("syndication")
    return streams_of(settings, records, connection or Client(), metrics=metrics, log=log, **more)


@asynccontextmanager
async def streaming(
    settings: SyndicationSettings, records: Records, nats_url: str, **more: Any
) -> AsyncIterator[tuple[Streams, Client]]:
    """Run the streams on a server of their own, and yield them with a connection to it."""
    connection = await nats.connect(nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0)
    await provision(connection.jetstream())
    streams = resting(settings, records, connection, **more)
    async with streams.following.running():
        yield streams, connection
    await connection.close()
