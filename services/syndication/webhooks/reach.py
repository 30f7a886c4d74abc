"""Whether an address may be an endpoint's at all, asked when its owner writes it down.

That is a courtesy: names change what they lead to, so what counts is checked again at each connection (guard.py).
"""

import asyncio
from typing import Final

from services.syndication.webhooks.domain.networks import ForbiddenAddress, Networks
from services.syndication.webhooks.domain.target import PORTS, Target, read_target
from services.syndication.webhooks.resolve import Resolve
from shared.errors import FieldError, Invalid

_SECONDS: Final = 3.0


class Reach:
    def __init__(self, networks: Networks, resolve: Resolve) -> None:
        self._networks = networks
        self._resolve = resolve

    async def check(self, url: str) -> None:
        """Raise Invalid, naming the field ``url``, unless something can be sent there."""
        target = read_target(url)
        try:
            async with asyncio.timeout(_SECONDS):
                found = await self._resolve(target.host)
            addresses = self._networks.check(found)
        except ForbiddenAddress as error:
            raise _refused("url-address", f"Choose an address that others can reach: {error}") from None
        except (OSError, UnicodeError):
            raise _refused("url-name", "The name of the host leads nowhere; check it, or try again later") from None
        if not target.is_ordinary and not all(map(self._networks.allows_by_name, addresses)):
            raise _extraordinary(target)


def _extraordinary(target: Target) -> Invalid:
    if not target.is_https:
        return _refused("url-scheme", "Begin the address with https://")
    ports = tuple(map(str, PORTS))
    return _refused("url-port", f"Choose one of the ports {', '.join(ports)}", allowed=ports)


def _refused(code: str, message: str, *, allowed: tuple[str, ...] = ()) -> Invalid:
    return Invalid(errors=(FieldError(pointer="/url", code=code, message=message, allowed=allowed),))
