"""Every page of the site in its states: who comes, to which address. Accessibility tests and screenshots go there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.ids import new_id
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
class Thing:
    """Something that is no contribution."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The contributions that the places show; an endpoint of the author's organisation and a test sent to it."""

    draft: lives.Life
    waiting: lives.Life
    claimed: lives.Life
    reviewed: lives.Life
    open: lives.Life
    public: lives.Life
    foreign: lives.Life
    gone: lives.Life
    proposal: lives.Life
    agreed: lives.Life
    hook: Thing
    ping: Thing


async def _hook(site: Site) -> tuple[Thing, Thing]:
    """An endpoint where nobody answers."""
    body = {
        "name": f"Our catalogue {new_id()[-6:]}",
        "url": f"http://127.0.0.1:9/{LONG[:70]}",
        "filters": {"types": ["practice.published"], "themes": ["recognition"], "countries": ["FI", "PT"]},
    }
    made = await site.call(lives.AUTHOR, "syndication", "POST", "/webhooks", body, headers=once())
    path = f"/webhooks/{made['id']}/test"
    sent = await site.call(lives.AUTHOR, "syndication", "POST", path, headers=once())
    return Thing(id=made["id"]), Thing(id=sent["event_id"])


def once() -> dict[str, str]:
    return {"idempotency-key": new_id()}


async def set_scene(site: Site) -> Scene:
    """Bring contributions to where the pages have something to show."""
    draft = await lives.drafted(site, summary=None)
    waiting = await lives.changes_requested(site)
    claimed = await lives.in_review(site)
    await claimed.claim()
    opened = await lives.in_review(site, title=said(LONG[:60]))
    reviewed = await lives.in_review(site, kind="practice")
    await reviewed.review()
    foreign = await lives.drafted(site, kind="practice", **_arabic())
    await foreign.submit()
    await foreign.review()
    await foreign.decide()
    await foreign.come_to("published")
    public = await lives.published(site, kind="practice", sustainability=said(LONG))
    await lives.revised(public, summary=said("Apprentices spend three weeks abroad, not two."))
    gone = await lives.taken_down(await lives.published(site))
    proposal = await lives.published(site, kind="joint_action")
    agreed = await lives.agreed(await lives.published(site, kind="joint_action"), LONG)
    await _save_searches(site)
    hook, ping = await _hook(site)
    return Scene(
        hook=hook,
        ping=ping,
        draft=draft,
        waiting=waiting,
        claimed=claimed,
        open=opened,
        reviewed=reviewed,
        public=public,
        foreign=foreign,
        gone=gone,
        proposal=proposal,
        agreed=agreed,
    )


async def _save_searches(site: Site) -> None:
    searches: tuple[dict[str, Any], ...] = (
        {
            "name": "Finland: recognition",  # a name of no language
            "q": "placements",
            "filters": {"theme": ["recognition"], "country": ["FI"]},
        },
        {"name": "Anerkennung" * 7, "q": LONG[:50], "frequency": "at_once"},
    )
    for search in searches:  # saved already where the scene was set before
        await site.ask(lives.AUTHOR, "search", "POST", "/saved-searches", search)


def _arabic() -> dict[str, Any]:
    names = ("summary", "context", "actions", "results", "transferability")
    texts: dict[str, Any] = {name: said(f"نص قصير عما جرى بين المدينتين ({name}).", "ar") for name in names}
    return texts | {"title": said("فصول مشتركة عبر المضيق", "ar"), "source_language": "ar"}


Placed = Callable[[Scene], Place]

_STEPS = ("kind", "title", "actions", "lesson", "evidence", "fits", "mobility", "where", "who", "background", "files")
_SHARING = (
    ("share", "/share"),
    *((f"share-{step}", f"/share/{{draft}}/{step}") for step in _STEPS),
    ("share-terms", "/share/{draft}/terms"),
    ("share-translation", "/share/{draft}/title?in=fr"),
    ("share-languages", "/share/{draft}/languages"),
    ("share-preview", "/share/{draft}/preview"),
    ("share-check", "/share/{draft}/check"),
    ("share-comment", "/share/{waiting}/title"),
    ("share-answers-missing", "/share/{waiting}/check"),
    ("share-submitted", "/share/{claimed}/submitted"),
)
_MINE = (
    ("inbox", "/inbox"),
    ("searches-save", "/searches/save?q=placements&theme=recognition&country=FI"),
    ("mine", "/mine"),
    ("mine-drafts", "/mine?show=drafts"),
    ("mine-discarded", "/mine?show=discarded"),
    ("mine-import", "/mine/import"),
    *((f"mine-life-{name}", f"/mine/{{{name}}}") for name in ("draft", "waiting", "claimed", "public", "gone")),
    ("mine-life-arabic", "/mine/{foreign}"),
    ("mine-answers", "/mine/{waiting}/answers"),
    ("mine-version", "/mine/{public}/versions/1.1"),
    ("mine-changes", "/mine/{public}/changes"),
    ("mine-changes-none", "/mine/{draft}/changes"),
    ("mine-withdraw", "/mine/{claimed}/withdraw"),
    ("mine-discard", "/mine/{draft}/discard"),
    ("mine-revise", "/mine/{public}/revise"),
    ("mine-confirm", "/mine/{public}/confirm"),
)

_GAPS = (("board-gaps", "/board/gaps"), ("board-gaps-cells", "/board/gaps?show=cells"))


