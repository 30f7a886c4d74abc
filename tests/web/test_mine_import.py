"""The import of an Erasmus+ export: what would happen is shown first and changes nothing; twice is once."""

import csv
import io
from collections import Counter
from pathlib import Path

import httpx
import pytest
from playwright.async_api import FilePayload, Page, expect

from services.web.mine.imports import MOST_BYTES as LARGEST_FILE
from tests.services.submissions.importing.exports import HEADER, row
from tests.web.axe import found_by_axe, too_small, too_wide
from tests.web.browser import signed_in
from tests.web.share_form import follow, send, sheet, words
from tests.web.site import Site, fresh
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = pytest.mark.asyncio(loop_scope="package")

MEMBER, OTHER = "member-2", "member-5"
REAL = Path(__file__).parents[3] / "shared" / "data" / "erasmus-plus-results-export.csv"


def export(*rows: dict[str, str]) -> bytes:
    """A CSV file as the platform writes it, with these projects."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def project(title: str, **changes: str) -> dict[str, str]:
    return row(fresh("2021-1-EL01"), **{"Project Title": title, **changes})


async def tried(http: httpx.AsyncClient, data: bytes, name: str = "export.csv") -> httpx.Response:
    """Send a file to be looked at, and go where that leads; without one, send the form with no file chosen."""
    form = sheet(await http.get("/mine/import"))
    files = {"file": (name, data, "text/csv")}
    answer = await send(http, form, files=files)
    return await follow(http, answer) if answer.status_code == 303 else answer


async def titles(site: Site, sub: str = MEMBER) -> Counter[str]:
    found = await site.call(sub, "submissions", "GET", "/contributions?limit=100")
    return Counter(one["heading"]["text"] for one in found["items"])


async def test_a_dry_run_changes_nothing_and_importing_twice_imports_once(site: Site) -> None:
    first, second = fresh("Kitchens by the sea"), fresh("Bakeries by the lake")
    data = export(project(first), project(second), project("Cut short", **{"Call year": "soon"}))
    async with site.signed_in(MEMBER) as http:
        page = await tried(http, data)
        text = words(page)
        assert "Nothing is imported yet." in text
        assert "2 projects would become or change drafts of yours." in text
        assert "Something in this row cannot be read:" in text
        assert "has 'soon' as its call year" in text
        assert in_sequence(page) <= MOST_IN_SEQUENCE
        assert not {first, second} & set(await titles(site))
        refused = words(await http.get(f"{page.url.path}?only=refused"))
        assert "Cut short" in refused
        assert first not in refused
        form = sheet(page)
        done = await follow(http, await send(http, form))
        assert "2 drafts of yours are ready to be worked on." in words(done)
        again = await follow(http, await send(http, form))  # sent twice
        assert "2 drafts of yours are ready to be worked on." in words(again)
        found = await titles(site)
        assert (found[first], found[second]) == (1, 1)
        link = done.text.split(first)[0].rpartition('href="')[2].partition('"')[0]
        assert first in words(await http.get(link))
        page = await tried(http, data)  # the same file another day
        assert "There is nothing to import from this file." in words(page)
        assert "Is there already, stays as it is" in words(page)
        assert await weight(http, "/mine/import") <= MOST_BYTES


async def test_what_is_somebody_elses_is_left_alone_and_their_import_is_not_shown(site: Site) -> None:
    data = export(project(fresh("Kitchens by the sea")))
    async with site.signed_in(MEMBER) as http:
        page = await tried(http, data)
        own = page.url.path
        await send(http, sheet(page))
    async with site.signed_in(OTHER) as http:
        foreign = await http.get(own)
        assert foreign.headers["location"] == "/mine/import"
        assert (await http.post(own, data=sheet(await http.get("/mine/import")).fields)).status_code == 303
        page = await tried(http, data)
        assert "Somebody else has imported this project already." in words(page)
        assert "/mine/0" not in page.text


async def test_what_was_worked_on_or_discarded_is_left_alone(site: Site) -> None:
    worked, thrown = project(fresh("Worked on")), project(fresh("Thrown away"))
    async with site.signed_in(MEMBER) as http:
        await send(http, sheet(await tried(http, export(worked, thrown))))
        found = await site.call(MEMBER, "submissions", "GET", "/contributions?limit=100")
        by_title = {one["heading"]["text"]: one["id"] for one in found["items"]}
        for one, method, body in ((worked, "PATCH", {"content": {"reach": "local"}}), (thrown, "DELETE", None)):
            path = f"/contributions/{by_title[one['Project Title']]}"
            seen = await site.ask(MEMBER, "submissions", "GET", path)
            await site.call(MEMBER, "submissions", method, path, body, headers={"If-Match": seen.headers["ETag"]})
        newer = {"Project Summary": "Another summary of the same project, in English and long enough."}
        text = words(await tried(http, export(worked | newer, thrown | newer)))
        assert "Somebody has worked on this draft since it was imported." in text
        assert "You have discarded this draft. Restore it to work on it." in text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "Ce fichier est vide."),
        (b"name,city\nA,B\n", "Ce n’est pas un export"),
        (export(), "aucun projet"),
        (export(project("x")).decode().encode("utf-16"), "UTF-8"),
        (export(project("x")).decode().encode("iso-8859-7", "replace"), "UTF-8"),
        (export(project("x")).partition(b'""The')[0], "tronqué"),
        (b"a" * (LARGEST_FILE + 1), "trop volumineux"),
    ],
    ids=["empty", "another list", "no projects", "utf-16", "greek", "cut off", "too large"],
)
async def test_wrong_files_get_clear_words_in_the_readers_language(site: Site, data: bytes, told: str) -> None:
    async with site.signed_in(MEMBER) as http:
        await http.get("/mine/import?lang=fr")
        answer = await tried(http, data)
        assert answer.status_code == 422
        assert told in words(answer)
        assert 'href="#file"' in answer.text
        await http.get("/mine/import?lang=en")


async def test_a_form_without_a_file_says_so(site: Site) -> None:
    async with site.signed_in(MEMBER) as http:
        answer = await send(http, sheet(await http.get("/mine/import")))
        assert answer.status_code == 422
        assert "Choose a file." in words(answer)


async def test_what_a_file_says_is_shown_as_text(site: Site) -> None:
    hostile = "<script>alert(1)</script>"
    async with site.signed_in(MEMBER) as http:
        page = await tried(http, export(project(hostile, **{"Call year": hostile})), name=f"{hostile}.csv")
        assert "&lt;script&gt;" in page.text
        assert "<script>" not in page.text


async def test_the_next_file_takes_the_place_of_the_one_before(site: Site) -> None:
    title = fresh("First")
    async with site.signed_in(MEMBER) as http:
        first = await tried(http, export(project(title)))
        await tried(http, export(project(fresh("Second"))))
        done = await follow(http, await send(http, sheet(first)))
        assert "you sent another one since" in words(done)
    assert title not in await titles(site)


async def test_a_long_report_comes_in_pages(site: Site) -> None:
    data = export(*(project(fresh(f"Project {n}")) for n in range(51)))
    async with site.signed_in(MEMBER) as http:
        page = await tried(http, data)
        assert page.text.count("<tr>") == 51  # fifty and the header
        second = await http.get(f"{page.url.path}?page=2")
        assert second.text.count("<tr>") == 2
        assert "Page 2 of 2" in words(second)
        assert await weight(http, page.url.path) <= MOST_BYTES


async def test_sending_shows_progress_and_leads_to_the_report(page: Page, site: Site) -> None:
    title = fresh("By script")
    await signed_in(page, site, MEMBER, "/mine/import")
    wrong = FilePayload(name="list.csv", mimeType="text/csv", buffer=b"name\nA\n")
    await page.get_by_label("The export, a CSV file").set_input_files(wrong)
    await page.get_by_role("button", name="Look at what would happen").click()
    await expect(page.locator("#file-error")).to_contain_text("This is not an export")
    await expect(page.get_by_label("The export, a CSV file")).to_be_focused()
    assert await found_by_axe(page) == []
    right = FilePayload(name="export.csv", mimeType="text/csv", buffer=export(project(title)))
    await page.get_by_label("The export, a CSV file").set_input_files(right)
    await page.get_by_role("button", name="Look at what would happen").click()
    await expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text=title)).to_contain_text("Becomes a new draft")
    assert [*await found_by_axe(page), *await too_small(page)] == []
    await page.set_viewport_size({"width": 320, "height": 700})
    assert [*await found_by_axe(page), *await too_wide(page)] == []
    await page.get_by_role("button", name="Import 1 project").click()
    await page.get_by_role("link", name=title).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def test_the_real_export_can_be_looked_at(site: Site) -> None:
    if not REAL.exists():
        pytest.skip("the real export does not lie beside the project (../shared/data)")
    async with site.signed_in(OTHER) as http:
        page = await tried(http, REAL.read_bytes(), name=REAL.name)
        assert "Nothing is imported yet." in words(page)
        done = await follow(http, await send(http, sheet(page)))
        assert "of yours" in words(done)
        page = await tried(http, REAL.read_bytes(), name=REAL.name)
        assert "There is nothing to import from this file." in words(page)
