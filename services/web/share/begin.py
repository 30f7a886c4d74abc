"""Beginning a contribution with what is known already: the person, their organisation, their language."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from services.web.calls.api import Away, Refused
from services.web.share.fields import Json, value_at

if TYPE_CHECKING:
    from services.web.page.visit import Visit
    from services.web.session.person import Person

_SLUG: Final = re.compile(r"[a-z]{2,}(-[a-z]+)+")


async def begin(visit: Visit, kind: str, language: str, *, once: str | None) -> Json:
    """Begin a draft and return it. Raises Refused (422) for a kind or language that is none."""
    person = visit.person
    assert person is not None  # noqa: S101 - the route lets in members only
    content: Json = {"kind": kind, "source_language": language} | await _known(visit, person)
    draft: Json = await visit.services.submissions.post("/contributions", {"content": content}, once=once)
    return draft


async def _known(visit: Visit, person: Person) -> Json:
    lead = await _organisation(visit, person)
    author = {"name": person.name, "person_id": person.person_id, "organisation": lead.get("name")}
    contact = {"name": person.name, "email": person.email}
    found = {
        "authors": [_given(author)],
        "lead_organisation": lead,
        "contact": _given(contact),
        "licence": "CC-BY-4.0",
    }
    return _given(found)


async def _organisation(visit: Visit, person: Person) -> Json:
    """Return the person's organisation: as it leads their last contribution, else by the name it is published under.

    The sign-in tells its identifier alone; where nothing else is known, one made of words is read as its name.
    """
    own = person.organisation
    if not own:
        return {}
    last, published = await asyncio.gather(_last_lead(visit), _published_name(visit, own))
    if last.get("id") == own:
        return last
    name = published or (own.replace("-", " ").title() if _SLUG.fullmatch(own) else None)
    return _given({"id": own, "name": name})


async def _last_lead(visit: Visit) -> Json:
    api = visit.services.submissions
    try:
        items = (await api.get("/contributions", {"limit": 1}))["items"]
        last = await api.get(f"/contributions/{items[0]['id']}") if items else {}
    except (Away, Refused):
        return {}
    lead: Json = value_at(last, ("content", "lead_organisation")) or {}
    return lead


async def _published_name(visit: Visit, organisation: str) -> str | None:
    try:
        found = await visit.services.search.get("/search", {"organisation": organisation, "limit": 1})
    except (Away, Refused):
        return None
    named = (one for item in found["items"] for one in item["organisations"] if one["code"] == organisation)
    return next((one["name"] for one in named), None)


def _given(document: Json) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value}
