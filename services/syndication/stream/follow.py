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
_PIECES_AT_ONCE: Final = 64
_PIECE_BYTES: Final = 256_000
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
        self._catching_up = {
            way: CatchUp(tail, at_once=_PIECES_AT_ONCE, piece_bytes=_PIECE_BYTES) for way, tail in self._tails.items()
        }
        self._places = places
        self._seconds = seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._log = log
        self._ends = True
        metrics.watch("stream_clients", "Who follows the public events or the catalogue.", lambda: places.taken)
        self._fell_behind = metrics.counter("stream_fell_behind", "How often a client read too slowly.")

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

    def tail(self, way: Way) -> Tail:
        return self._tails[way]

    async def begin(self, asked: Asked, catching_up: CatchUp) -> Telling:
        """Return what tells somebody what they asked for.

        Raises PlaceLost where it cannot be gone on with from there, Unavailable while the stream cannot be read.
        """
        if self._ends or not await catching_up.tail.is_open(_OPEN_SECONDS):
            raise full(_AWAY_WORDS)
        try:
            end = await catching_up.end(asked.position)
        except _AWAY as error:
            raise full(_AWAY_WORDS) from error
        if asked.position:
            return Telling(catching_up.tail, asked.wanted, told=asked.position.sequence)
        if asked.from_start:
            return Telling(catching_up.tail, asked.wanted, told=0, fresh_until=end)
        return Telling(catching_up.tail, asked.wanted, told=end)

    async def follow(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """Yield what is sent. Raises Unavailable or PlaceLost before that, and ends early where it happens later."""
        clock = asyncio.get_running_loop().time
        silent = True
        with self._places.place(asked.address):
            catching_up = self._catching_up[asked.way]
            telling = await self.begin(asked, catching_up)
            # Not all at once: those who came together after a restart would otherwise come together for ever.
            until = clock() + self._seconds * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            try:
                while silent or (not self._ends and clock() < until):
                    async with contextlib.aclosing(catching_up.pieces(telling.position)) as pieces:
                        async for piece in pieces:
                            yield telling.piece(piece.items, piece.sequence)
                            silent = False
                            if self._ends or clock() > until:
                                return
                    # Nothing is awaited between the last piece and the first step of this: nothing comes between.
                    live = self._as_it_comes(catching_up.tail, telling, asked.wanted, until)
                    async with contextlib.aclosing(live) as frames:
                        async for some in frames:
                            yield some
                            silent = False
            except (PlaceLost, *_AWAY) as error:
                if silent:
                    raise error if isinstance(error, PlaceLost) else full(_AWAY_WORDS) from error
                self._log.warning("a stream of events ends early", reason=str(error))  # they come again, and are told

    async def _as_it_comes(
        self, tail: Tail, telling: Telling, wanted: Filter, until: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield what comes from now on until the end, or until its reader fell behind."""
        clock = asyncio.get_running_loop().time
        listener = Listener(telling.told)
        with tail.listening_to(wanted, listener):
            yield telling.joins()
            while (left := until - clock()) > 0 and not listener.over and not self._ends:
                if frames := telling.heard(listener):
                    yield frames
                elif listener.behind:
                    self._fell_behind.inc()
                    return
                elif not await listener.is_woken(min(left, self._heartbeat_seconds)):
                    yield telling.heartbeat()
