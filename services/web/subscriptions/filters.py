"""The form of an endpoint: what it shows, what was typed, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.web.calls.api import Refused
from services.web.page.forms import Posted
from services.web.page.visit import Visit
from services.web.subscriptions.parts import Json
from services.web.subscriptions.words import wrong_url

CHOSEN: Final = ("types", "kinds", "sectors", "themes")
TYPED: Final = ("countries", "languages")
LINES: Final = "organisations"
LONGEST_NAME: Final = 100
_PARTS: Final = re.compile(r"[\s,;]+")

Errors = list[dict[str, str]]


def body_of(form: Posted) -> Json:
    """What the form means to the service."""
    filters: dict[str, Any] = {name: form.texts(name) for name in CHOSEN}
    filters |= {name: [part for part in _PARTS.split(form.text(name)) if part] for name in TYPED}
    filters[LINES] = [line.strip() for line in form.text(LINES).split("\n") if line.strip()]
    return {
        "name": form.text("name"),
        "url": form.text("url"),
        "filters": {name: values for name, values in filters.items() if values},
        "ordered": form.has("ordered"),
    }


def shown(body: Json) -> Json:
    """Return what the fields of the form hold."""
    filters: Mapping[str, Sequence[str]] = body.get("filters") or {}
    return {
        "name": body.get("name", ""),
        "url": body.get("url", ""),
        "ordered": bool(body.get("ordered")),
        **{name: list(filters.get(name) or ()) for name in CHOSEN},
        **{name: ", ".join(filters.get(name) or ()) for name in TYPED},
        LINES: "\n".join(filters.get(LINES) or ()),
    }


def wrong_with(visit: Visit, refused: Refused) -> Errors:
    """Return the service's objections in words, each with its field; the same field once."""
    found: dict[str, str] = {}
    for error in refused.errors:
        parts = str(error.get("pointer", "")).strip("/").split("/")
        field = parts[1] if parts[0] == "filters" and len(parts) > 1 else parts[0]
        found.setdefault(field, _words(visit, field, error))
    return [{"field": field, "text": text} for field, text in found.items()]


def _words(visit: Visit, field: str, error: Json) -> str:
    _, code = visit._, str(error.get("code", ""))
    if field == "name":
        return _("Give it a name of at most {most} characters.").format(most=LONGEST_NAME)
    if field == "url":
        return wrong_url(visit, code) or wrong_url(visit, "url") or ""
    if field == "countries":
        return _("Use two-letter codes of countries, such as FI or PT.")
    if field == "languages":
        return _("Use codes of languages, such as fr or pt-BR.")
    return str(error.get("message") or _("This cannot be used."))
