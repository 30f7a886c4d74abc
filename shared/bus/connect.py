"""Connections to NATS that never give up: a client that closes itself would wedge its consumers (see docs)."""

import asyncio
import ssl
from functools import cache
from pathlib import Path

import nats
from nats.aio.client import Client
from pydantic import SecretStr
from structlog.typing import FilteringBoundLogger

FIRST_CONNECTION_SECONDS = 15
RECONNECT_SECONDS = 1
PING_SECONDS = 5  # a network that forgot a connection tells nobody: three pings without an answer end it


async def connect_nats(
    url: str,
    *,
    name: str,
    user: str | None,
    password: SecretStr | None,
    log: FilteringBoundLogger,
    ca: Path | None = None,
) -> Client:
    """Connect as ``name``, whose replies come to its own inbox ``_INBOX.<name>``.

    Raises ConnectionError when no server answers.
    """

    async def report(error: Exception) -> None:
        # A refused publish or subscription shows only here; the caller sees a time-out.
        log.error("nats error", error=str(error) or type(error).__name__)

    async def reconnected() -> None:
        log.info("nats reconnected")

    async def disconnected() -> None:
        log.warning("nats disconnected")

    try:
        async with asyncio.timeout(FIRST_CONNECTION_SECONDS):
            return await nats.connect(
                servers_in(url),
                name=name,
                user=user,
                password=password.get_secret_value() if password else None,
                tls=trusting(ca),
                inbox_prefix=inbox_prefix(name).encode(),
                max_reconnect_attempts=-1,
                reconnect_time_wait=RECONNECT_SECONDS,
                ping_interval=PING_SECONDS,
                max_outstanding_pings=2,
                connect_timeout=5,
                error_cb=report,
                reconnected_cb=reconnected,
                disconnected_cb=disconnected,
            )
    except TimeoutError as error:
        raise ConnectionError(
            f"no NATS server answered {name} within {FIRST_CONNECTION_SECONDS} s (NATS_URL)"
        ) from error


def servers_in(url: str) -> list[str]:
    """Return the address of each server of a cluster: ``nats://one:4222,two:4222`` names two.

    One that answers tells the client of all the others; several are named for when the first is down.
    """
    scheme, _, hosts = url.partition("://")
    return [f"{scheme}://{host.rstrip('/')}" for host in hosts.split(",")]


def inbox_prefix(service: str) -> str:
    """The prefix of a service's own inboxes, without the trailing dot."""
    return f"_INBOX.{service}"


@cache
def trusting(ca: Path | None) -> ssl.SSLContext | None:
    """Return what a TLS connection trusts: the authority in that file alone; None stands for what Python trusts."""
    return ssl.create_default_context(cafile=ca) if ca else None
