"""Limits on how often one person and one address may ask, shared by the replicas of a service.

Each replica counts for itself, which costs a request some microseconds and no round trip; what is counted often is
told to the others through the database every ``SHARE_SECONDS``, as long as somebody asks. So the limit holds across
replicas but for what passes in between: with R replicas no more than ``limit + (R - 1) * limit / QUIET`` of those who
ask evenly, and of a burst that falls on all of them within one share no more than ``R * limit``, once.

When the database is away each replica goes on by itself (at most R times the limit), and the metric
``rate_limits_unshared_total`` counts. What is kept there is a keyed hash of who asked, for two minutes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from ipaddress import ip_address
from math import ceil

from pymongo.errors import PyMongoError
from starlette.requests import Request

from shared.errors import TooManyRequests
from shared.http.addresses import address_of
from shared.rates.settings import By, Kind, RateSettings
from shared.rates.sharing import Counted, Sharing
from shared.rates.window import SECONDS, Window
from shared.tasks import stopped
from shared.telemetry.logs import Log
from shared.telemetry.metrics import Metrics

SHARE_SECONDS = 1.0
LISTENS = 5  # so many shares after one last asked here, what the others count is still read
QUIET = 20  # who has used less than this part of a limit is nobody else's business yet
MOST_KEYS = 50_000

Key = tuple[Kind, By, str]


class Rates:
    """The limits of one service. Keep ``running`` open while it serves."""

    def __init__(
        self,
        settings: RateSettings,
        sharing: Sharing | None,
        *,
        metrics: Metrics,
        log: Log,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._exempt = settings.rate_exempt_networks
        self._sharing = sharing
        self._log = log
        self._clock = clock
        self._windows: dict[Key, Window] = {}
        self._busy: dict[Key, int] = {}  # what the others have to know: how many more shares, if nobody asks
        self._number = -1
        self._refused = metrics.counter(
            "rate_limited", "Requests refused because somebody asked too often.", ("kind", "by")
        )
        self._unshared = metrics.counter("rate_limits_unshared", "Times that replicas could not tell each other.")
        self._failing = False

    def take(self, kind: Kind, request: Request, person: str | None) -> None:
        """Count a request. Raises TooManyRequests, with ``Retry-After``, for who has asked too often."""
        if self.exempts(request):
            return
        if person is not None:
            self.take_one(kind, By.PERSON, person)
        self.take_one(kind, By.ADDRESS, address_of(request))

    def take_one(self, kind: Kind, by: By, who: str) -> None:
        """Count for one person or address."""
        limit = self._settings.limit(kind, by)
        if not limit:
            return
        key = (kind, by, who)
        window = self._windows.get(key)
        if window is None:
            self._make_room()
            window = self._windows[key] = Window()
        seconds = window.take(limit, self._clock())
        if window.own * QUIET >= limit:
            self._busy[key] = LISTENS
        if seconds is not None:
            self._refused.labels(kind.value, by.value).inc()
            raise _too_often(ceil(seconds))

    def exempts(self, request: Request) -> bool:
        """Whether a request came directly from a network that is not counted.

        Of one that a proxy passed on, the server knows no port of the caller's.
        """
        if request.client is None or not request.client.port:
            return False
        try:
            address = ip_address(request.client.host)
        except ValueError:
            return False
        return any(address in network for network in self._exempt)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Share with the other replicas until the block ends."""
        task = asyncio.create_task(self._share_for_ever())
        try:
            yield
        finally:
            await stopped(task)

    async def _share_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SHARE_SECONDS)
            await self.share()

    async def share(self) -> None:
        """Tell the others what is counted often here, and learn what they counted of the same."""
        number = int(self._clock() // SECONDS)
        self._forget(number)
        busy = {key: self._windows[key] for key in self._busy}
        if not busy or self._sharing is None:
            return
        counted = [Counted(key=key, number=number, more=window.own - window.told) for key, window in busy.items()]
        try:
            totals = await self._sharing.add(counted)
        except (PyMongoError, OSError) as error:
            self._unshared.inc()
            if not self._failing:
                self._log.warning("limits are not shared: the database is away", error=type(error).__name__)
            self._failing = True
            return
        self._failing = False
        for one in counted:
            window = busy[one.key]
            if window.number == number:
                window.told += one.more
                total = totals[one.key]
                window.others = max(window.others, total.present - window.told)
                window.before = max(window.before, total.before)
        self._listen_less(counted)

    def _listen_less(self, counted: Sequence[Counted]) -> None:
        """Let go of what nobody has asked for a while; it is taken up again when somebody does."""
        for one in counted:
            left = self._busy.get(one.key, 0)
            if one.more == 0 and left <= 1:
                self._busy.pop(one.key, None)
            elif one.more == 0:
                self._busy[one.key] = left - 1

    def _forget(self, number: int) -> None:
        self._busy = {
            key: left
            for key, left in self._busy.items()
            if key in self._windows and self._windows[key].number == number
        }
        if number != self._number:
            self._number = number
            for key in [key for key, window in self._windows.items() if window.number < number - 1]:
                del self._windows[key]

    def _make_room(self) -> None:
        """Who asks from very many addresses must not cost memory: the oldest count begins anew."""
        if len(self._windows) >= MOST_KEYS:
            del self._windows[next(iter(self._windows))]


def _too_often(seconds: int) -> TooManyRequests:
    return TooManyRequests(
        f"You ask too often. Come again in {seconds} seconds.",
        headers={"Retry-After": str(seconds)},
        extra={"retry_after": seconds},
    )
