"""The keeper: makes streams again that are gone, with every durable.

It is the one program that runs for ever with the rights of ``provision``: services may make no stream, because whoever
may can also have one made that takes the events of others. What was in a stream is put back by whoever said it
(``shared.bus.refill``), and ``PUBLIC`` fills itself. Partners keep their places in it (``shared.bus.partners.places``).
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from structlog.typing import FilteringBoundLogger

from shared.bus.connect import connect_nats
from shared.bus.partners.places import Places
from shared.bus.topology import provision, streams
from shared.settings import Settings
from shared.tasks import stopped
from shared.telemetry.logs import configure

EVERY_SECONDS = 2.0
LEFT_SECONDS = 4.0  # a relay that looks every second sees that it is missing, before there is another to publish into


class Keeper:
    """Looks after all streams. ``replicas`` are the copies of each; without it as many as others have."""

    def __init__(self, js: JetStreamContext, *, replicas: int | None = None, log: FilteringBoundLogger) -> None:
        self._js = js
        self._replicas = replicas
        self._log = log
        self._places = Places(js, log=log)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                await self.look()
            except (NatsError, TimeoutError, OSError) as error:
                self._log.warning("streams cannot be looked at", error=repr(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Make what is missing, and see to the places of partners in it."""
        await self._make_missing()
        await self._places.look()

    async def _make_missing(self) -> None:
        """Make it when it is missing still after a while: who published into it has to know."""
        seen: set[str] = set()
        while missing := await self._missing():
            if missing <= seen:
                await provision(self._js, replicas=self._replicas)
                self._log.critical("streams are made again", streams=sorted(missing))
                return
            self._log.critical("streams are gone and will be made again", streams=sorted(missing))
            seen = missing
            await asyncio.sleep(LEFT_SECONDS)

    async def _missing(self) -> set[str]:
        names = [config.name or "" for config in streams()]
        return {name for name in names if not await self._is_there(name)}

    async def _is_there(self, name: str) -> bool:
        try:
            await self._js.stream_info(name)
        except NotFoundError:
            return False
        return True


@contextlib.asynccontextmanager
async def keeping(settings: Settings, *, replicas: int | None = None, log: FilteringBoundLogger) -> AsyncIterator[None]:
    """Keep the streams while inside, as ``NATS_USER``. Raises ConnectionError when no NATS server answers."""
    connection = await connect_nats(
        str(settings.nats_url),
        name=settings.nats_user or "provision",
        user=settings.nats_user,
        password=settings.nats_password,
        ca=settings.nats_ca,
        log=log,
    )
    keeper = Keeper(connection.jetstream(timeout=5), replicas=replicas, log=log)
    task = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        await stopped(task)
        await connection.close()


async def keep(settings: Settings, *, replicas: int | None) -> int:
    """Keep the streams until SIGTERM or SIGINT, and return the exit code."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with keeping(settings, replicas=replicas, log=configure("keeper", level=settings.log_level)):
        await stop.wait()
    return 0
