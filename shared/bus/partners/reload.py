"""Let nats-server read its configuration again, and see that it took it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import ServiceUnavailableError

from shared.bus.connect import servers_in, trusting
from shared.bus.partners.accounts import DOMAIN
from shared.bus.partners.partner import Partner
from shared.bus.topology import PUBLIC
from shared.errors import Invalid, Unavailable
from shared.settings import Settings

PATIENCE_SECONDS: Final = 10.0
BETWEEN_SECONDS: Final = 0.3


async def reload(pid: int) -> None:
    """Let nats-server read its configuration, twice: an account that is new works from the second time on.

    (The imports of an account that a reload introduces are not subscribed to, nats-server 2.12 to 2.15; compare its
    issue 8560.) While it does, JetStream answers nobody for an instant, so there is a pause after each. Raises Invalid
    when there is no such process, or it is another's.
    """
    for _ in range(2):
        _hang_up(pid)
        await asyncio.sleep(BETWEEN_SECONDS)


def _hang_up(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError as error:
        raise Invalid(f"no process has the id {pid}: is nats-server running?") from error
    except PermissionError as error:
        raise Invalid(f"the process {pid} belongs to another user; run this as the user of nats-server") from error


def pid_in(file: Path) -> int:
    """Return the process id that nats-server wrote. Raises Invalid when there is none."""
    try:
        return int(file.read_text().strip())
    except (OSError, ValueError) as error:
        raise Invalid(f"{file} holds no process id; is nats-server running with this pid_file?") from error


async def waiting_for(partner: Partner, seed: str, settings: Settings, *, pid: int) -> int:
    """Sign in as the partner, as it will, and return how many events wait for it.

    Tries for a few seconds, as a busy server takes a moment to reload and may have taken two signals for one; then
    raises Unavailable.
    """
    refusals: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return await _asked(partner, seed, settings)
                except ServiceUnavailableError:  # let in, and nobody answers: see above
                    await reload(pid)
                except (NatsError, OSError) as error:  # refused shows as either
                    refusals.append(str(error) or type(error).__name__)
                    await asyncio.sleep(0.1)
    except TimeoutError as error:
        said = refusals[-1] if refusals else "nothing"
        raise Unavailable(
            f"{partner.name} is in the partners file, but NATS does not let it in: {said}. The log of nats-server says"
            " why it did not take its configuration; 'apply' tries again"
        ) from error


async def _asked(partner: Partner, seed: str, settings: Settings) -> int:
    async def ignore(_: Exception) -> None: ...

    connection = Client()
    try:
        await connection.connect(
            servers_in(str(settings.nats_url)),
            nkeys_seed_str=seed,
            tls=trusting(settings.nats_ca),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            connect_timeout=2,
            error_cb=ignore,
        )
        info = await connection.jetstream(domain=DOMAIN, timeout=2).consumer_info(PUBLIC, partner.account)
    finally:
        await connection.close()
    return info.num_pending or 0
