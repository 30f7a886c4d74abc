"""From the name of a host to its addresses."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

Resolve = Callable[[str], Awaitable[tuple[str, ...]]]

_THREADS: Final = 32  # of their own: names that nobody answers for hold up no other work, and few of their kind


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Resolver:
    """The system's resolver."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolve")  # has none until it is given work

    async def __call__(self, host: str) -> tuple[str, ...]:
        """Return every address of a host, or the host itself when it is one; raises OSError when there is none."""
        if is_address(host):
            return (host,)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _addresses, host)
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str) -> list[str]:
    return [str(place[0]) for *_, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
