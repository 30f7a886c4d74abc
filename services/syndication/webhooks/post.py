"""Sending one message to a receiver, and what came back. Redirects are not followed; only so much is read."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol

import httpcore

from services.syndication.webhooks.domain.attempt import KEPT_BODY_BYTES, Answer, Outcome, kept_headers, outcome_of
from services.syndication.webhooks.domain.networks import ForbiddenAddress, Networks
from services.syndication.webhooks.guard import Guard, NotAllowed
from services.syndication.webhooks.resolve import Resolve

READ_BYTES: Final = 64 * 1024
_BODY_SECONDS: Final = 5.0  # the status is the answer; what follows is for the log
_MARGIN_SECONDS: Final = 0.05
_KEEP_ALIVE_SECONDS: Final = 30.0
_LONGEST_ERROR: Final = 300
_MOST_POOLS: Final = 1000


class Posts(Protocol):
    """A way to send."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


class Post:
    """Sends over kept connections, over TLS to public addresses, and otherwise only where an operator allows it.

    ``seconds`` bounds all of an attempt. ``tls`` is the context that certificates are checked with.
    """

    def __init__(
        self,
        networks: Networks,
        resolve: Resolve,
        *,
        seconds: float,
        connections: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._seconds = seconds
        self._connections = connections
        self._context = tls or ssl.create_default_context()
        self._guards = {scheme: Guard(networks, resolve, tls=scheme == "https") for scheme in ("https", "http")}
        # One for each address: a pool looks at all of its connections for every request.
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one attempt; never raises for what the other side does."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._attempt(url, headers, body)
        except (ForbiddenAddress, NotAllowed) as error:
            return _failed(Outcome.FORBIDDEN, error)
        except TimeoutError:
            return _failed(Outcome.TIMED_OUT, f"no answer within {self._seconds:g} s")
        except httpcore.TimeoutException as error:
            return _failed(Outcome.TIMED_OUT, error)
        except httpcore.ConnectError as error:
            return _failed(Outcome.INSECURE if _is_of_tls(error) else Outcome.UNREACHABLE, error)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            return _failed(Outcome.BROKEN, error)

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def _pool(self, url: str) -> httpcore.AsyncConnectionPool:
        pool = self._pools.pop(url, None) or httpcore.AsyncConnectionPool(
            ssl_context=self._context,
            max_connections=self._connections,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=self._guards[url.partition(":")[0]],
        )
        self._pools[url] = pool  # the last, so that the first is the one that was used longest ago
        if len(self._pools) > _MOST_POOLS:
            oldest = next(iter(self._pools))
            if all(connection.is_idle() for connection in self._pools[oldest].connections):
                await self._pools.pop(oldest).aclose()
        return pool

    async def _attempt(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        until = asyncio.get_running_loop().time() + self._seconds - _MARGIN_SECONDS
        pool = await self._pool(url)
        async with pool.stream("POST", url, headers=[*headers.items()], content=body) as response:
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            text = await _read(response, until=until)
            return Answer(
                outcome=outcome_of(response.status),
                status=response.status,
                headers=kept_headers(told),
                body=text.kept,
                cut=text.size > len(text.kept) or not text.whole,
            )


@dataclass(slots=True)
class _Text:
    """What was read of a body: its beginning, how much it was, and whether it came to its end."""

    kept: bytes = b""
    size: int = 0
    whole: bool = False


async def _read(response: httpcore.Response, *, until: float) -> _Text:
    """Read a body as far as it is bounded; whoever leaves it unread closes the connection."""
    text = _Text()
    try:
        now = asyncio.get_running_loop().time()
        async with asyncio.timeout_at(min(until, now + _BODY_SECONDS)), aclosing(_chunks(response)) as chunks:
            async for chunk in chunks:
                text.kept += chunk[: KEPT_BODY_BYTES - len(text.kept)]
                text.size += len(chunk)
                if text.size > READ_BYTES:
                    return text
        text.whole = True
    except (TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        pass
    return text


async def _chunks(response: httpcore.Response) -> AsyncGenerator[bytes]:
    async for chunk in response.aiter_stream():
        yield chunk


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether an error comes from the handshake of TLS, however deep the libraries wrapped it."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _failed(outcome: Outcome, error: Exception | str) -> Answer:
    return Answer(outcome=outcome, error=(str(error) or type(error).__name__)[:_LONGEST_ERROR])
