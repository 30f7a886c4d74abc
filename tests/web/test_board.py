"""The coordinators' board and the page of a case, without scripts."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pymongo import AsyncMongoClient

from tests.contents import said
from tests.web import lives
from tests.web.board_words import plain, words
from tests.web.share_form import follow, send, sheets
from tests.web.site import Site, fresh
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = pytest.mark.asyncio(loop_scope="package")

OTHER_COORDINATOR = "coordinator-2"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\"'><b>"


def row(page: httpx.Response, case_id: str) -> str:
    """The words of the row of one case."""
    rows = [found for found in re.findall(r"<tr.*?</tr>", page.text, re.DOTALL) if f"/board/{case_id}" in found]
    assert len(rows) == 1, f"{case_id} stands {len(rows)} times on {page.url}"
    return plain(rows[0])


async def grown_old(site: Site, life: lives.Life, *, days: int, late: bool = False) -> None:
    """Set back when a case was opened, and with ``late`` when it was due."""
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
        f"mongodb://127.0.0.1:{site.ports.of('mongod')}/?directConnection=true"
    )
    now = datetime.now(UTC)
    changes: dict[str, object] = {"opened_at": now - timedelta(days=days)}
    if late:
        changes |= {"due_at": now - timedelta(days=1), "next_due": now - timedelta(days=1)}
    done = await client["practice_exchange_review"]["cases"].update_one({"_id": life.case_id}, {"$set": changes})
    await client.close()
    assert done.modified_count == 1


async def everybody_known(site: Site) -> None:
    """Reviewers are known from when they first looked at their desk."""
    for number in range(1, 7):
        await site.call(f"reviewer-{number}", "review", "GET", "/cases")


async def test_every_case_stands_where_it_is_with_how_many_there_are(site: Site) -> None:
    countries = ["IS"]  # a country of its own, so that the filter finds these alone
    fresh_one = await lives.in_review(site, countries=countries)
    ready = await lives.in_review(site, countries=countries)
    await ready.review()
    waiting = await lives.changes_requested(site, countries=countries)
    public = await lives.published(site, countries=countries)
    async with site.signed_in(lives.COORDINATOR) as http:
        page = await http.get("/board?country=IS")
        assert row(page, ready.case_id).startswith(
            f"{ready.title} Lesson learned · English Ready to decide since today"
        )
        assert "0 of 1" in row(page, fresh_one.case_id)
        # What can be decided stands before what still has to be reviewed.
        assert page.text.index(ready.case_id) < page.text.index(fresh_one.case_id)
        assert waiting.case_id not in page.text
        counts = dict(re.findall(r"show=([a-z_]+)[^>]*>[^<]+<strong>(\d+)</strong>", page.text))
        assert counts == {
            "open": "2", "stuck": "0", "overdue": "0", "ready": "1", "reviewing": "1", "appealed": "0",
            "changes_requested": "1", "approved": "1", "rejected": "0", "withdrawn": "0", "all": "4",
        }  # fmt: skip
        for show, held in (("changes_requested", waiting), ("approved", public), ("ready", ready)):
            shown = await http.get(f"/board?country=IS&show={show}")
            assert row(shown, held.case_id)
            assert fresh_one.case_id not in shown.text
        assert "No case fits these filters." in words(await http.get("/board?country=IS&show=withdrawn"))
        assert row(await http.get("/board?country=IS&show=all"), public.case_id)


async def test_what_is_stuck_stands_out_and_says_why(site: Site) -> None:
    nobody, late = [await lives.in_review(site, countries=["MT"]) for _ in range(2)]
    await grown_old(site, nobody, days=9)
    await grown_old(site, late, days=30, late=True)
    async with site.signed_in(lives.COORDINATOR) as http:
        page = await http.get("/board?country=MT&show=stuck")
        assert "for 9 days ▲ Nobody has taken it for long. Assign somebody." in row(page, nobody.case_id)
        assert "▲ Late: a review or the decision should be there by now." in row(page, late.case_id)
        assert "Overdue" in row(page, late.case_id)
        assert page.text.index(late.case_id) < page.text.index(nobody.case_id)
        assert nobody.case_id not in (await http.get("/board?country=MT&show=overdue")).text


async def test_a_long_list_pages(site: Site) -> None:
    held = {(await lives.in_review(site, countries=["LI"])).case_id for _ in range(27)}
    async with site.signed_in(lives.COORDINATOR) as http:
        first = await http.get("/board?country=LI")
        onward = re.search(r'href="(/board\?[^"]*page=2[^"]*)"', first.text)
        assert onward
        second = await http.get(onward[1].replace("&amp;", "&"))
        found = [set(re.findall(r"/board/([0-9a-f-]+-1)\"", page.text)) for page in (first, second)]
        assert (len(found[0]), found[0] | found[1]) == (25, held)
        everything = await http.get("/board?country=LI&show=all")
        cursor = re.search(r'href="(/board\?[^"]*cursor=[^"]*)"', everything.text)
        assert cursor
        rest = await http.get(cursor[1].replace("&amp;", "&"))
        assert rest.status_code == 200
        assert len(re.findall(r"<th scope=\"row\"", rest.text)) == 2
        assert (await http.get("/board?show=all&cursor=none-of-ours")).status_code == 303


async def test_a_case_is_given_to_a_reviewer_and_those_with_a_conflict_are_shown_and_kept_away(site: Site) -> None:
    await everybody_known(site)
    life = await lives.in_review(site, author="member-3")  # the organisation of reviewer-2 takes part
    async with site.signed_in(lives.COORDINATOR) as http:
        page = await http.get(f"/board/{life.case_id}")
        assert life.title in page.text
        assert "Nobody yet." in words(page)
        kept = re.search(r'<tr class="kept-away">(?:(?!</tr>).)*Pierre Dubois.*?</tr>', page.text, re.DOTALL)
        assert kept
        assert "Has a conflict of interest: Partner organisation" in plain(kept[0])
        assert "<form" not in kept[0]
        offered = {form.fields["reviewer_id"][0]: form for form in sheets(page)}
        assert site.person_id("reviewer-2") not in offered
        form = offered[site.person_id("reviewer-3")]
        page = await follow(http, await send(http, form))
        assert "Assigned." in words(page)
        assert re.search(r"Elif Yılmaz</bdi></strong>\s*<span class=\"tag\">Writing", page.text)
        # The same form for somebody with a conflict, made by hand, is refused in words.
        again = offered[site.person_id("reviewer-4")]
        again.fields["reviewer_id"] = [site.person_id("reviewer-2")]
        refused = await follow(http, await send(http, again))
        assert "Not assigned: this reviewer has a conflict of interest." in words(refused)
    seats = (await site.call(lives.COORDINATOR, "review", "GET", f"/cases/{life.case_id}"))["seats"]
    assert [seat["reviewer_id"] for seat in seats] == [site.person_id("reviewer-3")]


async def test_a_coordinator_with_a_conflict_sees_that_there_is_a_case_and_how_far_it_is(site: Site) -> None:
    partner = {"id": "network-secretariat", "name": "Secretariat of the network", "country": "NO"}
    life = await lives.in_review(
        site, partner_organisations=[partner], summary=said(fresh("Kept to oneself")), countries=["AD"]
    )
    secret = (await life.seen())["content"]["summary"]["en"]["text"]
    async with site.signed_in(lives.COORDINATOR) as http:
        assert "Your conflict of interest Partner organisation" in row(
            await http.get("/board?country=AD"), life.case_id
        )
        for path in ("", "/decision", "/trail"):
            page = await http.get(f"/board/{life.case_id}{path}")
            assert page.status_code == 200
            assert "Another coordinator has to look after it" in words(page)
            assert "0 of 1" in words(page)
            assert secret not in page.text
            assert not sheets(page)
    async with site.signed_in(OTHER_COORDINATOR) as http:
        assert secret in (await http.get(f"/board/{life.case_id}?lang=en")).text


@pytest.mark.parametrize("sub", [lives.AUTHOR, lives.REVIEWER, "administrator-1"])
async def test_the_board_is_for_coordinators(site: Site, sub: str) -> None:
    async with site.signed_in(sub) as http:
        for path in ("/board", "/board/x-1", "/board/x-1/decision", "/board/x-1/trail", "/board/practices/x/take-down"):
            assert (await http.get(path)).status_code == 403
    async with site.browser() as http:
        assert (await http.get("/board")).headers["location"] == "/sign-in?to=%2Fboard"


async def test_no_such_case_is_said(site: Site) -> None:
    async with site.signed_in(lives.COORDINATOR) as http:
        for path in ("", "/decision", "/trail"):
            assert (await http.get(f"/board/0000-1{path}")).status_code == 404
        assert (await http.get("/board?show=everything&page=x")).status_code == 200


async def test_hostile_text_is_harmless_everywhere(site: Site) -> None:
    life = await lives.in_review(site, title=said(fresh(HOSTILE)), summary=said(HOSTILE), countries=["SM"])
    comment = {"pointer": "/title", "severity": "must", "text": HOSTILE}
    await life.review(text_to_author=HOSTILE, confidential=HOSTILE, comments=[comment], recommendation="reject")
    async with site.signed_in(lives.COORDINATOR) as http:
        pages = [await http.get(f"/board/{life.case_id}{path}") for path in ("", "/decision?outcome=reject", "/trail")]
        pages.append(await http.get("/board?country=SM"))
        form = sheets(pages[1])[-1].fill(text=HOSTILE, reasons=["duplicate"])
        confirm = await send(http, form, "look")
        pages.append(confirm)
        await follow(http, await send(http, sheets(confirm)[-1], "decide"))
        pages += [await http.get(f"/board/{life.case_id}{path}") for path in ("", "/trail")]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", page.text)
    assert "&lt;script&gt;alert(1)" in pages[1].text


async def test_pages_are_light_and_wait_little(site: Site) -> None:
    life = await lives.in_review(site)
    await life.review()
    async with site.signed_in(lives.COORDINATOR) as http:
        for path in ("/board", f"/board/{life.case_id}", f"/board/{life.case_id}/decision", "/well"):
            answer = await http.get(path)
            assert in_sequence(answer) <= MOST_IN_SEQUENCE, path
            assert await weight(http, path) <= MOST_BYTES, path
