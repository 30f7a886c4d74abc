"""The page of a practice without scripts: what it says, in which language, and what it never lets through."""

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.contents import said
from tests.web import lives
from tests.web.lives import AUTHOR, COORDINATOR
from tests.web.site import Site, fresh
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = pytest.mark.asyncio(loop_scope="package")

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"


async def _page(http: httpx.AsyncClient, path: str) -> str:
    answer = await http.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer.text


async def test_it_says_all_that_is_public(site: Site) -> None:
    life = await lives.published(
        site,
        kind="practice",
        indicators=[
            {"name": said("Credits recognised"), "value": 49, "unit": "%", "baseline": 18, "source": "own count"},
            {"name": said("Teachers who stayed"), "value": "most", "baseline": "some"},
        ],
        links=[{"url": "https://example.org/tool", "label": "The tool"}],
        contact={"name": "Aino Example", "email": "aino@example.org", "visibility": "public"},
    )
    async with site.browser() as http:
        html = await _page(http, f"/practices/{life.id}")
    text = _plain(html)
    for words in (
        life.title, "Apprentices spend two weeks abroad", "Need and context", "Placements abroad were rare", "Results",
        "Good practice", "Vocational education and training", "Learner mobility", "Finland", "Italy", "North School",
        "South School", "Internal evaluation with data", "Step 4 of 7", "14 days", "Aino Example", "aino@example.org",
        "The tool", "Version 1", "Erasmus+", "49", "18", "own count", "most", "some", "Creative Commons",
    ):  # fmt: skip
        assert words in text, words
    assert text.index(life.title) < text.index("Apprentices spend") < text.index("Key facts")
    assert '<link rel="canonical"' in html
    assert f'<meta property="og:title" content="{life.title}">' in html
    assert 'href="https://example.org/tool" rel="noopener nofollow ugc"' in html
    assert html.count("<h1") == 1
    assert 'href="https://creativecommons.org/licenses/by/4.0/"' in html
    assert html.count("<rect") == 2, "only figures are drawn, both in a table"


async def test_a_contact_that_is_for_members_is_not_shown(site: Site) -> None:
    life = await lives.published(site)
    async with site.browser() as http:
        html = await _page(http, f"/practices/{life.id}")
    assert "aino@example.org" not in html
    assert "Not shown publicly" in html


