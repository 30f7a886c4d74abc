"""Everybody who follows the public events or the catalogue over HTTP in this process."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final

from nats.errors import Error as NatsError

from services.syndication.domain.filters import Filter
from services.syndication.stream.catch_up import CatchUp
from services.syndication.stream.places import Places, full
from services.syndication.stream.position import PlaceLost, Position, Way
from services.syndication.stream.tail import Listener, Tail
from services.syndication.stream.telling import Telling
from shared.tasks import stopped
from shared.telemetry.logs import Log
from shared.telemetry.metrics import Metrics

HEARTBEAT_SECONDS: Final = 15.0
_OPEN_SECONDS: Final = 5.0
_READ_AT_ONCE: Final = 4
_AWAY: Final = (NatsError, TimeoutError)
_AWAY_WORDS: Final = "The stream cannot be read just now; come again in some seconds."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to follow: from a position, else from now on or from the start of the catalogue."""

    wanted: Filter
    position: Position | None
    from_start: bool
    address: str

    @property
    def way(self) -> Way:
        if self.position:
            return self.position.way
        return Way.CATALOGUE if self.from_start else Way.EVENTS


class Following:
    """Both streams, and who follows them. What a client is sent ends after about ``seconds``; they come again."""

    def __init__(
        self,
        tails: Iterable[Tail],
        *,
        places: Places,
        seconds: float,
        metrics: Metrics,
        log: Log,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._tails = {tail.way: tail for tail in tails}
        self._catching_up = {way: CatchUp(tail, at_once=_READ_AT_ONCE) for way, tail in self._tails.items()}
        self._places = places
        self._seconds = seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._log = log
        self._ends = True
        metrics.watch("stream_clients", "Who follows the public events or the catalogue.", lambda: places.taken)
        self._fell_behind = metrics.counter("stream_fell_behind", "Clients let go because they read too slowly.")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the streams until the block ends; then every answer ends, and no other begins."""
        self._ends = False
        tasks = [asyncio.create_task(tail.run()) for tail in self._tails.values()]
        try:
            yield
        finally:
            self._ends = True
            for tail in self._tails.values():
                tail.end()
            await stopped(*tasks)

    async def begin(self, asked: Asked) -> tuple[CatchUp, Telling]:
        """Return what reads for somebody and what tells them.

        Raises PlaceLost where it cannot be gone on from there, Unavailable while the stream cannot be read.
        """
        tail, catching_up = self._tails[asked.way], self._catching_up[asked.way]
        if self._ends or not await tail.is_open(_OPEN_SECONDS):
            raise full(_AWAY_WORDS)
        try:
            end = await catching_up.end(asked.position)
        except _AWAY as error:
            raise full(_AWAY_WORDS) from error
        if asked.position:
            return catching_up, Telling(tail, asked.wanted, told=asked.position.sequence)
        if asked.from_start:
            return catching_up, Telling(tail, asked.wanted, told=0, fresh_until=end)
        return catching_up, Telling(tail, asked.wanted, told=end)

    async def follow(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """Yield what is sent. Raises Unavailable or PlaceLost before that, and ends early where it happens later."""
        with self._places.place(asked.address):
            catching_up, telling = await self.begin(asked)
            clock = asyncio.get_running_loop().time
            # Not all at once: those who came together after a restart would otherwise come together for ever.
            until = clock() + self._seconds * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            silent = True
            try:
                async for piece in catching_up.pieces(telling.told):
                    yield telling.pieces(piece.items, piece.sequence)
                    silent = False
                    if self._ends or clock() > until:
                        return
            except (PlaceLost, *_AWAY) as error:
                if silent:
                    raise error if isinstance(error, PlaceLost) else full(_AWAY_WORDS) from error
                self._log.warning("a stream of events ends early", reason=str(error))
                return  # its reader comes again, and is told then
            # Nothing is awaited between the last piece and this: nothing comes between.
            tail, listener = self._tails[asked.way], Listener(telling.told)
            with tail.listening_to(asked.wanted, listener):
                yield telling.joins()
                while (left := until - clock()) > 0 and not listener.over and not self._ends:
                    if frames := telling.heard(listener):
                        yield frames
                    elif not await listener.is_woken(min(left, self._heartbeat_seconds)):
                        yield telling.heartbeat()
            if listener.fell_behind:
                self._fell_behind.inc()
