"""A limit stated on the route that it is for: ``dependencies=[limited(Kind.SEARCH)]``."""

import hashlib
from dataclasses import dataclass
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from shared.http.access import Principal
from shared.rates.rates import Rates
from shared.rates.settings import Kind


@dataclass(frozen=True, slots=True)
class Limited:
    """The dependency behind ``limited``. An application without ``state.rates`` limits nobody.

    On a route that anybody may call a person is known by the token they send. It is not checked there, so that search
    does not wait for the sign-in provider: who makes up tokens is still counted by address.
    """

    kind: Kind

    async def __call__(self, request: Request) -> None:
        """Count the request; 429 for who has asked too often."""
        rates: Rates | None = getattr(request.app.state, "rates", None)
        if rates is not None and not rates.exempts(request):
            rates.take(self.kind, request, _person(request))


def limited(kind: Kind) -> Any:
    """Return a dependency that counts requests of this kind."""
    return Depends(Limited(kind))


def _person(request: Request) -> str | None:
    principal = request.scope.get("principal")
    if isinstance(principal, Principal):
        return principal.person_id
    token = request.headers.get("authorization")
    return hashlib.sha256(token.encode()).hexdigest() if token else None