_OPEN = (
    ("home", "/"),
    ("search", "/search"),
    ("search-filtered", "/search?q=placements&theme=recognition&country=FI"),
    ("search-misspelt", "/search?q=aprentices"),
    ("search-empty", "/search?q=zzqqxx&sector=vet"),
    ("practice", "/practices/{public}"),
    ("practice-in-arabic", "/practices/{foreign}"),
    ("practice-before", "/practices/{public}/versions/1"),
    ("practice-versions", "/practices/{public}/versions"),
    ("practice-cite", "/practices/{public}/versions/1/cite"),
    ("practice-changes", "/practices/{public}/changes?from=1&to=2"),
    ("share-visitor", "/share"),
    ("accessibility", "/accessibility"),
    ("about", "/about"),
    ("developers", "/developers"),
)
_LISTS = (
    ("home-member", "/", lives.AUTHOR),
    ("home-coordinator", "/", lives.COORDINATOR),
    ("mine-empty", "/mine", lives.REVIEWER),
    ("searches", "/searches", lives.AUTHOR),
    ("searches-empty", "/searches?lang=en", "administrator-1"),
    ("subscriptions-empty", "/subscriptions?lang=en", "member-6"),
    ("subscriptions-all", "/subscriptions", lives.COORDINATOR),
)
_SUBSCRIPTIONS = (
    ("subscriptions", "/subscriptions"),
    ("subscriptions-new", "/subscriptions/new"),
    ("subscriptions-one", "/subscriptions/{hook}"),
    ("subscriptions-change", "/subscriptions/{hook}/change"),
    ("subscriptions-log", "/subscriptions/{hook}/deliveries"),
    ("subscriptions-delivery", "/subscriptions/{hook}/deliveries/{ping}"),
    *((f"subscriptions-{step}", f"/subscriptions/{{hook}}/{step}") for step in ("rotate", "replay", "remove")),
)


def everywhere() -> list[tuple[str, Placed]]:
    """Return the places by name; where they are depends on the scene."""
    found: list[tuple[str, Placed]] = []

    def at(name: str, path: str, sub: str | None = None, status: int = 200) -> None:
        found.append(
            (name, lambda scene: Place(name=name, path=path.format_map(_names(scene)), sub=sub, status=status))
        )

    at("practice-agreed", "/practices/{agreed}")
    at("practice-gone", "/practices/{gone}", status=410)
    for name, path in _OPEN:
        at(name, path)
    for name, path in (*_SHARING, *_MINE, *_SUBSCRIPTIONS):
        at(name, path, lives.AUTHOR)
    at("mine-not-now", "/mine/{draft}/withdraw", lives.AUTHOR, 409)
    at("inbox-empty", "/inbox?lang=en", "administrator-1")
    at("preferences", "/preferences", lives.REVIEWER)
    for name, path, sub in _LISTS:
        at(name, path, sub)
    at("reviews", "/reviews", lives.REVIEWER)
    at("reviews-filtered", "/reviews?country=AQ", "reviewer-3")
    at("reviews-profile", "/reviews/profile", lives.REVIEWER)
    at("case-open", "/cases/{open}-1", "reviewer-3")
    at("case-writing", "/cases/{claimed}-1?about=/results", lives.REVIEWER)
    at("case-taken", "/cases/{claimed}-1", "reviewer-3")
    at("case-finished", "/cases/{reviewed}-1", lives.REVIEWER)
    at("case-closed", "/cases/{waiting}-1", lives.REVIEWER)
    at("case-read", "/cases/{claimed}-1", lives.COORDINATOR)
    at("case-conflict", "/cases/{claimed}-1/conflict", lives.REVIEWER)
    for name, path in (("board", "/board"), ("board-all", "/board?show=all"), *_GAPS):
        at(name, path, lives.COORDINATOR)
    at("board-empty", "/board?show=withdrawn&country=AQ", lives.COORDINATOR)
    at("board-case", "/board/{claimed}-1", lives.COORDINATOR)
    at("board-case-ready", "/board/{reviewed}-1", lives.COORDINATOR)
    at("board-case-decided", "/board/{waiting}-1", lives.COORDINATOR)
    at("board-decision", "/board/{reviewed}-1/decision", lives.COORDINATOR)
    at("board-decision-approve", "/board/{reviewed}-1/decision?outcome=approve", lives.COORDINATOR)
    at("board-decision-against", "/board/{reviewed}-1/decision?outcome=reject", lives.COORDINATOR)
    at("board-decision-short", "/board/{claimed}-1/decision?outcome=reject", lives.COORDINATOR)
    at("board-trail", "/board/{waiting}-1/trail", lives.COORDINATOR)
    at("board-take-down", "/board/practices/{public}/take-down", lives.COORDINATOR)
    at("board-agreement", "/board/practices/{proposal}/agreement", lives.COORDINATOR)
    at("board-agreement-back", "/board/practices/{agreed}/agreement", lives.COORDINATOR)
    at("well", "/well", lives.COORDINATOR)
    at("well-administrator", "/well?lang=en", "administrator-1")
    at("case-hand-back", "/cases/{claimed}-1/hand-back", lives.REVIEWER)
    at("not-found", "/no/such/page", status=404)
    at("forbidden", "/reviews", lives.AUTHOR, 403)
    at("not-signed-in", "/signed-in?state=x&code=y", status=400)
    return found


def _names(scene: Scene) -> dict[str, str]:
    return {name: getattr(scene, name).id for name in Scene.__slots__}
