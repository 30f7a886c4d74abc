"""What an operator's commands have in common: a connection of their own, and errors told in one line."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoServersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError
from pymongo.errors import PyMongoError

from shared.bus.connect import inbox_prefix, servers_in, trusting
from shared.errors import DomainError
from shared.settings import Settings

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
SERVER_ERROR = 500


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: {message}; --help tells more\n")


async def run(name: str, settings: Settings, act: Callable[[JetStreamContext], Awaitable[int]]) -> int:
    """Connect as ``NATS_USER``, act, and return the exit code; what goes wrong is told in one line after ``name``."""
    return await run_connected(name, settings, lambda connection: act(connection.jetstream(timeout=5)))


async def run_connected(name: str, settings: Settings, act: Callable[[Client], Awaitable[int]]) -> int:
    """Do as ``run`` does, for what needs the connection itself."""
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        refusals.append(str(error))

    try:
        connection = await nats.connect(
            servers_in(str(settings.nats_url)),
            user=settings.nats_user,
            password=settings.nats_password.get_secret_value() if settings.nats_password else None,
            tls=trusting(settings.nats_ca),
            inbox_prefix=inbox_prefix(settings.nats_user or "operator").encode(),
            allow_reconnect=False,
            max_reconnect_attempts=1,  # of the first connection; the default goes on for two minutes
            reconnect_time_wait=0.1,
            connect_timeout=5,
            error_cb=note,
        )
        async with connection:
            return await act(connection)
    except (DomainError, NatsError, PyMongoError, OSError) as error:
        return refused(name, error, refusals)


def refused(name: str, error: Exception, refusals: list[str] | None = None) -> int:
    """Tell what was wrong and return the exit code."""
    print(f"{name}: {' '.join(_told(error, refusals or []).split())}", file=sys.stderr)  # noqa: T201 - a command
    ours = isinstance(error, DomainError) and error.status < SERVER_ERROR
    return EXIT_BAD_INPUT if ours else EXIT_FAILED


def _told(error: Exception, refusals: list[str]) -> str:
    """Say it in a person's words. A refused request shows as a time-out here and as a refusal there."""
    match error:
        case DomainError():
            return error.detail
        case NoServersError():
            return "no NATS server answers at NATS_URL"
        case NatsError() if "authorization" in str(error).lower():
            return "NATS does not let NATS_USER in with this NATS_PASSWORD"
        case NatsTimeoutError():
            return f"NATS does not answer{f': {refusals[-1]}' if refusals else ''}"
        case NotFoundError():
            return f"{error.description}; 'provision' makes what is missing"
        case ServiceUnavailableError():
            return "JetStream has no answer just now: try again"
        case APIError():
            return str(error.description)
        case PyMongoError():
            return f"MongoDB at MONGODB_URL: {str(error).partition(',')[0]}"
        case _:
            return str(error) or type(error).__name__
