from __future__ import annotations

from lxml import etree

from services.syndication.feeds import sitemap
from services.syndication.feeds.atom import Place
from services.syndication.feeds.routes import FeedRoutes
from services.syndication.store import Records
from tests.access_table import client_of
from tests.services.syndication.outlets import NASTY, Outlets

S, X = f"{{{sitemap.NAMESPACE}}}", f"{{{sitemap.XHTML}}}"


async def test_search_engines_find_every_public_practice(out: Outlets) -> None:
    index = await out.client.get("/sitemap.xml")
    assert [one.text for one in etree.fromstring(index.content).iter(f"{S}loc")] == ["http://127.0.0.1:8105/sitemaps/1"]
    empty = await out.client.get("/sitemaps/1")
    assert [one.text for one in etree.fromstring(empty.content).iter(f"{S}loc")] == ["http://127.0.0.1:8105/"]
    one = await out.publish("p1")
    two = await out.publish("p2", title={"en": {"text": NASTY}, "fr": {"text": "Deux"}})
    await out.publish("p3")
    await out.take_down("p3")
    answer = await out.client.get("/sitemaps/1")
    root = etree.fromstring(answer.content)
    rows = {row.findtext(f"{S}loc"): row for row in root.iter(f"{S}url")}
    assert list(rows) == ["http://127.0.0.1:8105/", one.address, two.address]
    assert rows[one.address].findtext(f"{S}lastmod") == "2026-03-09T14:00:00Z"
    assert rows[one.address].find(f"{X}link") is None
    links = {link.get("hreflang"): link.get("href") for link in rows[two.address].iter(f"{X}link")}
    assert links == {"x-default": two.address, "en": f"{two.address}?text=en", "fr": f"{two.address}?text=fr"}
    assert (await out.client.get("/sitemaps/2")).status_code == 404


async def test_parts_hold_everything_once(out: Outlets) -> None:
    for number in range(5):
        out.clock.on(minutes=1)
        await out.publish(f"p{number}")
    place = Place(domain="d.example", own_url="", web_url="https://w.example", practices_url="")
    out.app.router.routes[:] = [
        *FeedRoutes(Records.of(out.store.db).shelf, place, out.clock, size=2).router().routes,
        *out.app.router.routes,
    ]
    async with client_of(out.app) as client:
        index = etree.fromstring((await client.get("/sitemap.xml")).content)
        parts = [one.text or "" for one in index.iter(f"{S}loc")]
        assert [one.text for one in index.iter(f"{S}lastmod")][-1] == "2026-03-09T14:05:00Z"
        found: list[str | None] = []
        for part in parts:
            body = await client.get(part.removeprefix("https://w.example"))
            found += [one.text for one in etree.fromstring(body.content).iter(f"{S}loc")]
    assert len(parts) == 3
    assert found == ["https://w.example/", *(one.address for one in out.public.values())]
