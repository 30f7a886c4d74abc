"""An author's own pages without scripts: the list, one contribution's life, its versions and what changed."""

import re

import pytest

from tests.contents import said
from tests.web import lives
from tests.web.share_form import follow, send, sheets, words
from tests.web.site import Site, fresh
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = pytest.mark.asyncio(loop_scope="package")

AUTHOR, PROLIFIC, STRANGER, NEWCOMER = "member-5", "member-4", "member-3", "reviewer-1"
HOSTILE = '</title><script>document.title="got you"</script><img src=x onerror=alert(1)>'


async def test_the_list_says_where_each_stands_and_what_is_next(site: Site) -> None:
    draft = await lives.drafted(site, author=AUTHOR)
    waiting = await lives.changes_requested(site, author=AUTHOR)
    public = await lives.published(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        page = await http.get("/mine")
        assert in_sequence(page) <= MOST_IN_SEQUENCE
        text = words(page)
        assert "Draft of version 1, not yet submitted." in text
        assert "1 comment waits for an answer" in text
        for to in (f"/share/{draft.id}", f"/mine/{waiting.id}/answers", f"/practices/{public.id}"):
            assert f'href="{to}"' in page.text
        assert page.text.index("Reviewers wait for your answer") < page.text.index(draft.title)
        shown = {show: (await http.get(f"/mine?show={show}")).text for show in ("drafts", "answer", "published")}
        for show, life in (("drafts", draft), ("answer", waiting), ("published", public)):
            assert [show for show, html in shown.items() if f"/mine/{life.id}" in html] == [show]
        french = await http.get("/mine?lang=fr")
        assert "Brouillon de la version 1, pas encore soumis." in words(french)
        assert (await http.get("/mine?cursor=nonsense")).status_code == 303
        assert await weight(http, "/mine?lang=en") <= MOST_BYTES


async def test_a_long_list_comes_in_pages(site: Site) -> None:
    made = [await lives.drafted(site, author=PROLIFIC) for _ in range(21)]
    async with site.signed_in(PROLIFIC) as http:
        first = await http.get("/mine?show=drafts")
        older = re.search(r'href="(/mine\?[^"]*cursor=[^"]+)"', first.text)
        assert older
        second = await http.get(older[1].replace("&amp;", "&"))
        for life in made:
            assert (f"/mine/{life.id}" in first.text) != (f"/mine/{life.id}" in second.text)


async def test_who_has_nothing_yet_is_shown_both_ways_in(site: Site) -> None:
    async with site.signed_in(NEWCOMER) as http:
        page = await http.get("/mine")
        assert "You have not written anything yet." in page.text
        assert 'href="/share"' in page.text
        assert 'href="/mine/import"' in page.text
        assert "You have no drafts." in (await http.get("/mine?show=drafts")).text


async def test_mails_lead_to_the_life_of_a_contribution(site: Site) -> None:
    life = await lives.in_review(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        moved = await http.get(f"/contributions/{life.id}")
        assert moved.headers["location"] == f"/mine/{life.id}"
        page = await follow(http, moved)
        text = words(page)
        assert life.title in text
        assert "Version 1 is being reviewed, round 1." in text
        assert re.search(r"Expect a decision by \d+ \w+ \d{4}\.", text)
        assert text.index("Review of version 1 began") < text.index("Begun")
        assert in_sequence(page) <= MOST_IN_SEQUENCE
        assert await weight(http, f"/mine/{life.id}") <= MOST_BYTES


async def test_the_decision_is_told_whole_and_without_anybody_behind_it(site: Site) -> None:
    life = await lives.in_review(site, author=AUTHOR)
    await life.review(recommendation="reject", text_to_author="Think of the learners first.")
    await life.decide("reject", "duplicate")
    await life.come_to("rejected")
    async with site.signed_in(AUTHOR) as http:
        page = await http.get(f"/mine/{life.id}")
        text = words(page)
        for told in (
            "It was rejected.",
            "This is our decision.",
            "Think of the learners first.",
            "You can appeal once",
        ):
            assert told in text
        for sub in (lives.REVIEWER, lives.COORDINATOR):
            assert site.account(sub).name not in page.text
            assert site.person_id(sub) not in page.text


async def test_an_author_sees_what_a_co_author_began(site: Site) -> None:
    authors = [{"name": "Second Author", "person_id": site.person_id(STRANGER)}]
    life = await lives.drafted(site, author=AUTHOR, authors=authors)
    async with site.signed_in(STRANGER) as http:
        assert life.title in (await http.get("/mine")).text
        assert "a co-author" in words(await http.get(f"/mine/{life.id}?lang=en"))


async def test_what_is_somebody_elses_is_not_there(site: Site) -> None:
    life = await lives.changes_requested(site, author=AUTHOR)
    async with site.signed_in(STRANGER) as http:
        own = sheets(await http.get("/mine/import"))[0].fields["csrf"][0]
        for path in ("", "/answers", "/versions/1.1", "/changes", "/withdraw", "/discard"):
            answer = await http.get(f"/mine/{life.id}{path}")
            assert (answer.status_code, life.title in answer.text) == (404, False), path
        for path in ("/answers", "/withdraw", "/discard", "/restore", "/revise", "/confirm"):
            answer = await http.post(f"/mine/{life.id}{path}", data={"csrf": own})
            assert answer.status_code == 404, path
    assert (await life.seen())["state"] == "changes_requested"
    async with site.browser() as http:
        assert (await http.get(f"/mine/{life.id}")).headers["location"].startswith("/sign-in?to=")
    async with site.signed_in(lives.COORDINATOR) as http:
        assert (await http.get("/mine")).status_code == 403


async def test_versions_can_be_read_and_compared(site: Site) -> None:
    life = await lives.changes_requested(site, author=AUTHOR)
    path = f"/contributions/{life.id}"
    seen = await site.ask(AUTHOR, "submissions", "GET", path)
    patch = {"content": {"title": said("What we learned <b>by the sea</b>"), "countries": ["FI", "IT", "FR"]}}
    await site.call(AUTHOR, "submissions", "PATCH", path, patch, headers={"If-Match": seen.headers["ETag"]})
    answers = [{"comment_id": one["id"], "text": "Done."} for one in seen.json()["feedback"]["comments"]]
    await site.call(AUTHOR, "submissions", "POST", f"{path}/resubmit", {"answers": answers})
    async with site.signed_in(AUTHOR) as http:
        page = await http.get(f"/mine/{life.id}")
        for name in ("1.1", "1.2"):
            assert f'href="/mine/{life.id}/versions/{name}"' in page.text
        first = await http.get(f"/mine/{life.id}/versions/1.1")
        assert life.title in words(first)
        assert "In the second year nobody applied." in words(first)
        assert "Done." in words(await http.get(f"/mine/{life.id}/versions/1.2"))
        changes = await http.get(f"/mine/{life.id}/changes")
        assert in_sequence(changes) <= MOST_IN_SEQUENCE
        # Told by more than colour: struck out or underlined, and in words for those who hear the page.
        assert '<del><span class="sr">[taken out: </span>' in changes.text
        assert '<ins><span class="sr">[put in: </span>' in changes.text
        assert "&lt;b&gt;" in changes.text
        assert "<b>" not in changes.text
        assert "Finland, Italy, France" in words(changes)
        turned = await http.get(f"/mine/{life.id}/changes?from=1.2&to=1.1")
        assert "Finland, Italy, France" in words(turned)
        assert 'value="1.1" selected' in turned.text.split('id="to"')[0]
        assert "These versions read the same." in (await http.get(f"/mine/{life.id}/changes?from=1.1&to=1.1")).text
        assert (await http.get(f"/mine/{life.id}/changes?from=7.1")).status_code == 404
        assert (await http.get(f"/mine/{life.id}/versions/9.9")).status_code == 404


async def test_hostile_text_stays_text(site: Site) -> None:
    hostile = f"{HOSTILE} {fresh('x')}"
    life = await lives.in_review(site, author=AUTHOR, title=said(hostile[:110]), context=said(hostile))
    comments = [{"pointer": "/title", "severity": "must", "text": hostile}]
    await life.review(comments=comments, recommendation="request_changes", text_to_author=hostile)
    await life.decide("request_changes", "incomplete", text=hostile)
    await life.come_to("changes_requested")
    async with site.signed_in(AUTHOR) as http:
        for path in ("/mine", *(f"/mine/{life.id}{end}" for end in ("", "/answers", "/versions/1.1", "/withdraw"))):
            page = (await http.get(path)).text
            assert "&lt;script&gt;" in page
            assert "<script>" not in page
            assert "<img" not in page


async def test_a_form_of_another_site_is_refused(site: Site) -> None:
    life = await lives.in_review(site, author=AUTHOR)
    async with site.signed_in(AUTHOR) as http:
        form = sheets(await http.get(f"/mine/{life.id}/withdraw"))[0]
        answer = await send(http, form, headers={"origin": "https://elsewhere.example"})
        assert answer.status_code == 403
        form.fields["csrf"] = ["forged"]
        assert (await send(http, form)).status_code == 403
    assert (await life.seen())["state"] == "in_review"
