"""No form without its protection: every route that changes something reads it through the check of origin and token."""

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from services.web.page.forms import posted
from services.web.rooms import rooms
from services.web.session.routes import sign_in_routes

SAFE = {"GET", "HEAD", "OPTIONS"}
# What may be stopped stands in the address; mailbox providers post there without cookies or origin (RFC 8058).
OPEN = {"/unsubscribe/{token}", "/searches/stop/{key}"}


def routes() -> list[RouteContext]:
    app = FastAPI()
    for router in (sign_in_routes(), *rooms()):
        app.include_router(router)
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]


def methods(route: RouteContext) -> set[str]:
    return set(route.methods or ())


def asks(dependant: Dependant) -> bool:
    return any(inner.call is posted or asks(inner) for inner in dependant.dependencies)


def test_every_form_is_checked() -> None:
    changing = [route for route in routes() if not SAFE.issuperset(methods(route))]
    assert len(changing) > 20
    unchecked = {route.path for route in changing if not asks(route.dependant)}
    assert unchecked == OPEN


def test_nothing_but_forms_changes_anything() -> None:
    assert {method for route in routes() for method in methods(route)} <= {"GET", "POST"}