async def test_machines_read_what_people_read(site: Site) -> None:
    life = await lives.published(site, kind="practice", summary=said("</script><script>alert(1)</script> & more"))
    async with site.browser() as http:
        html = await _page(http, f"/practices/{life.id}")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    document = json.loads(found[1])
    assert document["@type"] == "Article"
    assert document["headline"] == life.title
    assert document["abstract"] == "</script><script>alert(1)</script> & more"
    assert document["url"] == f"{site.url}/practices/{life.id}"
    assert document["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert "aino" not in found[1]


def _evil_content() -> dict[str, Any]:
    texts = ("summary", "context", "actions", "results", "transferability", "sustainability", "green")
    organisation = {"name": EVIL, "country": "FI", "type": EVIL}
    return {
        **{name: said(EVIL) for name in texts},
        "indicators": [{"name": said(EVIL), "value": EVIL, "baseline": EVIL, "unit": EVIL, "source": EVIL}],
        "links": [{"url": "https://example.org/?q=%22onclick=alert(1)", "label": EVIL}],
        "authors": [{"name": EVIL, "organisation": EVIL}],
        "lead_organisation": organisation,
        "partner_organisations": [organisation],
        "programme": {"programme": EVIL, "project_id": EVIL},
        "contact": {"name": EVIL, "email": "a@example.org", "visibility": "public"},
        "declarations": {"rights": True, "consent": True, "funding": EVIL},
    }


async def test_no_text_of_a_contribution_becomes_markup(site: Site) -> None:
    end = fresh("end")
    life = await lives.drafted(site, kind="practice", title=said(f"{EVIL} {end}"), **_evil_content())
    life = replace(life, title=end)
    await life.publish()
    async with site.browser() as http:
        paths = [f"/practices/{life.id}", f"/practices/{life.id}/versions/1", f"/practices/{life.id}/versions", "/"]
        paths += [f"/search?q={end.rpartition(' ')[2]}", "/search?q=alert"]
        for path in paths:
            html = await _page(http, path)
            assert "<script>alert" not in html, path
            assert "<img src=x" not in html, path
        shown = await _page(http, paths[0])
        assert shown.count("{{7*7}}") > 10, "shown as they were written"
        for form in ("bib", "ris"):
            answer = await http.get(f"/practices/{life.id}/versions/1/cite.{form}")
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_each_language_is_shown_with_where_its_text_comes_from(site: Site) -> None:
    texts = {
        "ar": {"text": "فصول مشتركة عبر المضيق", "provenance": "original"},
        "en": {"text": "Shared classes across the strait", "provenance": "human"},
        "fr": {"text": "Classes partagées", "provenance": "machine"},
    }
    arabic: dict[str, Any] = {
        name: said("سياق", "ar") for name in ("context", "actions", "failure", "causes", "change")
    }
    life = await lives.drafted(site, source_language="ar", summary=texts, **arabic)
    seen = await site.ask(AUTHOR, "submissions", "GET", f"/contributions/{life.id}")
    both = {"content": {"title": said("فصول", "ar") | said(life.title, "en", "human")}}
    match = {"If-Match": seen.headers["ETag"]}
    await site.call(AUTHOR, "submissions", "PATCH", f"/contributions/{life.id}", both, headers=match)
    await life.publish()
    path = f"/practices/{life.id}"
    async with site.browser() as http:
        english = await _page(http, path)
        assert "Shared classes" in english
        assert '<div class="prose" lang="ar" dir="rtl"><p>سياق' in english, "what is not translated says its language"
        original = await _page(http, f"{path}?text=ar")
        assert 'summary" lang="ar" dir="rtl"><p>فصول' in original
        machine = await _page(http, f"{path}?text=fr")
        assert "translation made by a machine" in machine
        assert f'<link rel="canonical" href="{site.url}{path}?text=fr">' in machine
        assert '<div class="lead summary" lang="fr" dir="ltr"><p>Classes' in machine
        assert f'hreflang="ar" href="{site.url}{path}?text=ar"' in machine
        unknown = await _page(http, f"{path}?text=<b>")
        assert "Shared classes" in unknown


async def test_other_kinds_have_their_own_form(site: Site) -> None:
    lesson = await lives.published(site)
    joint = await lives.published(site, kind="joint_action")
    async with site.browser() as http:
        text = _plain(await _page(http, f"/practices/{lesson.id}"))
        assert text.index("What did not work") < text.rindex("Causes") < text.rindex("What we would change")
        text = _plain(await _page(http, f"/practices/{joint.id}"))
        assert text.index("Recognise placements of two weeks") < text.index("Placements abroad were rare")
        assert "31 March 2027" in text


async def test_versions_and_what_changed_can_be_read(site: Site) -> None:
    life = await lives.published(site)
    await lives.revised(life, summary=said("Apprentices spend three weeks abroad."))
    path = f"/practices/{life.id}"
    async with site.browser() as http:
        now = await _page(http, path)
        assert "three weeks abroad" in now
        assert f'href="{path}/changes?to=2"' in now
        before = await _page(http, f"{path}/versions/1")
        assert "two weeks abroad" in before
        assert "There is a newer one, version 2" in before
        assert f'<link rel="canonical" href="{site.url}{path}/versions/1">' in before
        changes = await _page(http, f"{path}/changes?from=1&to=2")
        assert re.search(r"<del><span class=\"sr\">\[taken out: </span>[^<]*two", changes)
        assert re.search(r"<ins><span class=\"sr\">\[put in: </span>[^<]*three", changes)
        assert "Version 2" in await _page(http, f"{path}/versions")
        assert (await http.get(f"{path}/versions/3")).status_code == 404
        assert (await http.get(f"{path}/changes?from=1&to=9")).status_code == 404


async def test_citations_come_as_files(site: Site) -> None:
    life = await lives.published(site)
    async with site.browser() as http:
        bib = await http.get(f"/practices/{life.id}/versions/1/cite.bib")
        assert bib.text.startswith("@misc{")
        assert f"url = {{{site.url}/practices/{life.id}/versions/1}}" in bib.text
        ris = await http.get(f"/practices/{life.id}/versions/1/cite.ris")
        assert ris.text.endswith("ER  - \r\n")
        assert "AU  - Aino Example" in ris.text


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def test_files_are_passed_on_and_pictures_shown(site: Site) -> None:
    life = await lives.drafted(site)
    for name, content in (("map.png", PIXEL), ("notes.txt", b"Plain words, told at length.\n" * 100)):
        answer = await site.ask(
            AUTHOR, "submissions", "POST", f"/contributions/{life.id}/attachments",
            params={"name": name, "alt_text": f"Alt of {name}", "licence": "CC0-1.0"}, content=content,
        )  # fmt: skip
        assert answer.is_success, answer.text
    await life.publish()
    async with site.browser() as http:
        html = await _page(http, f"/practices/{life.id}")
        picture = re.search(r'<img src="([^"]+)" alt="Alt of map.png"', html)
        assert picture
        shown = await http.get(picture[1])
        assert shown.content == PIXEL
        assert shown.headers["content-disposition"].startswith("inline")
        assert "sandbox" in shown.headers["content-security-policy"]
        kept = re.search(r'href="([^"]+/files/[^"]+)" download><bdi>notes.txt', html)
        assert kept
        assert "Alt of notes.txt" in html
        part = await http.get(kept[1], headers={"range": "bytes=6-10"})
        assert part.status_code == 206
        assert part.content == b"words"
        assert (await http.get(kept[1])).headers["content-disposition"].startswith("attachment")
        assert (await http.get(f"/practices/{life.id}/files/none")).status_code == 404


async def test_what_was_taken_down_says_why(site: Site) -> None:
    life = await lives.published(site)
    order = {"reason_code": "authors-request", "reason": f"They asked <b>{fresh('for it')}</b>."}
    codes = await site.call(None, "submissions", "GET", "/vocabularies/tombstone-reasons?lang=en")
    order["reason_code"] = codes["terms"][0]["code"]
    await site.call(COORDINATOR, "submissions", "POST", f"/practices/{life.id}/tombstone", order)
    async with site.browser() as http:
        for path in ("", "/versions", "/versions/1", "/changes?to=1"):
            answer = await http.get(f"/practices/{life.id}{path}")
            assert answer.status_code == 410, path
            assert codes["terms"][0]["label"] in answer.text
            assert "They asked &lt;b&gt;" in answer.text


@pytest.mark.parametrize("name", ["none", "..%2f..", "a%00b", "x" * 99])
async def test_what_was_never_there_is_not_found(site: Site, name: str) -> None:
    async with site.browser() as http:
        answer = await http.get(f"/practices/{name}")
        assert answer.status_code == 404
        assert "There is no such page" in answer.text


async def test_the_page_is_light_and_its_calls_do_not_queue(site: Site) -> None:
    long = "Many words about it, said once more and at length. " * 380
    texts = {name: said(long) for name in ("context", "actions", "results", "transferability", "sustainability")}
    life = await lives.published(site, kind="practice", **texts)
    async with site.browser() as http:
        assert await weight(http, f"/practices/{life.id}") <= MOST_BYTES
        answer = await http.get(f"/practices/{life.id}")
        assert in_sequence(answer) <= MOST_IN_SEQUENCE
        assert len(life.title) > 0


async def test_what_is_alike_is_named(site: Site) -> None:
    word = fresh("z").replace(" ", "q")
    one = await lives.published(site, context=said(f"{word} " * 5))
    other = await lives.published(site, context=said(f"{word} " * 5))
    async with site.browser() as http:
        html = await _page(http, f"/practices/{one.id}")
    assert f'<h3><a href="/practices/{other.id}">' in html.partition("Related practices")[2]


def _plain(html: str) -> str:
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
