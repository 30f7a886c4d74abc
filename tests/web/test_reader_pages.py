"""Home and search without scripts: every promise of them over HTTP."""

import asyncio
import re
from html import unescape

import httpx
import pytest

from tests.contents import said
from tests.web import lives
from tests.web.site import Site, fresh
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _html(http: httpx.AsyncClient, path: str) -> str:
    answer = await http.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer.text


async def test_home_leads_to_the_practices_by_sector_theme_and_country(site: Site) -> None:
    life = await lives.published(site, countries=["FI", "JP", "MT"], sectors=["vet"], themes=["digital"])
    async with site.browser() as http:
        html = await _html(http, "/")
        assert life.title in html
        for address in ("/search?sector=vet", "/search?theme=digital"):
            assert f'href="{address}"' in html
            assert life.title in await _html(http, address.replace("?", "?sort=newest&"))
        for code in ("FI", "JP", "MT"):
            assert html.count(f'href="/search?country={code}"') == 2, "on the map and in the list"
        name = re.search(r'<a href="/search\?country=JP" class="s[1-4]" aria-label="Japan: (\d+) contributions?"', html)
        assert name, "a country on the map says its name and its number"
        assert f'aria-hidden="true">{name[1]}</text>' in html


async def test_home_speaks_the_readers_language(site: Site) -> None:
    await lives.published(site, countries=["DE"])
    async with site.browser() as http:
        html = await _html(http, "/?lang=fr")
        assert '<html lang="fr"' in html
        assert ">Allemagne</a>" in html
        assert "Par pays" in html


async def test_a_search_says_how_many_and_marks_the_words(site: Site) -> None:
    word = fresh("x").replace(" ", "q")
    await lives.published(site, summary=said(f"Apprentices <b>of {word}</b> & friends."))
    async with site.browser() as http:
        html = await _html(http, f"/search?q={word}")
        assert f"1 contribution for “{word}”" in html
        assert f"<mark>{word}</mark>&lt;/b&gt; &amp; friends" in html
        assert f"&lt;b&gt;of <mark>{word}" in html


async def test_filters_are_boxes_with_counts_and_chips_that_take_them_off(site: Site) -> None:
    await lives.published(site, sectors=["adult"], countries=["FI"])
    async with site.browser() as http:
        html = await _html(http, "/search?sector=adult&country=FI")
        assert re.search(r'name="sector" value="adult" checked>\s*<label[^>]*>.*?\d+</span>', html, re.DOTALL)
        assert re.search(r'class="chip" href="/search\?country=FI".*?Sector:', html, re.DOTALL)
        assert re.search(r'class="chip" href="/search\?sector=adult".*?Country:', html, re.DOTALL)
        assert '<button class="second apply">' in html
        assert 'class="chip" href="/search"' in html, "all at once"


async def test_what_others_link_to_comes_first_where_one_asks_for_the_most_re_used(site: Site) -> None:
    word = fresh("r").replace(" ", "q")
    reused = await lives.published(site, summary=said(f"Placements in {word}."))
    newer = await lives.published(site, summary=said(f"Placements in {word}."))
    found = await site.call(None, "search", "GET", f"/search?q={word}")
    address = next(one["address"] for one in found["items"] if one["id"] == reused.id)
    await lives.published(site, links=[{"label": "What we built on", "url": address}])
    async with site.browser() as http:
        html = await _html(http, f"/search?q={word}")
        link = re.search(r'<li><a href="([^"]+)"[^>]*>Most re-used first</a>', html)
        assert link, "the order can be chosen"
        assert link[1] == f"/search?q={word}&amp;sort=most_reused"
        newest = await _html(http, f"/search?q={word}&sort=newest")
        assert newest.index(newer.title) < newest.index(reused.title)
        ordered = await _html(http, unescape(link[1]))
        assert ordered.index(reused.title) < ordered.index(newer.title)
        assert re.search(r'sort=most_reused"[^>]* aria-current="true"[^>]*>Most re-used first', ordered)


async def test_an_address_with_empty_parameters_leads_to_the_tidy_one(site: Site) -> None:
    async with site.browser() as http:
        answer = await http.get("/search?q=&sector=vet&theme=&sort=")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/search?sector=vet"
        answer = await http.get("/search?q=&lang=de")
        assert answer.headers["location"] == "/search?lang=de"


