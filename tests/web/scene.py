"""What the pages of the tests show: contributions in every state, and what people have besides."""

import zlib
from dataclasses import dataclass
from typing import Any

from shared.ids import new_id
from tests.contents import said
from tests.web import lives
from tests.web.letters import linked
from tests.web.site import Site

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that is no contribution."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The contributions that the places show; an endpoint of the author's organisation and a test sent to it.

    ``stop`` and ``unsubscribe`` are what links in mails end with: of a saved search, and of what concerns an author.
    """

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
    refused: lives.Life
    kept: lives.Life
    hook: Thing
    ping: Thing
    stop: Thing
    unsubscribe: Thing


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


# Somebody who is told of what the author publishes.
_CURIOUS = "member-4"
# The organisation of the first coordinator, who has a conflict of interest where it takes part.
_SECRETARIAT = {"id": "network-secretariat", "name": "Secretariat of the network", "country": "NO"}


def picture() -> bytes:
    """A picture of a size that pictures have (PNG: RFC 2083)."""
    wide, high = 480, 300
    rows = b"".join(
        b"\0" + bytes(channel for x in range(wide) for channel in (x // 2, y // 2, 160)) for y in range(high)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = wide.to_bytes(4) + high.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _measured() -> dict[str, Any]:
    """Indicators, so that there is a chart; words that a German query finds as well."""
    return {
        "context": said("In Austria a Praktikum im Ausland counted for nothing (angerechnet: credited)."),
        "indicators": [
            {"name": said("Placements that counted"), "value": 42, "unit": "%", "baseline": 10},
            {"name": said("Schools that take part"), "value": 7, "baseline": 2},
        ],
    }


def once() -> dict[str, str]:
    return {"idempotency-key": new_id()}


async def set_scene(site: Site) -> Scene:
    """Bring contributions to where the pages have something to show."""
    for sub in (lives.AUTHOR, _CURIOUS):
        await site.call(sub, "notifications", "GET", "/me")  # it learns where to write to
    await _save_searches(site)
    draft = await lives.drafted(site, summary=None)
    await draft.attach("figures.csv", b"term,placements\n1,42\n", "Placements per term")
    waiting = await lives.changes_requested(site)
    claimed = await lives.in_review(site)
    await claimed.claim()
    opened = await lives.in_review(site, title=said(LONG[:60]))
    reviewed = await lives.in_review(site, kind="practice")
    await reviewed.review()
    arabic = _written_in("ar", "فصول مشتركة عبر المضيق", "نص قصير عما جرى بين المدينتين")
    foreign = await _public(await lives.drafted(site, kind="practice", **arabic))
    german = _written_in("de", "Wie das Praktikum im Ausland zählt", "Unsere Lehrlinge waren zwei Wochen im Praktikum")
    await _public(await lives.drafted(site, kind="practice", **german))
    own = site.account(lives.AUTHOR)
    lead = {"id": own.organisation, "name": own.organisation_name, "country": own.country}
    told = _measured() | {"lead_organisation": lead, "sustainability": said(LONG)}  # its own people see its receipt
    public = await lives.drafted(site, kind="practice", **told)
    await public.attach("workshop.png", picture(), "Two apprentices at a bench")
    await public.attach(f"{LONG[:60]}.txt", b"What we agreed, in plain words.", "The agreement")
    await public.publish()
    await lives.revised(public, summary=said("Apprentices spend three weeks abroad, not two."))
    gone = await lives.taken_down(await lives.published(site))
    proposal = await lives.published(site, kind="joint_action")
    agreed = await lives.agreed(await lives.published(site, kind="joint_action"), LONG)
    refused = await lives.rejected(site)
    kept = await lives.in_review(site, partner_organisations=[_SECRETARIAT])
    hook, ping = await _hook(site)
    return Scene(
        stop=Thing(id=await linked(site, _CURIOUS, "/searches/stop")),
        unsubscribe=Thing(id=await linked(site, lives.AUTHOR, "/unsubscribe")),
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
        refused=refused,
        kept=kept,
    )


async def _public(life: lives.Life) -> lives.Life:
    """Publish what search would not find by its English title."""
    await life.submit()
    await life.review()
    await life.decide()
    await life.come_to("published")
    return life


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
    theirs = {"name": "Placements", "q": "placements", "frequency": "at_once"}
    await site.ask(_CURIOUS, "search", "POST", "/saved-searches", theirs)


def _written_in(language: str, title: str, text: str) -> dict[str, Any]:
    """A content in one language alone."""
    names = ("summary", "context", "actions", "results", "transferability")
    texts: dict[str, Any] = {name: said(f"{text} ({name}).", language) for name in names}
    return texts | {"title": said(title, language), "source_language": language}


def names_in(scene: Scene) -> dict[str, str]:
    """Return the ids that paths name in braces."""
    return {name: getattr(scene, name).id for name in Scene.__slots__}
