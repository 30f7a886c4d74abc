"""Who may call a route, stated on the route itself and readable by a test.

``principal: Annotated[Principal, allow(Role.MEMBER)]`` lets in bearers of any of the roles named and gives the caller;
``dependencies=[PUBLIC]`` says that anybody may call. A route that states neither keeps the service from starting.
Roles do not imply one another. Whose record it is, is the use case's own question: there, foreign means 404.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.requests import Request

from shared.errors import Forbidden, Unauthenticated


class Role(StrEnum):
    MEMBER = "member"
    REVIEWER = "reviewer"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls. ``person_id`` is stable and tells nothing; the rest is the provider's word at this sign-in."""

    person_id: str
    name: str
    roles: frozenset[Role]
    organisation: str | None = None
    email: str | None = None
    language: str | None = None


class Verifier(Protocol):
    """Turns a bearer token into a principal, or raises Unauthenticated or Unavailable."""

    async def verify(self, token: str) -> Principal: ...


@dataclass(frozen=True, slots=True)
class Access:
    """The dependency behind ``allow``; ``roles`` is None for everybody."""

    roles: frozenset[Role] | None

    async def __call__(self, request: Request) -> Principal | None:
        """Return the caller; 401 without a valid token, 403 without any of the roles."""
        if self.roles is None:
            return None
        principal = await authenticate(request)
        if self.roles.isdisjoint(principal.roles):
            raise Forbidden("Your roles do not allow this.")
        return principal


def allow(*roles: Role) -> Any:
    """Return a dependency that lets in the bearers of any of ``roles`` and gives the ``Principal``."""
    if not roles:
        raise ValueError("a route is for some role, or PUBLIC")
    return Depends(Access(frozenset(roles)))


PUBLIC: Any = Depends(Access(None))


async def authenticate(request: Request) -> Principal:
    """Return the bearer of the token in ``Authorization`` (RFC 6750, section 2.1), checked once a request."""
    known = request.scope.get("principal")
    if isinstance(known, Principal):
        return known
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send a bearer token.", headers={"WWW-Authenticate": "Bearer"})
    verifier: Verifier = request.app.state.verifier
    principal = await verifier.verify(token.strip())
    request.scope["principal"] = principal
    return principal


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAccess:
    """One route and who may call it: ``roles`` None means everybody, empty means that it does not say."""

    method: str
    path: str
    roles: frozenset[Role] | None


def stated_access(app: FastAPI) -> Iterator[tuple[RouteContext, frozenset[Role] | None]]:
    """Yield every route, in the order of routing, with the roles it is for; None is everybody, empty says nothing.

    Several statements on one route (its router's and its own) must all hold.
    """
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            continue
        stated = list(_stated(route.dependant))
        if None in stated and any(stated):
            raise ValueError(f"{route.path} is both public and not")
        if not stated:
            yield route, frozenset()
        else:
            yield route, None if None in stated else frozenset(Role).intersection(*(one for one in stated if one))


def access_of(app: FastAPI) -> tuple[RouteAccess, ...]:
    """Return every route and method of the application with who may call it."""
    return tuple(
        RouteAccess(method=method, path=route.path_format or "", roles=roles)
        for route, roles in stated_access(app)
        for method in sorted(route.methods or ())
    )


def methods_at(app: FastAPI, path: str) -> tuple[str, ...]:
    """Return the methods that work at an address, sorted; for the header Allow (RFC 9110, section 10.2.1)."""
    here = (route for route, _ in stated_access(app) if route.path_regex.match(path))
    return tuple(sorted({method for route in here for method in route.methods or ()}))


def routes_without_access(app: FastAPI) -> tuple[str, ...]:
    """Return the routes that do not say who may call them."""
    return tuple(f"{one.method} {one.path}" for one in access_of(app) if one.roles == frozenset())


def _stated(dependant: Dependant) -> Iterator[frozenset[Role] | None]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Access):
            yield inner.call.roles
        yield from _stated(inner)