async def test_nothing_found_helps_on(site: Site) -> None:
    async with site.browser() as http:
        html = await _html(http, "/search?q=zzqqxxyyww&sector=vet")
        assert "Nothing found" in html
        assert 'href="/search?q=zzqqxxyyww"' in html
        html = await _html(http, "/search?q=zzqqxxyyww")
        assert "Check the spelling" in html


async def test_a_typing_error_is_answered_with_what_was_meant(site: Site) -> None:
    word = "kaleidoscope"
    await lives.published(site, summary=said(f"A {word} of places."))
    await lives.published(site, summary=said(f"Our {word} of people."))
    async with site.browser() as http:
        html = await _html(http, "/search?q=kaleidoscpe&sector=vet")
        assert re.search(r'Did you mean\s*<a href="/search\?q=[Kk]aleidoscope&amp;sector=vet"', html)


async def test_long_results_page_on_by_cursor(site: Site) -> None:
    word = fresh("y").replace(" ", "q")
    await asyncio.gather(*(_published_quickly(site, word) for _ in range(21)))
    await lives.published(site, summary=said(f"The {word} last."))
    async with site.browser() as http:
        first = await _html(http, f"/search?q={word}")
        assert first.count('<li class="result">') == 20
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following
        second = await _html(http, following[1].replace("&amp;", "&"))
        assert second.count('<li class="result">') == 2
        assert 'rel="next"' not in second
        assert f'href="/search?q={word}">To the first page' in second
        seen = re.findall(r'<h3><a href="(/practices/[^"]+)"', first + second)
        assert len(set(seen)) == 22


async def _published_quickly(site: Site, word: str) -> None:
    life = await lives.drafted(site, summary=said(f"About {word}."))
    await life.submit()
    await life.review()
    await life.decide()


@pytest.mark.parametrize(
    "path",
    [
        "/search?theme=no-such-theme", "/search?country=%00", "/search?q=%00%01%ED%A0%80", "/search?cursor=forged",
        "/search?year=99999", "/search?year=x", "/search?q=" + "a" * 5000, "/search?sort=<script>",
        "/search?sector=vet&sector=" + "x" * 300, "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/search?q=" + "(" * 500, "/search?organisation=%22onload%3Dalert(1)", "/search?q=AND+OR+NOT+%2Bx:%5B*",
    ],
)  # fmt: skip
async def test_a_hostile_address_is_answered_with_a_page(site: Site, path: str) -> None:
    async with site.browser() as http:
        answer = await http.get(path, follow_redirects=True)
        assert answer.status_code == 200
        assert "<script>" not in answer.text.replace('<script type="application/ld+json">', "")
        assert '"onload' not in answer.text


async def test_what_no_search_knows_is_left_out_and_told(site: Site) -> None:
    async with site.browser() as http:
        html = await _html(http, "/search?theme=no-such-theme&sector=vet")
        assert "was left out" in html
        assert 'value="vet" checked' in html


async def test_suggestions_lead_somewhere(site: Site) -> None:
    life = await lives.published(site, themes=["digital"])
    async with site.browser() as http:
        found = (await http.get(f"/search/suggestions?q={life.title.rpartition(' ')[2]}")).json()["items"]
        assert {"text": life.title, "kind": "Practice", "to": f"/practices/{life.id}"} in [
            {name: one[name] for name in ("text", "kind", "to")} for one in found
        ]
        found = (await http.get("/search/suggestions?q=digi")).json()["items"]
        assert any(one["to"] == "/search?theme=digital" and one["kind"] == "Theme" for one in found)
        for nothing in ("", "%00", "%20", "a" * 5000):
            assert (await http.get(f"/search/suggestions?q={nothing}")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/search", "/search?q=apprentices&sector=vet"])
async def test_pages_are_light_and_their_calls_do_not_queue(site: Site, path: str) -> None:
    await lives.published(site)
    async with site.browser() as http:
        assert await weight(http, path) <= MOST_BYTES
        assert in_sequence(await http.get(path)) <= MOST_IN_SEQUENCE
