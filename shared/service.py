"""A service put together: its HTTP application, its work on the bus, and what closes at the end.

``services.<name>.app.build(settings)`` makes one. The same object runs in a process of its own or beside others on
one event loop.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import uvicorn
from fastapi import FastAPI
from nats.errors import Error as NatsError
from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from shared.garbage import look_seldom
from shared.settings import ServerSettings
from shared.tasks import stopped
from shared.telemetry.spans import Spans

GRACE_SECONDS = 20
EXIT_CANNOT_START = 1
KEEP_ALIVE_SECONDS = 75  # longer than clients keep an idle connection, or their next request is lost


class Part(StrEnum):
    """What of a service runs: its HTTP side, its work on events and timers, or both."""

    API = "api"
    WORKER = "worker"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. ``background`` are endless coroutines and ``contexts`` things to hold open, both of the worker
    side; ``serving`` are contexts that the HTTP side needs. ``streaming`` are those of answers that go on for ever:
    each has to end its own when its block ends, or they would keep HTTP from stopping. ``close`` releases connections,
    last of all; then ``spans`` are sent that are left.
    """

    name: str
    settings: ServerSettings
    app: FastAPI
    log: FilteringBoundLogger
    close: Callable[[], Awaitable[None]]
    spans: Spans | None = None
    contexts: tuple[Callable[[], contextlib.AbstractAsyncContextManager[None]], ...] = ()
    serving: tuple[Callable[[], contextlib.AbstractAsyncContextManager[None]], ...] = ()
    streaming: tuple[Callable[[], contextlib.AbstractAsyncContextManager[None]], ...] = ()
    background: tuple[Callable[[], Awaitable[None]], ...] = ()

    @contextlib.asynccontextmanager
    async def running(self, part: Part = Part.ALL, *, http: bool = True) -> AsyncIterator[None]:
        """Run it until the block ends, then finish what is in flight and close.

        ``http=False`` leaves the HTTP port alone, for tests that call ``app`` directly. A background task that ends
        with an error is logged and started again: none of them may end.
        """
        async with contextlib.AsyncExitStack() as stack:
            if self.spans:
                stack.push_async_callback(self.spans.close)  # after everything that may tell some
            stack.push_async_callback(self.close)
            if part in (Part.WORKER, Part.ALL):
                for context in self.contexts:
                    await stack.enter_async_context(context())
                for work in self.background:
                    await stack.enter_async_context(self._kept_running(work))
            if part in (Part.API, Part.ALL):
                for context in self.serving:
                    await stack.enter_async_context(context())
            if http:
                await stack.enter_async_context(self._serving_http())
            if part in (Part.API, Part.ALL):
                for context in self.streaming:
                    await stack.enter_async_context(context())
            self.log.info("service ready", part=part.value, port=self.settings.port if http else None)
            yield
            self.log.info("service stops", part=part.value)

    @contextlib.asynccontextmanager
    async def _kept_running(self, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        async def for_ever() -> None:
            while True:
                try:
                    await work()
                except Exception:
                    self.log.exception("background work failed and starts again", work=work.__qualname__)
                await asyncio.sleep(1)

        task = asyncio.create_task(for_ever())
        try:
            yield
        finally:
            await stopped(task)

    @contextlib.asynccontextmanager
    async def _serving_http(self) -> AsyncIterator[None]:
        listener = socket.create_server((self.settings.host, self.settings.port), backlog=1024)
        # Accepted sockets inherit it; asyncio would leave Nagle on, which costs 40 ms with delayed acknowledgements.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            self.app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells it by an attribute only
            await asyncio.sleep(0.005)
        try:
            yield
        finally:
            server.should_exit = True
            await task


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a program's main coroutine on uvloop, which halves what a round trip costs, where there is one."""
    look_seldom()
    try:
        import uvloop  # noqa: PLC0415 - not on Windows
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


async def serve(built: Awaitable[Service], part: Part) -> None:
    """Run a service that is being put together until it is told to stop.

    A server that it needs and that does not answer ends the program with one line and exit code 1: whoever started it
    starts it again.
    """
    try:
        service = await built
    except (PyMongoError, NatsError, OSError) as error:
        told = " ".join(str(error).partition(", Timeout:")[0].split()) or type(error).__name__
        sys.stderr.write(f"cannot start: {told}\n")
        raise SystemExit(EXIT_CANNOT_START) from None
    await run_until_stopped(service, part)


async def run_until_stopped(service: Service, part: Part) -> None:
    """Run one service until SIGTERM or SIGINT, then drain."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with service.running(part):
        await stop.wait()
