"""TCP ports for servers that are about to start.

The kernel's own answer to port 0 is free only until the next connection of anybody on the machine takes it: it comes
from the range that connections go out from. So ports are dealt from below that range, in turn, by a counter that all
processes of one user share: two that ask at the same moment get two.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

FIRST, LAST = 12_000, 30_999  # connections go out from 32,768 on (Linux) or 49,152 on (RFC 6335, section 6)


class NoPortIsFree(Exception):
    """Somebody listens on every port that may be dealt."""


def free_port() -> int:
    """Return a TCP port of the loopback that nobody listens on, and that nobody else is given for a long while."""
    for port in _dealt():
        if _is_free(port):
            return port
    raise NoPortIsFree(f"no TCP port from {FIRST} to {LAST} is free: stop what listens there")


def _dealt() -> Iterator[int]:
    """Give each port once, from where the last one who asked was left."""
    for _ in range(FIRST, LAST + 1):
        yield _next(Path(tempfile.gettempdir()) / f"practice-exchange-ports-{os.getuid()}")


def _next(counter: Path) -> int:
    with os.fdopen(os.open(counter, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        said = file.read().strip()
        port = int(said) + 1 if said.isdecimal() else FIRST
        if not FIRST <= port <= LAST:
            port = FIRST
        file.seek(0)
        file.truncate()
        file.write(str(port))
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do: a port whose last connections are still ending may be listened on again
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
