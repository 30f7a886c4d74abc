"""What leaves the site in other forms: files of a search, citations, the feed, the sitemap."""

import csv
import io
import json
import re
from html import unescape
from typing import Any

import feedparser
import httpx
import pytest
import rispy
from lxml import etree

from tests.contents import said
from tests.waiting import eventually
from tests.web import lives
from tests.web.front_end import front_end
from tests.web.site import Site, fresh

pytestmark = pytest.mark.asyncio(loop_scope="package")

NASTY = '=1+1 <b>&amp; "Zoë" {x}'


async def _called(site: Site, title: str, **content: Any) -> lives.Life:
    """Publish something by a title of the test's own."""
    life = await lives.drafted(site, title=said(title), **content)
    await life.submit()
    await life.review()
    await life.decide()
    await life.come_to("published")
    return life


async def _html(http: httpx.AsyncClient, path: str) -> str:
    answer = await http.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer.text


async def test_what_a_search_finds_is_taken_along_without_scripts(site: Site) -> None:
    word = fresh("take").replace(" ", "q")
    life = await _called(site, f"{NASTY} {word}", countries=["FI"])
    await _called(site, f"Other {word}", countries=["PT"])
    async with site.browser() as http:

        async def both() -> str:
            html = await _html(http, f"/search?q={word}")
            assert f"2 contributions for “{word}”" in html
            return html

        found = re.findall(r'href="(/search/export\.(\w+)[^"]*)"', await eventually(both, 20))
        links = {form: unescape(link) for link, form in found}
        assert set(links) == {"csv", "json", "bib", "ris"}
        table = await http.get(links["csv"])
        assert table.headers["content-type"].startswith("text/csv")
        assert table.headers["content-disposition"] == 'attachment; filename="practice-exchange.csv"'
        assert table.content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
        assert {row["title"] for row in rows} == {f"'{NASTY} {word}", f"Other {word}"}
        finland = await http.get(f"/search/export.json?q={word}&country=FI")
        document = json.loads(finland.content)
        assert (document["total"], document["given"], len(document["items"])) == (1, 1, 1)
        assert document["items"][0] == await site.call(None, "submissions", "GET", f"/practices/{life.id}")
        records = rispy.loads((await http.get(links["ris"])).text)
        assert {record["title"] for record in records} == {f"{NASTY} {word}", f"Other {word}"}
        references = await http.get(links["bib"])
        assert references.text.startswith("% 2 of 2\n")
        assert references.text.count("@misc{") == 2


async def test_a_file_of_nothing_is_empty_and_a_wrong_code_is_refused(site: Site) -> None:
    async with site.browser() as http:
        table = await http.get(f"/search/export.csv?q={fresh('nothing').replace(' ', 'q')}")
        assert table.text.startswith("id,version,")
        assert table.text.count("\r\n") == 1
        refused = await http.get("/search/export.csv?country=XX")
        assert refused.status_code == 422
        assert refused.headers["content-type"].startswith("text/html")
        assert (await http.get("/search/export.exe")).status_code == 404


async def test_a_version_is_cited_in_many_styles(site: Site) -> None:
    life = await _called(site, f"Cited {NASTY}", authors=[{"name": "Aino <i>Virtanen"}])
    here = f"/practices/{life.id}/versions/1"
    async with site.browser() as http:
        page = await _html(http, f"/practices/{life.id}")
        assert f'href="{here}/cite?text=' in page
        html = await _html(http, f"{here}/cite")
        for style in ("APA", "Chicago", "Harvard", "MLA", "Vancouver"):
            assert f">{style}</h2>" in html
        assert "Aino &lt;i&gt;Virtanen" in html
        assert "<b>" not in html
        french = await _html(http, f"{here}/cite?lang=fr")
        assert "Disponible sur" in french
        (item,) = json.loads((await http.get(f"{here}/cite.json")).content)
        assert item["title"] == f"Cited {NASTY}"
        assert item["author"] == [{"literal": "Aino <i>Virtanen"}]
        await lives.taken_down(life)
        assert (await http.get(f"{here}/cite")).status_code == 410


async def test_feed_readers_and_search_engines_find_their_way(site: Site) -> None:
    life = await lives.published(site, countries=["MT"])
    async with site.browser() as http:
        home, search = await _html(http, "/"), await _html(http, "/search?country=MT")
        for html, feed in ((home, "/feed.atom?lang=en"), (search, "/feed.atom?country=MT&amp;lang=en")):
            assert f'<link rel="alternate" type="application/atom+xml" title="Practice Exchange" href="{feed}">' in html
        assert 'application/atom+xml" title' not in await _html(http, "/search?q=words")

        async def told() -> str:
            answer = await http.get("/feed.atom?country=MT&lang=en")
            assert answer.status_code == 200
            assert life.title in [entry.title for entry in feedparser.parse(answer.content).entries]
            return answer.headers["etag"]

        tag = await eventually(told, 20)
        again = await http.get("/feed.atom?country=MT&lang=en", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert (await http.get("/feed.atom?country=XX")).status_code == 422
        robots = await http.get("/robots.txt")
        address = re.findall(r"^Sitemap: (\S+)$", robots.text, re.MULTILINE)[0]
        assert address == f"{site.url}/sitemap.xml"
        index = etree.fromstring((await http.get(address)).content)
        parts = [loc.text or "" for loc in index.iter("{*}loc")]
        listed: list[str | None] = []
        for part in parts:
            assert part.startswith(f"{site.url}/")
            listed += [loc.text for loc in etree.fromstring((await http.get(part)).content).iter("{*}loc")]
        assert f"{site.url}/practices/{life.id}" in listed
        assert (await http.get("/sitemaps/99")).status_code == 404


async def test_without_syndication_the_rest_of_the_site_is_there(site: Site) -> None:
    async with front_end(site, SYNDICATION_URL="http://127.0.0.1:9") as url, httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/feed.atom")).status_code == 503
        assert (await http.get("/sitemap.xml")).status_code == 503
        assert (await http.get("/search")).status_code == 200
