"""Saved searches through the pages: saved from results, changed, deleted and taken back, fed, stopped from a mail."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import httpx
import pytest

from local.free_ports import free_port
from tests.contents import said
from tests.waiting import eventually
from tests.web import lives
from tests.web.front_end import front_end
from tests.web.site import Site, fresh

pytestmark = pytest.mark.asyncio(loop_scope="package")

READER = "member-2"


async def posted(http: httpx.AsyncClient, page: str, path: str, **fields: str) -> httpx.Response:
    """Send a form as the page has it, with its token."""
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    return await http.post(path, data={"csrf": csrf[1], **fields})


async def saved(http: httpx.AsyncClient, words: str, *, frequency: str = "daily", more: str = "") -> str:
    """Save a search from its results, and return its id."""
    results = (await http.get("/search", params={"q": words})).text
    assert "/searches/save?q=" in results
    page = await http.get(f"/searches/save?q={words}{more}")
    name = re.search(r'id="name" name="name" value="([^"]+)"', page.text)
    assert name
    fields = {"q": words, "name": f"News of {words}", "frequency": frequency}
    done = await posted(http, page.text, "/searches", **fields, **dict(re.findall(r"&(\w+)=([\w-]+)", more)))
    assert (done.status_code, done.headers["location"]) == (303, "/searches"), done.text
    found = re.findall(r'id="s-([0-9a-f-]{36})"', (await http.get("/searches")).text)
    return str(found[-1])


def card(page: str, search_id: str) -> str:
    """The part of the list that shows one search."""
    return page.partition(f'id="s-{search_id}"')[2].partition('<li class="card"')[0]


async def test_saved_changed_paused_deleted_and_taken_back(site: Site) -> None:
    words = fresh("mentors")
    async with site.signed_in(READER) as http:
        search_id = await saved(http, words, more="&theme=recognition&country=PT&year=2024")
        page = (await http.get("/searches")).text
        for shown in ("Portugal", "2024", words, "Once a day", "/feeds/"):
            assert shown in card(page, search_id), shown
        path = f"/searches/{search_id}"
        version = {"version": "1"}
        await posted(http, page, path, do="save", name="Renamed", frequency="at_once", **version)
        page = (await http.get("/searches")).text
        assert "Renamed" in card(page, search_id)
        stale = await posted(http, page, path, do="pause", **version)
        page = (await http.get(stale.headers["location"])).text
        assert "changed elsewhere" in page
        await posted(http, page, path, do="pause", version="2")
        assert "Paused" in card((await http.get("/searches")).text, search_id)
        gone = await posted(http, page, path, do="delete")
        page = (await http.get(gone.headers["location"])).text
        assert f'id="s-{search_id}"' not in page
        await posted(http, page, f"{path}/restore")
        page = (await http.get("/searches")).text
        assert "Renamed" in card(page, search_id)
        await posted(http, page, path, do="delete")


async def test_what_cannot_be_saved_is_told_with_what_was_typed(site: Site) -> None:
    words = fresh("coaches")
    async with site.signed_in(READER) as http:
        search_id = await saved(http, words)
        page = (await http.get(f"/searches/save?q={words}")).text
        again = await posted(http, page, "/searches", q=words, name="Typed", frequency="off")
        assert again.status_code == 422
        assert "You have saved this search already" in again.text
        assert 'value="Typed"' in again.text
        unnamed = await posted(http, page, "/searches", q=fresh("other"), name="", frequency="off")
        assert (unnamed.status_code, "Give it a name" in unnamed.text) == (422, True)
        assert (await http.get("/searches/save")).headers["location"] == "/search"
        await posted(http, page, f"/searches/{search_id}", do="delete")
    async with site.browser() as stranger:
        asked = await stranger.get(f"/searches/save?q={words}")
        assert (asked.status_code, "/sign-in" in asked.headers["location"]) == (303, True)


async def test_a_feed_is_read_without_signing_in_until_it_ends(site: Site) -> None:
    async with site.signed_in(READER) as http, site.browser() as stranger:
        search_id = await saved(http, fresh("welders"))
        page = (await http.get("/searches")).text
        address = re.search(rf"{re.escape(site.url)}(/feeds/[\w-]+)", card(page, search_id))
        assert address
        feed = await stranger.get(address[1])
        assert feed.headers["content-type"] == "application/atom+xml"
        assert ET.fromstring(feed.content).tag.endswith("feed")
        known = {"if-none-match": feed.headers["etag"]}
        assert (await stranger.get(address[1], headers=known)).status_code == 304
        await posted(http, page, f"/searches/{search_id}", do="no-feed")
        assert (await stranger.get(address[1])).status_code == 404
        await posted(http, page, f"/searches/{search_id}", do="delete")


async def test_news_reaches_the_inbox_and_its_mail_stops_the_search_without_signing_in(site: Site) -> None:
    word = fresh("glassblowers").rpartition(" ")[2]
    async with site.signed_in(READER) as http:
        search_id = await saved(http, word, frequency="at_once")
        life = await lives.published(site, summary=said(f"Glassblowers went abroad and came back {word}."))

        async def told() -> str | None:
            page = (await http.get("/inbox")).text
            return page if f"/practices/{life.id}" in page and "answers your search" in page else None

        assert await eventually(told, 30)
        async with httpx.AsyncClient(trust_env=False, base_url=site.ports.url("mailbox")) as mailbox:

            async def mailed() -> str | None:
                letters = re.findall(r'href="(/messages/[^"]+)"', (await mailbox.get("/")).text)
                for letter in letters:
                    text = (await mailbox.get(letter)).text
                    if life.title in text and (found := re.search(r"/searches/stop/[\w-]+", text)):
                        return found[0]
                return None

            stop = str(await eventually(mailed, 30))
        async with site.browser() as stranger:
            assert "Opening this page has changed nothing yet." in (await stranger.get(stop)).text
            # As a mailbox provider does it: no cookie, no origin, and its own body.
            del stranger.headers["origin"]
            done = await stranger.post(stop, content=b"List-Unsubscribe=One-Click")
            assert (done.status_code, "does not write to you any more" in done.text) == (200, True)
            assert "Paused" in card((await http.get("/searches")).text, search_id)
            again = await stranger.post(f"{stop}?do=resume")
            assert "tells you again" in again.text
            assert (await stranger.get("/searches/stop/unknown")).status_code == 404
        page = (await http.get("/searches")).text
        await posted(http, page, f"/searches/{search_id}", do="delete")


async def test_a_feed_says_so_while_search_is_away(site: Site) -> None:
    async with (
        front_end(site, SEARCH_URL=f"http://127.0.0.1:{free_port()}") as address,
        httpx.AsyncClient(trust_env=False) as reader,
    ):
        assert (await reader.get(f"{address}/feeds/{'k' * 22}")).status_code == 503
