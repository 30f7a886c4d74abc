"""Every page of the site in its states: who comes, to which address. Accessibility tests and screenshots go there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contents import said
from tests.web import lives
from tests.web.site import Site

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One page in one state. ``sub`` is who looks at it, None a visitor."""

    name: str
    path: str
    sub: str | None = None
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The contributions that the places show."""

    draft: lives.Life
    waiting: lives.Life
    claimed: lives.Life
    reviewed: lives.Life
    public: lives.Life
    foreign: lives.Life


async def set_scene(site: Site) -> Scene:
    """Bring contributions to where the pages have something to show."""
    draft = await lives.drafted(site, summary=None)
    waiting = await lives.changes_requested(site)
    claimed = await lives.in_review(site)
    await claimed.claim()
    reviewed = await lives.in_review(site, kind="practice")
    await reviewed.review()
    foreign = await lives.drafted(site, kind="practice", **_arabic())
    await foreign.submit()
    await foreign.review()
    await foreign.decide()
    await foreign.come_to("published")
    public = await lives.published(site, kind="practice", sustainability=said(LONG))
    return Scene(draft=draft, waiting=waiting, claimed=claimed, reviewed=reviewed, public=public, foreign=foreign)


def _arabic() -> dict[str, Any]:
    names = ("summary", "context", "actions", "results", "transferability")
    texts: dict[str, Any] = {name: said(f"نص قصير عما جرى بين المدينتين ({name}).", "ar") for name in names}
    return texts | {"title": said("فصول مشتركة عبر المضيق", "ar"), "source_language": "ar"}


Placed = Callable[[Scene], Place]


def everywhere() -> list[tuple[str, Placed]]:
    """Return the places by name; where they are depends on the scene."""
    found: list[tuple[str, Placed]] = []

    def at(name: str, path: str, sub: str | None = None, status: int = 200) -> None:
        found.append(
            (name, lambda scene: Place(name=name, path=path.format_map(_names(scene)), sub=sub, status=status))
        )

    at("accessibility", "/accessibility")
    at("about", "/about")
    at("inbox", "/inbox", lives.AUTHOR)
    at("inbox-empty", "/inbox?lang=en", "administrator-1")
    at("preferences", "/preferences", lives.REVIEWER)
    at("not-found", "/no/such/page", status=404)
    at("forbidden", "/reviews", lives.AUTHOR, 403)
    at("not-signed-in", "/signed-in?state=x&code=y", status=400)
    return found


def _names(scene: Scene) -> dict[str, str]:
    return {name: getattr(scene, name).id for name in Scene.__slots__}
